# SPDX-License-Identifier: Apache-2.0
"""What a user does to the queue while filed is spoiled, step by step, and what was said to him: the
truth that account.py judges by. A step that fails is noted and the next one is tried, unless filed
is gone.
"""
import dataclasses
import os

from ledger import Job
from queue_under_test import NeverHappened

SETTINGS = {"max_retries": 1, "backoff_base": 0, "stop_grace": 0.5}
JOBS_AT_A_TIME = 2
LARGE = 4096  # what is longer stands in a file of its own
NEVER_COMPLETE = ("removed", "endless")
PATIENCE_SECONDS = 4  # within the script; what must happen in the end is waited for longer


@dataclasses.dataclass
class Submission:
    """A job, and the contents it may be found with: the one accepted last, and those written since."""

    job: Job
    contents: list
    names: list  # of which it has one
    is_accepted: bool = False  # some close has returned 0
    is_open: bool = True  # not all of it is accepted
    is_refused: bool = False  # the last close has failed
    is_removed: bool = False
    may_be_gone: bool = False  # somebody tried to remove it


class Script:
    def __init__(self, queue, work):
        self.queue, self.effects = queue, os.path.join(work, "effects")
        self.jobs, self.limits = {}, []  # limits: values of max_job_count that may be in force
        self.trouble = []  # which steps failed, and why
        self.after_step = self.on_accepted = lambda: None
        with open(self.effects, "ab"):
            pass

    def run(self):
        """Everything but the end of filed."""
        self.set_limit(JOBS_AT_A_TIME)
        self._submit("small", "short")
        self._submit("large", "large log", more=" #" + "y" * 2 * LARGE)
        self._submit("again", "second attempt")
        self._submit("parts", "large content", flush_at=LARGE + 900)
        self._submit("slow", "slow")
        self._wait_idle()
        self.set_limit(0)
        for name in ("removed", "moving"):
            self._submit(name, "short")
        self._submit("replaced", "large content")
        self._rewrite("replaced", "r", os.O_TRUNC)
        self._rewrite("replaced", "s")
        self._remove("removed", "pending")
        self._rename("moving", "moved")
        self.set_limit(JOBS_AT_A_TIME)
        self._submit("endless", "short", more="; exec sleep 1000")
        self._remove("endless", "active")
        self._wait_idle()

    def submit_last(self):
        self._submit("last", "short")

    def submit_again(self):
        """What was refused, as a user would once the trouble is over."""
        for name, submission in self.jobs.items():
            waits = submission.is_refused or not submission.is_accepted
            if submission.is_open and waits and not submission.may_be_gone:
                self._step(f"submit {name} again", lambda s=submission: self._write(s, os.O_TRUNC))

    def set_limit(self, count):
        def configure():
            self.queue.configure(**SETTINGS, max_job_count=count)
            self.limits = [count]
            self.on_accepted()
        self.limits.append(count)
        self._step(f"max_job_count {count}", configure)

    def unfinished(self):
        """Jobs that are still to run, by what was accepted so far."""
        waiting = [name for name in self.queue.list("pending") if not self._may_wait(name)]
        return waiting + self.queue.list("active")

    def of_name(self, name):
        return next((s for s in self.jobs.values() if name in s.names), None)

    # ---- steps

    def _step(self, words, action):
        if not self.queue.is_running():
            return
        try:
            action()
        except (OSError, NeverHappened) as error:
            self.trouble.append(f"{words}: {str(error).splitlines()[0]}")
        self.after_step()

    def _submit(self, name, kind, more="", flush_at=None):
        job = Job(name, kind, self.effects)
        content = (job.content + more).encode()
        submission = Submission(job, [content[:flush_at], content] if flush_at else [content], [name])

        def submit():
            self.jobs[name] = submission
            self._write(submission, os.O_CREAT | os.O_EXCL, flush_at)
        self._step(f"submit {name}", submit)

    def _rewrite(self, name, letter, flags=0):
        submission = self.jobs.get(name)
        if submission is None or submission.is_open:
            return
        submission.contents.append(submission.contents[-1][:-LARGE] + letter.encode() * LARGE)
        submission.is_open = True
        self._step(f"rewrite {name}", lambda: self._write(submission, flags))

    def _write(self, submission, flags, flush_at=None):
        """Whatever the others say, it is the last close that accepts, or not."""
        content, path = submission.contents[-1], self.queue.path("pending", submission.names[-1])
        if flags == os.O_TRUNC and not os.path.lexists(path):
            flags = os.O_CREAT
        file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o640)
        submission.is_refused = True
        try:
            if flags == os.O_TRUNC:
                submission.is_accepted = False  # empty, if it comes to no more
            if flush_at:
                os.write(file, content[:flush_at])
                self._step(f"flush {submission.job.name}", lambda: self._flush(submission, file))
            os.write(file, content[flush_at or 0:])
        except OSError:
            os.close(file)
            submission.is_refused = False
            raise
        os.close(file)
        submission.is_refused = submission.is_open = False
        submission.contents, submission.is_accepted = [content], True
        self.on_accepted()

    def _flush(self, submission, file):
        os.close(os.dup(file))  # as a shell does
        submission.is_accepted = True
        self.on_accepted()

    def _remove(self, name, state):
        def remove():
            if state == "active":
                self.queue.wait(lambda: self.queue.is_in(state, name), "it runs", PATIENCE_SECONDS)
            submission.may_be_gone = True
            os.unlink(self.queue.path(state, name))
            submission.is_removed = True
        submission = self.jobs.get(name)
        if submission is not None and submission.is_accepted:
            self._step(f"remove {name}", remove)

    def _rename(self, name, to):
        def rename():
            submission.names = [name, to]
            os.rename(self.queue.path("pending", name), self.queue.path("pending", to))
            submission.names = [to]
        submission = self.jobs.get(name)
        if submission is not None:
            self._step(f"rename {name}", rename)

    def _wait_idle(self):
        if self.limits != [JOBS_AT_A_TIME]:
            return  # nothing might run
        def wait():
            self.queue.wait(lambda: not self.unfinished(), "idle", PATIENCE_SECONDS)
        self._step("wait", wait)

    def _may_wait(self, name):
        submission = self.of_name(name)
        return submission is not None and submission.is_open
