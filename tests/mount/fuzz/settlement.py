# SPDX-License-Identifier: Apache-2.0
"""After a sequence: everything is let run to its end, and then each job must be found exactly once, where it may be, with
the log it should have, and nothing may be left of those that are gone: no process, no file of the state."""

import collections
import json
import os
import re
import time

import job_text
from leftovers import is_alive
from model import STATES, Disagreement
from queue_under_test import LIMIT_SECONDS, eventually


def drain(player):
    """Returns when nothing moves any more."""
    player.trace.append("drain")
    for slot in range(len(player.handles)):
        player.close(slot)
    model = player.model
    model.tick()
    player.configure({"max_retries": 0, "backoff_base": 0, "max_pending": 0, "max_job_count": 4})
    for job in list(model.jobs.values()):
        if job.waits() is not False and job.is_held is not False and "pending" in job.states:
            model.tick()
            player.utime("pending", job.name, 1)
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        model.tick()
        # In this order: from here on, a job goes from pending/ to active/ and never back.
        pending = set(os.listdir(os.fsencode(player.queue.path("pending"))))
        active = os.listdir(os.fsencode(player.queue.path("active")))
        for name in active:
            if name in model.jobs and model.jobs[name].may_sleep():
                end_sleeper(player, name)
        moving = [job for job in model.jobs.values() if job.name in pending and job.waits() is not True]
        if not active and not moving:
            break
        if time.monotonic() > deadline:
            raise Disagreement(f"does not come to an end: {moving}, active {active}")
        time.sleep(0.003)
    model.tick()
    for directory in STATES:
        player.list(directory)


def end_sleeper(player, name):
    """A job that may sleep gets a moment to end by itself, if its text does not tell."""
    known = [job_text.meaning(content) for content in player.model.jobs[name].contents]
    if None in known:
        deadline = time.monotonic() + 0.3
        while time.monotonic() < deadline and player.queue.is_in("active", name):
            time.sleep(0.005)
    player.unlink("active", name)


class Settlement:
    def __init__(self, player, work, directory):
        self.player, self.queue, self.model = player, player.queue, player.model
        self.work, self.state = work, self.queue.state + ".d"
        self.directory = directory
        self.wrong = []

    def complaints(self):
        self.names_and_counts()
        self.logs_and_contents()
        self.attempts()
        self.events()
        self.processes()
        self.files_of_the_state()
        return self.wrong

    def check(self, holds, what):
        if not holds:
            self.wrong.append(what)

    def found(self):
        return {state: sorted(os.listdir(os.fsencode(self.queue.path(state)))) for state in STATES}

    def names_and_counts(self):
        found = self.found()
        all_names = [name for names in found.values() for name in names]
        self.check(sorted(all_names) == sorted(self.model.jobs), f"{found} has not the jobs {sorted(self.model.jobs)} once")
        status = self.queue.status()
        counts = {state: len(names) for state, names in found.items()}
        self.check(status["jobs"] == counts, f"status.json counts {status['jobs']}, the directories {counts}")
        self.check((status["running"], status["waiting"]) == ([], 0), f"status.json: {status}")
        self.check(status["warnings"] == [] or all("free" in text for text in status["warnings"]), f"{status['warnings']}")

    def logs_and_contents(self):
        for job in self.model.jobs.values():
            (state,) = job.states
            path = self.queue.path(state, job.name)
            data = self.queue.read(state, job.name)
            status = os.stat(path)
            self.check(status.st_size == len(data), f"size {status.st_size} of {len(data)} bytes: {job}")
            self.check(status.st_mode & 0o7777 == job.mode, f"mode {status.st_mode:o}, not {job.mode:o}: {job}")
            seen = self.queue.attributes(state, job.name)
            self.check((seen["state"], seen["priority"]) == (state, str(job.priority)), f"{seen}: {job}")
            if state == "pending":
                self.check(data == bytes(job.content), f"{data[:200]!r}, not {bytes(job.content[:200])!r}: {job}")
                continue
            wrong = job_text.log_complaint(data, job.contents, state, job.was_set_aside)
            self.check(wrong is None, f"{wrong}: {job}\n    log {job_text.short(data)}\n    contents {[job_text.short(text) for text in job.contents]}")

    def attempts(self):
        """Each attempt runs at most once, and who is complete has run."""
        try:
            with open(os.path.join(self.work, "runs"), "rb") as file:
                ran = collections.Counter(re.findall(rb"(?m)^R\d{6} \d+$", file.read()))
        except FileNotFoundError:
            ran = collections.Counter()
        self.check(not ran or max(ran.values()) == 1, f"attempts were made twice: {[key for key in ran if ran[key] > 1]}")
        numbers = {line.split()[0] for line in ran}
        for job in self.model.jobs.values():
            if job.states == {"complete"} and job_text.meaning(job.contents[-1]) is not None:
                missing = set(job_text.run_numbers(job.contents[-1])) - numbers
                self.check(not missing, f"{missing} did not run: {job}")

    def events(self):
        """They tell of every move: those who counted along have the same numbers."""
        expected = {state: len(names) for state, names in self.found().items()}

        def told():
            counts = dict.fromkeys(STATES, 0)
            for event in self.queue.events.parsed():
                self.check("missed" not in event, f"{event}")
                for key, change in (("from", -1), ("to", 1)):
                    if event.get(key) is not None:
                        counts[event[key]] += change
            return counts
        try:
            self.queue.events.wait(lambda: told() == expected, 3)
            self.check(told() == expected, f"events tell of {told()}, the directories have {expected}")
        except (json.JSONDecodeError, KeyError) as error:
            self.wrong.append(f"events can't be read: {error!r}")

    def processes(self):
        """Slots, and nothing else: no zombie, no job."""
        filed = self.queue.process.pid

        def children():
            parents = {}
            for entry in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
                except OSError:
                    continue
                parents[int(entry)] = (int(rest.split()[1]), name)
            slots = {pid for pid, (parent, _) in parents.items() if parent == filed}
            return [f"{pid} ({name})" for pid, (parent, name) in parents.items()
                    if parent in slots or (pid in slots and not (name.startswith("filed-slot") and is_alive(pid)))]
        self.settles(lambda: not children(), lambda: f"processes beside the slots: {children()}")
        self.check(len(self.queue.slots()) <= 4, f"{len(self.queue.slots())} slots for 4 jobs")

    def settles(self, condition, what):
        try:
            eventually(condition, "", 5)
        except AssertionError:
            self.wrong.append(what())

    def files_of_the_state(self):
        """Contents and logs are files when they are large; there is none for those that are gone."""
        contents = sum(len(job.content) > 4096 for job in self.model.jobs.values())

        def number(folder):
            return len(os.listdir(os.path.join(self.state, folder)))
        self.settles(lambda: number("content") == contents, lambda: f"{number('content')} contents in files, not {contents}")
        large = sum(os.stat(self.queue.path(*job.states, job.name)).st_size > 4096
                    for job in self.model.jobs.values() if job.states != {"pending"})
        hidden = sum(job.states == {"pending"} and len(job.contents) > 0 for job in self.model.jobs.values())
        self.settles(lambda: large <= number("logs") <= large + hidden,
                     lambda: f"{number('logs')} logs in files, not {large} to {large + hidden}")
        self.check(sorted(os.listdir(self.state)) == ["content", "lock", "logs", "slots"], f"{os.listdir(self.state)}")
        # None runs: each slot has its record and its output, unless it was used by nobody.
        strangers = [name for name in os.listdir(os.path.join(self.state, "slots"))
                     if not re.fullmatch(r"\d+\.(record|out)", name)]
        self.check(not strangers, f"slots/ has {strangers}")

    def after_a_restart(self):
        """Everything is as it was."""
        def everything():
            return {(state, name): (self.queue.read(state, name), os.stat(self.queue.path(state, name)).st_mode,
                                    self.queue.attribute(state, name, "priority"))
                    for state, names in self.found().items() for name in names}
        before, settings = everything(), self.queue.config()
        self.check(self.queue.stop() == 0, "filed did not end with 0")
        slots = os.listdir(os.path.join(self.state, "slots"))
        self.check(not slots, f"slots/ has {slots} after the end")
        self.queue.start()
        after = everything()
        self.check(before == after, f"a restart changed {[key for key in {**before, **after} if before.get(key) != after.get(key)]}")
        self.check(settings == self.queue.config(), "a restart changed config.json")
