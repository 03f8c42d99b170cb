# SPDX-License-Identifier: Apache-2.0
"""Settles what was accepted with what is there: the four directories, the logs, the file of effects,
and the files of the state once filed has stopped. Judgements are lists of complaints.

A planted fault (`plant`) is there to see that the checks can complain at all.
"""
import collections
import os
import sqlite3

from queue_under_test import STATES

FAILURE = b"\n\n[System Error]: exit status 1\n"


def found_in(queue):
    """{name: [states]}"""
    found = collections.defaultdict(list)
    for state in STATES:
        for name in queue.list(state):
            found[name].append(state)
    return found


def attempts_made(script):
    """{name: [attempt, ...]} by the side effects, in their order."""
    made = collections.defaultdict(list)
    with open(script.effects, encoding="ascii") as file:
        for line in file:
            name, attempt = line.split()
            made[name].append(int(attempt))
    return made


def is_log_whole(submission, log, attempts):
    """Whether this is what the attempts must have said, for one of the contents it may have had."""
    for content in submission.contents:
        whole = b">>> " + content + b"\n" + submission.job.output
        made_as_planned = attempts == submission.job.attempts()
        planned = whole + FAILURE + whole if len(submission.job.attempts()) == 2 else whole
        if log == planned if made_as_planned else log.endswith(whole):
            return True
    return False


class Account:
    def __init__(self, queue, script, plant=None):
        self.queue, self.script, self.plant = queue, script, plant
        self.found, self.made = found_in(queue), attempts_made(script)
        self.lost_logs = set()  # of jobs of which filed said so
        if plant == "lost":
            self.found.pop("small")
        if plant == "twice":
            self.made["large"] *= 2
        if plant == "removed ran":
            self.made["removed"] = [1]

    def settle(self):
        """Everything has run. At most once each attempt, and at most one that succeeds."""
        wrong = [f"{name} is in {states}" for name, states in self.found.items() if len(states) > 1]
        wrong += [f"{name} was never submitted" for name in self.found if not self.script.of_name(name)]
        for submission in self.script.jobs.values():
            wrong += [f"{submission.job.name}: {what}" for what in self._of_job(submission)]
        return wrong

    def _of_job(self, submission):
        at = [(n, state) for n in submission.names for state in self.found.get(n, [])]
        attempts = [a for n in {submission.job.name, *submission.names} for a in self.made[n]]
        if len(set(attempts)) != len(attempts):
            yield f"an attempt ran twice: {attempts}"
        if submission.is_removed:
            if at:
                yield f"it was removed and is in {at}"
            if attempts and (submission.job.name == "removed" or attempts != [1]):
                yield f"it was removed and ran: {attempts}"
        elif len(at) > 1:
            yield f"it has two names: {at}"
        elif submission.is_accepted and not submission.may_be_gone and not at:
            yield "it was accepted and is lost"
        elif at:
            yield from self._of_place(submission, *at[0], attempts)
        elif attempts and not submission.may_be_gone:
            yield f"it is nowhere, but ran: {attempts}"

    def _of_place(self, submission, name, state, attempts):
        if state == "pending" and not submission.is_accepted:
            size = os.stat(self.queue.path(state, name)).st_size
            if size or attempts:
                yield f"it waits with {size} bytes that nobody accepted; it ran {attempts}"
            return
        if state != "complete":
            yield f"it is in {state}; it ran {attempts}; its log: {self._log(state, name)[-200:]!r}"
            return
        fails = len(submission.job.attempts()) == 2
        succeeded = [attempt for attempt in attempts if attempt >= 2 or not fails]
        if len(succeeded) != 1:
            yield f"it is complete and ran the attempts {attempts}"
        log = self._log(state, name)
        if name not in self.lost_logs and not is_log_whole(submission, log, attempts):
            yield f"its log is not whole: {len(log)} bytes, {log[:80]!r} ... {log[-120:]!r}"

    def _log(self, state, name):
        log = self.queue.read(state, name) if state != "pending" else b""
        return log[:-1] if self.plant == "torn" and name == "large" else log


def settle_files(state, plant=None):
    """The files of a state that nobody uses, against each other."""
    if plant == "stray":
        open(f"{state}.d/content/77", "wb").close()
    database = sqlite3.connect(f"file:{state}?mode=rw", uri=True)
    try:
        wrong = [line for (line,) in database.execute("PRAGMA integrity_check") if line != "ok"]
        rows = database.execute(
            "SELECT number, content_file, content_size, log_in_file, log_size FROM jobs").fetchall()
    finally:
        database.close()
    wanted = {f"content/{file}": size for _, file, size, _, _ in rows if file}
    wanted |= {f"logs/{number}": size for number, _, _, in_file, size in rows if in_file}
    there = {}
    for folder, _, names in os.walk(state + ".d"):
        for name in names:
            path = os.path.join(folder, name)
            there[os.path.relpath(path, state + ".d")] = os.path.getsize(path)
    there.pop("lock", None)
    wrong += [f"{path} is there without a job" for path in sorted(there.keys() - wanted.keys())]
    wrong += [f"{path} is missing" for path in sorted(wanted.keys() - there.keys())]
    wrong += [f"{path} has {there[path]} bytes, not {size}" for path, size in wanted.items()
              if path in there and there[path] != size]
    return wrong
