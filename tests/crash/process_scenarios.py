# SPDX-License-Identifier: Apache-2.0
"""queue-process and queue-gc: the promises about jobs.

The commands log "START n payload" and "END n payload" into the trace itself, so that their place
between the calls of the program is known. The promises, at every point and after every crash:
  1. no number is started before the one below it was, none again after the one above it was;
  2. a number counts as done only if its command ended;
  3. a job that is not done has its packet, whole;
  4. a job that is done does not run again once the next start is through.
"""
import os

import packet
from disk_model import load_tree
from scenarios import FIRST, Scenario, check_gc, effective_next, jobs_in, queue_tree, stray_files

COMMAND = """#!/bin/sh
read -r payload
echo "START $FSPL_SEQ $payload" >>"$CRASH_LOG"
echo "output of $FSPL_SEQ"
echo "END $FSPL_SEQ $payload" >>"$CRASH_LOG"
[ "$FSPL_SEQ" != "$CRASH_FAIL" ]
"""
JOBS = [(seq, b"payload-%d\n" % seq) for seq in (10, 9, 11)]  # not in the directory's order


class QueueProcess(Scenario):
    may_stop_short = True

    def __init__(self, options=(), name=None, fails=None, offered_by=None, **kind):
        # `fails`: the number whose command fails; COMMAND is installed for 10.
        self.options, self.fails, self.offered_by = list(options), fails, offered_by
        self.name = name or " ".join(["queue-process", *options])
        self.next, self.temp = kind.get("next", FIRST), kind.get("temp")
        self.jobs, self.history = kind.get("jobs", JOBS), kind.get("history", ())
        self.keeps = kind.get("keeps", ())  # numbers whose files stay although done
        self.by_time = kind.get("by_time", False)
        self.slack = kind.get("slack", 0)  # how many numbers a power loss may take back
        self.publishes_unsynced = self.slack > 0
        self.last = max(seq for seq, _ in self.jobs)
        self.begin = effective_next(self.tree())

    def tree(self):
        return queue_tree(self.next, self.jobs, self.temp)

    def arguments(self):
        command = "root/../command" if self.fails is None else f"root/../command-{self.fails}"
        return ["queue-process", "-q", "root/q", *self.options, command]

    def install(self, base):
        """The commands, beside the tree."""
        for name, fails in (("command", "none"), ("command-10", "10")):
            path = os.path.join(base, name)
            with open(path, "w", encoding="ascii") as file:
                file.write(COMMAND.replace("$CRASH_FAIL", fails))
            os.chmod(path, 0o755)

    def judge(self, tree, seen):
        bad = stray_files(tree) + self.judge_order(seen)
        if effective_next(tree) == "garbage":
            return [*bad, "nextseq does not parse"]
        bad += (self.judge_by_time if self.by_time else self.judge_numbers)(tree, seen)
        left = {content for _, content in jobs_in(tree)}
        for seq, payload in self.jobs:
            if (seq, payload) not in left and not self.is_done(tree, seq, seen):
                bad.append(f"job {seq} is not done but its packet is gone")
        return bad

    def is_done(self, tree, seq, seen):
        if self.by_time:
            return seq in seen.ends
        return seq < effective_next(tree)

    def judge_numbers(self, tree, seen):
        now = effective_next(tree)
        started = max((*seen.starts, *self.history), default=self.begin)
        ended = max((*seen.ends, *self.history), default=self.begin - 1)
        if now < started - self.slack:
            return [f"job {started} was started but the next number can be {now}"]
        if now > ended + 1:
            return [f"job {ended + 1} did not end but the next number can be {now}"]
        return []

    def judge_by_time(self, tree, seen):
        bad = [] if effective_next(tree) == self.next else ["nextseq changed"]
        if seen.disturbed:
            return bad
        highest = max(seen.starts, default=0)
        for _, content in jobs_in(tree):
            if content and content[0] < highest and content[0] not in self.keeps:
                bad.append(f"job {highest} was started but job {content[0]} can run again")
        return bad

    def judge_order(self, seen):
        if self.by_time and seen.disturbed:
            return []  # what can't be read is passed over, as the time of the missing is not known
        bad, highest = [], max(self.history, default=None)
        for seq in seen.starts:
            if highest is not None and not highest - self.slack <= seq <= highest + 1:
                bad.append(f"job {seq} was started after job {highest}")
            if highest is None and seq != FIRST:
                bad.append(f"job {seq} was started first")
            highest = max(seq, highest or seq)
        return bad

    def judge_done(self, tree, seen):
        bad = []
        if set(range(FIRST, self.last + 1)) - set(seen.ends) - set(self.history):
            bad.append(f"exit 0 but only these jobs ended: {sorted(set(seen.ends))}")
        if not self.by_time and effective_next(tree) != self.last + 1:
            bad.append(f"exit 0 but the next number can be {effective_next(tree)}")
        return bad

    def judge_output(self, out, seen, tree):
        """After exit 0: which files are left, and what saved output says."""
        left = sorted(content[0] if content else -1 for _, content in jobs_in(tree))
        expected = sorted({*self.keeps, *(n for n, _ in self.jobs if n < self.begin)})
        bad = [] if left == expected else [f"job files left: {left}, expected {expected}"]
        if "SaveBoth" in self.options:
            saved = sorted(content for path, content in tree.items() if path.endswith(".out"))
            if saved != sorted(b"output of %d\n" % n for n, _ in self.jobs):
                bad.append(f"saved output: {saved}")
        return bad

    def recover(self, runner, base, seen, out):
        again = runner.run(self.arguments(), base)
        starts = tuple(int(e.words[1]) for e in again.events if e.call == "START")
        ends = tuple(int(e.words[1]) for e in again.events if e.call == "END")
        whole = type(seen)(seen.starts + starts, seen.ends + ends, disturbed=seen.disturbed)
        if again.status != self.status:
            return [f"the next start ends with {again.status}: {again.err.strip()}"]
        tree = load_tree(base + "/root")
        bad = self.judge(tree, whole) + self.judge_done(tree, whole)
        return bad + self.judge_rerun(runner, base) if not bad else bad

    def judge_rerun(self, runner, base):
        """Only a kept job of a time-ordered queue may run once more."""
        third = runner.run(self.arguments(), base)
        started = {int(event.words[1]) for event in third.events if event.call == "START"}
        started -= set(self.keeps) if self.by_time else set()
        return [f"done jobs ran again: {sorted(started)}"] if started else []


class QueueProcessStopping(QueueProcess):
    """A failing job at the head with --on-error Retry: exit 1, and everything stays as it is."""

    status = 1

    def judge_done(self, tree, seen):
        return [f"exit 0 although job {self.fails} blocks"]

    def judge_output(self, out, seen, tree):
        return []

    def recover(self, runner, base, seen, out):
        again = runner.run(self.arguments(), base)
        starts = tuple(int(e.words[1]) for e in again.events if e.call == "START")
        ends = tuple(int(e.words[1]) for e in again.events if e.call == "END")
        tree, whole = load_tree(base + "/root"), type(seen)(seen.starts + starts, seen.ends + ends)
        bad = self.judge(tree, whole)
        if again.status != 1 or effective_next(tree) != self.fails or self.fails not in starts:
            now = effective_next(tree)
            bad.append(f"the failing job does not block: status {again.status}, next {now}")
        return bad

    def judge_numbers(self, tree, seen):
        now = effective_next(tree)
        bad = super().judge_numbers(tree, seen)
        return bad + ([f"the failed job {self.fails} was passed over"] if now > self.fails else [])


class QueueProcessDuplicates(QueueProcess):
    """Two files with one number and different content: one is run or set aside, none is lost."""

    def judge(self, tree, seen):
        bad = stray_files(tree) + self.judge_order(seen)
        if effective_next(tree) == "garbage":
            return [*bad, "nextseq does not parse"]
        bad += self.judge_numbers(tree, seen)
        kept = {content for _, content in jobs_in(tree)}
        kept |= {packet.parse(content) for path, content in tree.items()
                 if path.startswith("q/quarantine/") and content is not None}
        for seq, payload in self.jobs:
            done = seq < effective_next(tree)
            twins = [other for other in self.jobs if other[0] == seq]
            lost = [twin for twin in twins if twin not in kept]
            if lost and (not done or len(lost) == len(twins) > 1):
                bad.append(f"packet {seq} {payload!r} is neither in jobs nor in quarantine")
        return bad

    def judge_output(self, out, seen, tree):
        return []


class QueueGc(Scenario):
    """Left-overs go; jobs, numbers and the order of things stay."""

    name = "queue-gc"
    offered_by = ("queue-gc", None)

    def tree(self):
        tree = queue_tree(FIRST, JOBS)
        tree["q/jobs/tmp-fspl-11111111-1111-4111-8111-111111111111.fspl.tmp"] = b"half"
        tree["q/jobs/tmp-fspl-22222222-2222-4222-8222-222222222222.fspl.tmp"] = b""
        return tree

    def prepare(self, runner, base):
        runner.age_tree(base + "/root/q")

    def arguments(self):
        return ["queue-gc", "-q", "root/q"]

    def judge(self, tree, seen):
        bad = stray_files(tree)
        if sorted(content for _, content in jobs_in(tree)) != sorted(JOBS):
            bad.append("a job is gone or damaged")
        return bad + ([] if effective_next(tree) == FIRST else ["nextseq changed"])

    def judge_output(self, out, seen, tree):
        return [f"exit 0 but {path} is left" for path in tree if "/tmp-" in path]

    def recover(self, runner, base, seen, out):
        return check_gc(runner, base) + self.judge(load_tree(base + "/root"), seen)
