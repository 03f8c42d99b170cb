# SPDX-License-Identifier: Apache-2.0
"""What each writing command promises, said three ways.

A Scenario names the tree it starts from and the command line, and judges
* `judge(tree, seen)`: any tree that a crash may leave, given what the world has seen by then;
* `judge_done(tree, seen)`: what must hold on top of that once the command said exit 0;
* `recover(...)`: what the next ordinary start makes of a tree.
Judgements are lists of complaints, empty when all is well.

Numbers run 9, 10, 11 so that a lost byte of a sequence file changes its meaning.
"""
import dataclasses
import os
import re

import packet
from disk_model import load_tree

FIRST = 9
PAYLOAD = b"payload of 20 KiB\n" + bytes(range(256)) * 80


@dataclasses.dataclass(frozen=True)
class Seen:
    """What left the machine, or would: commands started and ended, bytes on standard output."""

    starts: tuple = ()
    ends: tuple = ()
    out: int = 0
    disturbed: bool = False  # a call failed


def number_in(tree, path):
    """The number in a sequence file; None if there is no file, "garbage" if it does not parse."""
    if path not in tree:
        return None
    content = tree[path]
    text = content.split(b"\0")[0] if isinstance(content, bytes) else b""
    match = re.fullmatch(rb" *(\d+)\n?(in a run\n?)?", text)
    return int(match[1]) if match else "garbage"


def is_in_run(tree, path):
    """Whether a sequence file says that it is one of the two that a run takes turns with."""
    return isinstance(tree.get(path), bytes) and b"\nin a run" in tree[path]


def jobs_in(tree, folder="q/jobs/"):
    """[(path, (seq, payload) or None)] of the files that a scan would take for jobs."""
    return [
        (path, packet.parse(content) if isinstance(content, bytes) else None)
        for path, content in tree.items()
        if path.startswith(folder + "fspl-") and path.endswith(".fspl") and content is not None
    ]


def stray_files(tree):
    """Names that no one would know the meaning of."""
    known = re.compile(
        r"q|q/(jobs|quarantine|nextseq|nextseq\.lock|nextseq\.temp|jobs\.index(\.temp)?)|"
        r"s|s\.lock|s\.temp|input|"
        r"q/jobs/(fspl-[^/]*\.fspl(\.out)?|tmp-fspl-[^/]*\.fspl\.tmp)|q/quarantine/[^/]*"
    )
    return [f"unexpected file {path}" for path in tree if not known.fullmatch(path)]


class Scenario:
    name = ""
    offered_by = None  # (subcommand, option): the scenario needs it in `subcommand --help`
    status = 0  # of an undisturbed run
    to_pipe = False
    may_stop_short = False  # exit 0 with a message may mean: not all was done, the rest later
    publishes_unsynced = False  # by contract: content may be renamed into place before it is synced

    def tree(self):
        return {}

    def arguments(self):
        raise NotImplementedError

    def stdin(self):
        return None

    def judge(self, tree, seen):
        return stray_files(tree)

    def judge_done(self, tree, seen):
        return []

    def judge_output(self, out, seen, tree):
        """What stands on standard output after exit 0."""
        return []

    def recover(self, runner, base, seen, out):
        """The next start, without the shim, on what is in base/root."""
        return []


class QueueInit(Scenario):
    def __init__(self, append_only):
        self.append_only = append_only
        self.name = "queue-init --append-only" if append_only else "queue-init"

    def arguments(self):
        return ["queue-init", "-q", "root/q"] + (["--append-only"] if self.append_only else [])

    def judge(self, tree, seen):
        bad = stray_files(tree)
        if number_in(tree, "q/nextseq") not in (None, 1):
            bad.append(f"nextseq is {number_in(tree, 'q/nextseq')}")
        return bad

    def judge_done(self, tree, seen):
        if "q/jobs" not in tree:
            return ["exit 0 but q/jobs can be lost"]
        if self.append_only:
            return ["an append-only queue has a sequence"] if "q/nextseq" in tree else []
        bad = []
        if number_in(tree, "q/nextseq") != 1:
            bad.append("exit 0 but nextseq can be lost or damaged")
        if "q/nextseq.lock" not in tree:
            bad.append("exit 0 but nextseq.lock can be lost")
        return bad

    def recover(self, runner, base, seen, out):
        # A half-made queue is refused, as one that exists: removing it and starting again must do.
        if runner.run(self.arguments(), base).status != 0:
            tree = load_tree(base + "/root")
            if "q" not in tree:
                return ["queue-init can't be repeated although there is no queue"]
            runner.remove_tree(base + "/root/q")
            if runner.run(self.arguments(), base).status != 0:
                return ["queue-init fails after the partial queue was removed"]
        return self.judge_done(load_tree(base + "/root"), seen)


def queue_tree(next_number=FIRST, jobs=(), temp=None):
    tree = {"q": None, "q/jobs": None, "q/nextseq.lock": b"", "q/nextseq": b"%d\n" % next_number}
    if temp is not None:
        tree["q/nextseq"] += b"in a run\n"
        tree["q/nextseq.temp"] = b"%20d\nin a run\n" % temp
    for index, (seq, payload) in enumerate(jobs):
        tree[f"q/jobs/fspl-{index}.fspl"] = packet.build(seq, payload)
    return tree


def has_gc(runner):
    return runner.offers("queue-gc", None)


class QueueWrite(Scenario):
    name = "queue-write"
    packet = packet.build(FIRST, PAYLOAD)

    def tree(self):
        return queue_tree()

    def arguments(self):
        return ["queue-write", "-q", "root/q"]

    def stdin(self):
        return self.packet

    def judge(self, tree, seen):
        bad = stray_files(tree)
        for path, _ in jobs_in(tree):
            if tree[path] != self.packet:
                bad.append(f"{path} is visible but not whole")
        if number_in(tree, "q/nextseq") != FIRST:
            bad.append("nextseq changed")
        return bad

    def judge_done(self, tree, seen):
        return [] if len(jobs_in(tree)) == 1 else ["exit 0 but the packet can be lost"]

    def recover(self, runner, base, seen, out):
        before = len(jobs_in(load_tree(base + "/root")))
        if runner.run(self.arguments(), base, stdin=self.packet).status != 0:
            return ["queue-write can't be repeated"]
        bad = check_gc(runner, base)
        tree = load_tree(base + "/root")
        if len(jobs_in(tree)) != before + 1:
            bad.append("the repeated queue-write added no packet")
        return bad + self.judge(tree, seen)


def check_gc(runner, base):
    """queue-gc, where there is one, removes what dead writers left and nothing else."""
    if not has_gc(runner):
        return []
    jobs = [name for name, _ in jobs_in(load_tree(base + "/root"))]
    runner.age_tree(base + "/root/q")
    if runner.run(["queue-gc", "-q", "root/q"], base).status != 0:
        return ["queue-gc fails"]
    tree = load_tree(base + "/root")
    bad = [f"queue-gc left {path}" for path in tree if "/tmp-" in path]
    if [name for name, _ in jobs_in(tree)] != jobs:
        bad.append("queue-gc removed or renamed a job")
    return bad


class QueueWriteFromFile(QueueWrite):
    """Standard input is a regular file, so the copy takes another way through the kernel."""

    name = "queue-write < FILE"

    def tree(self):
        return {**super().tree(), "input": self.packet}

    def stdin(self):
        return "root/input"


class Prepare(Scenario):
    """Any command that claims a number of seqfile `s` and emits one packet."""

    def __init__(self, name, words, payload=b"", start=FIRST, **kind):
        self.name, self.words, self.payload, self.start = name, words, payload, start
        self.input, self.to_pipe = kind.get("input"), kind.get("to_pipe", False)

    def tree(self):
        tree = {"input": PAYLOAD}
        if self.start is not None:
            tree["s"] = b"%d\n" % self.start
        return tree

    def arguments(self):
        return [self.words[0], "-s", "root/s", *self.words[1:]]

    def stdin(self):
        return self.input

    def number(self):
        return 1 if self.start is None else self.start

    def judge(self, tree, seen):
        bad, now = stray_files(tree), number_in(tree, "s")
        allowed = {self.start, self.number(), self.number() + 1}
        if now not in allowed:
            bad.append(f"the sequence file holds {now}")
        elif seen.out and now != self.number() + 1:
            bad.append(f"packet {self.number()} went out but the sequence file can hold {now}")
        return bad

    def judge_done(self, tree, seen):
        now = number_in(tree, "s")
        return [] if now == self.number() + 1 else [f"exit 0 but the sequence file can hold {now}"]

    def judge_output(self, out, seen, tree):
        if packet.parse(out) == (self.number(), self.payload):
            return []
        return [f"exit 0 but the packet on standard output is not whole ({len(out)} bytes)"]

    def recover(self, runner, base, seen, out):
        emitted = packet.parse(out)
        again = runner.run(self.arguments(), base, stdin=self.stdin())
        got = packet.parse(again.out)
        if again.status != 0 or got is None:
            return [f"prepare can't be repeated (status {again.status}): {again.err.strip()}"]
        if got[0] not in (self.number(), self.number() + 1):
            return [f"the next packet has number {got[0]}"]
        if emitted and got[0] <= emitted[0]:
            return [f"number {got[0]} was given twice"]
        after = number_in(load_tree(base + "/root"), "s")
        if after != got[0] + 1:
            return [f"after packet {got[0]} the sequence file holds {after}"]
        return []


class PrepareIntoQueue(Prepare):
    """prepare --queuedir: number and packet in one step."""

    offered_by = ("prepare", "--queuedir")

    def tree(self):
        return {**queue_tree(), **super().tree()}

    def arguments(self):
        return [*super().arguments(), "--queuedir", "root/q"]

    def judge(self, tree, seen):
        bad = super().judge(tree, dataclasses.replace(seen, out=0))
        for path, content in jobs_in(tree):
            if content != (self.number(), self.payload):
                bad.append(f"{path} is visible but not whole")
            elif number_in(tree, "s") != self.number() + 1:
                bad.append(f"packet {self.number()} is visible but the number can be given again")
        return bad

    def judge_done(self, tree, seen):
        missing = [] if len(jobs_in(tree)) == 1 else ["exit 0 but the packet can be lost"]
        return super().judge_done(tree, seen) + missing

    def judge_output(self, out, seen, tree):
        return []

    def recover(self, runner, base, seen, out):
        again = runner.run(self.arguments(), base, stdin=self.stdin())
        if again.status != 0:
            return [f"prepare can't be repeated: {again.err.strip()}"]
        numbers = [content and content[0] for _, content in jobs_in(load_tree(base + "/root"))]
        bad = check_gc(runner, base)
        if len(set(numbers)) != len(numbers) or None in numbers:
            bad.append(f"numbers in the queue: {numbers}")
        if not set(numbers) <= {self.number(), self.number() + 1}:
            bad.append(f"a number was skipped: {numbers}")
        return bad


class SetNext(Scenario):
    """prepare-set-next and queue-set-next: from one number to another, never to a third."""

    def __init__(self, name, words, path, start, wanted):
        self.name, self.words, self.path, self.start, self.wanted = name, words, path, start, wanted

    def tree(self):
        return dict(self.start)

    def arguments(self):
        return [*self.words, str(self.wanted)]

    def before(self):
        return effective_next(self.start, self.path)

    def judge(self, tree, seen):
        now = effective_next(tree, self.path)
        bad = [] if now in (self.before(), self.wanted) else [f"the next number can be {now}"]
        return bad + stray_files(tree)

    def judge_done(self, tree, seen):
        now = effective_next(tree, self.path)
        return [] if now == self.wanted else [f"exit 0 but the next number can be {now}"]

    def recover(self, runner, base, seen, out):
        get = [self.words[0].replace("set", "get"), *self.words[1:]]
        got = runner.run(get, base)
        if got.status != 0 or got.out.strip() not in (b"%d" % self.before(), b"%d" % self.wanted):
            return [f"{get[0]} says {got.out!r}, status {got.status}: {got.err.strip()}"]
        again = runner.run(self.arguments(), base)
        if again.status != 0 or runner.run(get, base).out != b"%d\n" % self.wanted:
            return ["the number can't be set afterwards"]
        return []


def effective_next(tree, path="q/nextseq"):
    """What the next start takes for the next number.

    In a spool, that is the one in nextseq.temp if it is exactly one more than the one in nextseq, and both
    files say that they are of a run.
    """
    now = number_in(tree, path)
    if now == "garbage":
        return now
    now = 1 if now is None else now
    if path != "q/nextseq" or not (is_in_run(tree, path) and is_in_run(tree, path + ".temp")):
        return now
    temp = number_in(tree, path + ".temp")
    return temp if temp == now + 1 else now
