# SPDX-License-Identifier: Apache-2.0
"""The script played once with filed under the shim and one fault; then what is left is looked at, by
ordinary starts of filed, and settled. Every run has a directory of its own and leaves nothing.

The jobs' slots are not under the shim: what they write is as it would be.
"""
import contextlib
import copy
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import leftovers
from account import Account, attempts_made, settle_files
from harness import SMELLS
from queue_under_test import LIMIT_SECONDS, STATES, NeverHappened, Queue
from script import JOBS_AT_A_TIME, NEVER_COMPLETE, SETTINGS, Script
from shimmed_run import Event, Fault

LASTING_STEPS = 2  # a lasting failure ends so many steps of the script after it has been felt


@dataclasses.dataclass(frozen=True)
class FiledFault(Fault):
    """As of tests/crash; EIO and ENOSPC may befall all further calls for a while, too."""

    lasts: bool = False

    def __str__(self):
        if not self.at:
            return "undisturbed"
        return f"{self.kind}{', for a while,' if self.lasts else ''} at call {self.at}"


def insist(action):
    """A failure that was to come earlier may come now, once."""
    try:
        action()
    except OSError:
        action()


def abort_mounts(directory):
    """Lets go whoever waits for a filed that was killed and can't end (root only)."""
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        for _, _, device, _, path, *_ in map(str.split, mounts):
            if path.startswith(directory + "/"):
                number = device.split(":")[1]
                with open(f"/sys/fs/fuse/connections/{number}/abort", "w", encoding="ascii") as file:
                    file.write("1")


class SpoiledRun:
    def __init__(self, shim, fault, plant=None):
        self.shim, self.fault, self.plant = shim, fault, plant
        self.wrong, self.was_felt = [], False
        self.directory = os.path.realpath(tempfile.mkdtemp(prefix="crash-filed."))
        self.work, self.disk = (os.path.join(self.directory, name) for name in ("work", "disk"))
        self.report, self.trouble = (os.path.join(self.directory, n) for n in ("report", "trouble"))
        os.mkdir(self.work)
        self.queue = self.new_queue("disk")
        self.script, self.accepted = Script(self.queue, self.work), []
        self._left = LASTING_STEPS
        self._watchdog = threading.Timer(1.5 * LIMIT_SECONDS, self._give_up)
        self._watchdog.daemon = True

    def __enter__(self):
        self._watchdog.start()
        return self

    def __exit__(self, *_):
        self._watchdog.cancel()
        self._watchdog.join()
        leftovers.clear(self.directory)
        if not leftovers.mounts_below(self.directory):
            shutil.rmtree(self.directory, ignore_errors=True)

    def new_queue(self, disk):
        """Whose state is below this directory; filed has to make the directory it is in."""
        queue = Queue(self.directory, state=f"{disk}/state/filed.db")
        os.rmdir(os.path.dirname(queue.state))
        return queue

    def _give_up(self):
        self.wrong.append("it hangs, or does not go although it was killed; its mount was aborted")
        leftovers.end_processes(self.directory)
        abort_mounts(self.directory)

    # ---- the spoiled part

    def play(self):
        """Until filed has died of the fault, or has stopped in order."""
        if self.fault.lasts:
            open(self.trouble, "wb").close()
        plain = dict(self.queue.environment)
        self.queue.environment |= {
            **self.fault.environment(), "SHIM_REPORT": self.report, "SHIM_UNDER": self.disk,
            "SHIM_WHILE": self.trouble, "LD_PRELOAD": self.shim,
        }
        self.script.after_step, self.script.on_accepted = self._after_step, self._on_accepted
        try:
            self.queue.start()
        except (NeverHappened, OSError):
            self.queue.process.wait(LIMIT_SECONDS)
        self.queue.environment = plain
        self._end_trouble_if_refused_to_start()
        self.script.run()
        self._end_trouble()
        if self.fault.is_kill() or not self.fault.at:
            self._stop(may_be_killed=self.fault.is_kill())
        return self

    def _end_trouble_if_refused_to_start(self):
        """filed may refuse to start, but says why, and can be started when the trouble is over."""
        if self.queue.is_running() or self.fault.is_kill():
            return
        if self.queue.process.returncode != 1 or "ERROR" not in self.queue.words():
            self.wrong.append(f"it refused to start with status {self.queue.process.returncode}")
        self._end_trouble()
        self.queue.start()

    def _after_step(self):
        if not self.fault.lasts or not os.path.exists(self.trouble):
            return
        if self._left < LASTING_STEPS or any(e.get("spoiled") for e in self.events()):
            self._left -= 1
        if self._left == 0:
            self._end_trouble()

    def _on_accepted(self):
        """Says so in the trace, at once."""
        with open(self.report, "ab", buffering=0) as report:
            report.write(b"ACCEPTED %d\n" % len(self.accepted))
        self.accepted.append(copy.deepcopy((self.script.jobs, self.script.limits)))

    def _end_trouble(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.trouble)

    def _stop(self, may_be_killed=False):
        if not self.queue.is_running() and may_be_killed:
            return
        try:
            status = self.queue.stop()
        except subprocess.TimeoutExpired:
            self.wrong.append("it did not stop after SIGTERM")
            self.queue.kill()
            return
        # 1 says that the last changes are not in the state; only a failing disk is a reason.
        disk_fails = self.fault.at and not self.fault.is_kill() and status == 1
        if status != 0 and not disk_fails and not (may_be_killed and status == -signal.SIGKILL):
            self.wrong.append(f"it ended with status {status}")

    def events(self):
        try:
            with open(self.report, encoding="ascii") as file:
                return [Event(line.rstrip("\n")) for line in file]
        except FileNotFoundError:
            return []

    # ---- what is left

    def settle(self):
        """Complaints about what filed, without a fault, makes of what is left."""
        self.was_felt = any(event.get("spoiled") for event in self.events())
        try:
            self._proceed()
            before = self._listing()
            self._stop()
            if not self.fault.is_kill():  # what could not be tidied up until then is tidied up now
                self._starts_with(before)
            self.wrong += settle_files(self.queue.state, self.plant)
        except (OSError, NeverHappened) as error:
            self.wrong.append(f"{type(error).__name__}: {error}; {self.script.trouble}")
        left = leftovers.wait_until_none(self.directory, 0 if self.wrong else 2)
        self.wrong += [f"process {pid} is left: {command}" for pid, command in left.items()]
        self.wrong += [f"its log: {line}" for line in self.queue.words().splitlines()
                       if SMELLS.search(line)]
        return self.wrong

    def _proceed(self):
        """Everything accepted runs, and so does what is submitted now."""
        if not self.queue.is_running():
            if not self.fault.is_kill() and self.fault.at:
                self.wrong.append(f"it ended with status {self.queue.process.returncode}")
            self.queue.start()
        self._check_limit()
        self._refused_has_not_run()
        insist(lambda: self.queue.configure(**SETTINGS, max_job_count=JOBS_AT_A_TIME))
        self.script.submit_last()
        del self.script.trouble[:]
        if not self.fault.is_kill():
            self.script.submit_again()
        self.wrong += [f"although the trouble is over: {what}" for what in self.script.trouble]
        for submission in self.script.jobs.values():
            if submission.job.name in NEVER_COMPLETE and not submission.is_removed:
                self._remove(submission)
        self.queue.wait(lambda: not self._unfinished(), "every accepted job has run")
        account = Account(self.queue, self.script, self.plant)
        account.lost_logs = set(re.findall("the log of job (.*?) is lost", self.queue.words()))
        self.wrong += account.settle()

    def _check_limit(self):
        limits, limit = self.script.limits, self.queue.config()["max_job_count"]
        if len(limits) == 1 and limit not in limits:
            self.wrong.append(f"max_job_count is {limit}, not {limits}")

    def _refused_has_not_run(self):
        """As long as filed lives; another start may find that the disk had it after all."""
        made = {} if self.fault.is_kill() else attempts_made(self.script)
        self.wrong += [f"{name}: close has failed, but it ran" for name, submission
                       in self.script.jobs.items() if submission.is_refused and name in made]

    def _unfinished(self):
        return [name for name in self.queue.list("pending") if not self._may_wait(name)] \
            + self.queue.list("active")

    def _may_wait(self, name):
        """An empty job waits for content; this one's was never accepted."""
        submission = self.script.of_name(name)
        if submission is None or submission.is_accepted:
            return False
        try:
            return os.stat(self.queue.path("pending", name)).st_size == 0
        except FileNotFoundError:
            return False

    def _remove(self, submission):
        found = self.queue.where(submission.job.name)
        if submission.is_accepted and not submission.may_be_gone and not found:
            self.wrong.append(f"{submission.job.name} was accepted and is lost")
        submission.may_be_gone = True
        while found:  # it may go on from one to the next meanwhile
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.queue.path(found[0], submission.job.name))
            found = self.queue.where(submission.job.name)

    def _starts_with(self, before):
        self.queue.start()
        after = self._listing()
        if before != after:
            self.wrong.append(f"the next start finds {after}, not {before}")
        self._stop()

    def _listing(self):
        return {state: self.queue.list(state) for state in STATES}
