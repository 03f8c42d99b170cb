# SPDX-License-Identifier: Apache-2.0
"""What a power loss leaves of filed's state, and whether filed finds in it what it had accepted.

The one idea: the trace of an undisturbed run is replayed on the model of tests/crash/disk_model.py.
At every moment when a close had returned 0, filed is started on what the disk may hold then: the
worst (nothing that was not synced), and more. What was accepted by then must run.

What slots write (logs, their records) is not in the trace: in the model it never reached the disk,
which it need not. The -shm file is left out; SQLite makes it anew.
"""
import contextlib
import copy
import itertools
import os
import shutil

from account import attempts_made, found_in, is_log_whole
from disk_model import SYNC_CALLS, Disk, File, store_tree
from queue_under_test import NeverHappened
from script import JOBS_AT_A_TIME, NEVER_COMPLETE, PATIENCE_SECONDS, SETTINGS

STATES_LOOKED_AT = 400

# Syncs that the canary leaves out, by the file they are of.
CANARIES = {
    "all": lambda path: True,
    "database": lambda path: path.startswith("/state/filed.db") and ".db.d" not in path,
    "content": lambda path: ".d/content/" in path,
    "names of content": lambda path: path.endswith(".d/content"),
}


class WrittenFile(File):
    """A file that is written in parts: any of those since the last sync may be missing."""

    def __init__(self):
        super().__init__(b"", b"")
        self.unsynced = []  # [(offset, bytes)]; offset None: the size was set

    def write(self, offset, data):
        self.unsynced.append((offset, data))
        self.content = _applied(self.content, offset, data)

    def sync(self):
        self.durable, self.unsynced = self.content, []

    def is_dirty(self):
        return bool(self.unsynced)

    def variants(self):
        found = [self.durable, self.content]
        for left_out in {0, len(self.unsynced) // 2, len(self.unsynced) - 1}:
            content = self.durable
            for number, part in enumerate(self.unsynced):
                if number != left_out:
                    content = _applied(content, *part)
            found.append(content)
        torn = self.durable
        for offset, data in self.unsynced[:-1]:
            torn = _applied(torn, offset, data)
        offset, data = self.unsynced[-1]
        if offset is not None:
            torn = _applied(torn, offset, data[: len(data) // 2])
        found.append(torn)
        return list(dict.fromkeys(found))


def _applied(content, offset, data):
    if offset is None:
        return content[:data].ljust(data, b"\0")
    content = content.ljust(offset, b"\0")
    return content[:offset] + data + content[offset + len(data):]


class WrittenDisk(Disk):
    """As its base, with writes traced one by one. `loses(path)`: syncs that are not believed."""

    def __init__(self, root, loses=lambda path: False):
        super().__init__(root)
        self.loses, self.paths = loses, {id(self.root): ""}

    def new_file(self):
        return WrittenFile()

    def apply(self, event):
        node = self.nodes.get(event.get("file"))
        if event.call in SYNC_CALLS and self.loses(self.paths.get(id(node), "")):
            return
        super().apply(event)

    def _write(self, event):
        node = self.nodes.get(event.get("file"))
        if not isinstance(node, WrittenFile):
            return
        if event.get("data") is None:
            node.write(None, int(event.get("size")))
        else:
            node.write(int(event.get("at")), bytes.fromhex(event.get("data")))
        self.version += 1

    def _sync(self, node, event):
        if isinstance(node, WrittenFile):
            node.sync()
            self.version += 1
        else:
            super()._sync(node, event)

    def _change(self, *parts):
        parts = [part for part in parts if not part[1].endswith("-shm")]
        for directory, name, node in parts:
            if node is not None:
                self.paths[id(node)] = f"{self.paths[id(directory)]}/{name}"
        super()._change(*parts)


class Moment:
    """What was accepted by then, and what the disk may hold. `later`: what was not asked for before
    may have been done since."""

    def __init__(self, event, accepted, trees, later=None):
        self.words, (self.jobs, self.limits), self.trees = event.line[:120], accepted, trees
        self.is_exact = later is None
        for name, submission in {} if self.is_exact else self.jobs.items():
            submission.names = [*submission.names, *later[name].names]

    def wanted(self):
        return [submission for name, submission in self.jobs.items()
                if submission.is_accepted and not submission.may_be_gone
                and (self.is_exact or name not in NEVER_COMPLETE)]


def moments(run, dice, trees_each, loses=lambda path: False):
    """All moments after an acceptance, and those after a name has changed, of an undisturbed run.

    Each with the worst tree, those of acceptances with some others as well.
    """
    os.mkdir(empty := os.path.join(run.directory, "empty"))
    disk, accepted = WrittenDisk(empty, loses), None
    os.rmdir(empty)
    root = os.stat(run.disk)
    disk.nodes = {f"{root.st_dev}:{root.st_ino}": disk.root}
    for event in run.events():
        disk.apply(event)
        if event.call == "ACCEPTED":
            accepted = run.accepted[int(event.words[1])]
            trees = list(itertools.islice(disk.states(), STATES_LOOKED_AT))
            others = trees[1:]
            dice.shuffle(others)
            yield Moment(event, accepted, trees[:1] + others[: trees_each - 1])
        elif accepted and event.call in ("unlink", "rename", "ftruncate") and event.result == 0:
            yield Moment(event, copy.deepcopy(accepted), [next(disk.states())], run.script.jobs)


class Aftermath:
    """filed started on a tree; counts them, as each has a directory of its own."""

    def __init__(self, run):
        self.run, self.number = run, 0

    def complaints(self, moment, tree):
        self.number += 1
        disk = f"after{self.number}"
        root = os.path.join(self.run.directory, disk)
        queue = self.run.new_queue(disk)
        shutil.rmtree(root)
        store_tree(tree, root)
        try:
            queue.start()
            return self._of_queue(queue, moment)
        except (OSError, NeverHappened) as error:
            return [f"{type(error).__name__}: {error}"]
        finally:
            if queue.is_running():
                queue.stop()
            shutil.rmtree(root)

    def _of_queue(self, queue, moment):
        wrong = []
        if moment.is_exact and (limit := queue.config()["max_job_count"]) not in moment.limits:
            wrong.append(f"max_job_count is {limit}, not {moment.limits}")
        made = attempts_made(self.run.script)
        queue.configure(**SETTINGS, max_job_count=JOBS_AT_A_TIME)
        with contextlib.suppress(NeverHappened):
            queue.wait(lambda: self._have_run(queue, moment), "all run", PATIENCE_SECONDS)
        made_now, found = attempts_made(self.run.script), found_in(queue)
        for submission in moment.wanted():
            wrong += [f"{submission.job.name}: {what}" for what in
                      self._of_job(queue, submission, found, made, made_now, moment.is_exact)]
        return wrong

    @staticmethod
    def _have_run(queue, moment):
        """Only what is looked at is waited for: what was removed may be back, and run for ever."""
        return all(queue.is_in("complete", submission.names[0]) or
                   queue.is_in("complete", submission.names[-1])
                   for submission in moment.wanted() if submission.job.name not in NEVER_COMPLETE)

    def _of_job(self, queue, submission, found, made, made_now, is_exact):
        names = list(dict.fromkeys(submission.names))
        at = [(n, state) for n in names for state in found.get(n, [])]
        if at and submission.job.name in NEVER_COMPLETE:
            return
        if [state for _, state in at] != ["complete"]:
            yield f"it was accepted and is in {at}"
            return
        name = at[0][0]
        new = [a for n in names for a in made_now[n][len(made[n]):]]
        if not new or not is_exact:
            return  # a power loss may take the log of earlier attempts
        log = queue.read("complete", name)
        if not is_log_whole(submission, log, new):
            yield f"its log is not whole: {len(log)} bytes, {log[:80]!r} ... {log[-120:]!r}"
