# SPDX-License-Identifier: Apache-2.0
"""One scenario under one fault: run, judge what a power loss could leave and what is left, go on.

Nothing here knows what a command promises (scenarios.py) or how a disk forgets (disk_model.py).
"""
import dataclasses
import errno
import os

from disk_model import CONTENT_CALLS, SYNC_CALLS, Disk, load_tree, store_tree
from scenarios import Seen
from shimmed_run import Fault

READING = {"read", "pread", "readv", "getdents", "readdir", "opendir"}
COPYING = {"copy_file_range", "splice", "sendfile"}
NAMING = {"rename", "link", "mkdir", "unlink"}
SHORTENED = COPYING | {"read", "pread", "readv", "write", "pwrite", "writev"}
INTERRUPTIBLE = SHORTENED | SYNC_CALLS | {"open", "close", "flock", "getdents"}
INTERRUPTIBLE |= {"ftruncate", "fallocate"}
O_CREAT = 0o100


def kinds_for(event):
    """Every kind of fault that may befall this call."""
    call = event.call
    makes_file = call == "open" and int(event.get("flags")) & O_CREAT
    changes = call in CONTENT_CALLS | SYNC_CALLS | NAMING or makes_file
    kinds = ["kill-before", "EIO"] + (["kill-after"] if changes or call == "flock" else [])
    if (changes and call != "unlink") or call == "close":
        kinds.append("ENOSPC")
    kinds += ["EINTR"] if call in INTERRUPTIBLE else []
    return kinds + (["short"] if call in SHORTENED else [])


def faults_for(event):
    """What is worth doing to this call of an undisturbed run."""
    kinds = kinds_for(event)
    if event.result <= 1 and "short" in kinds:
        kinds.remove("short")
    return [Fault(kind, event.number) for kind in kinds]


def is_misplaced(fault, events):
    """Where the calls vary (decoders at work), a fault may hit a call that it can't befall."""
    hit = next((event for event in events if event.number == fault.at), None)
    failing = fault.kind in ("EIO", "EINTR", "ENOSPC")
    return hit is not None and failing and fault.kind not in kinds_for(hit)


@dataclasses.dataclass
class Verdict:
    fault: Fault
    complaints: list
    events: list
    runs: int = 0
    states: int = 0


class Stage:
    """A scratch directory in which scenarios are played, one after the other."""

    def __init__(self, base, runner, power_loss=True):
        self.base, self.runner, self.power_loss = base, runner, power_loss
        self.root = os.path.join(base, "root")

    def _set(self, scenario, tree):
        self.runner.remove_tree(self.root)
        os.makedirs(self.root)
        store_tree(tree, self.root)
        if hasattr(scenario, "install"):
            scenario.install(self.base)
        if hasattr(scenario, "prepare"):
            scenario.prepare(self.runner, self.base)

    def play(self, scenario, fault, restarts=True):
        """The whole test of one fault. Without `restarts`, only what the model can tell."""
        self._set(scenario, scenario.tree())
        disk, before = Disk(self.root), self.runner.runs
        result = self.runner.run(
            scenario.arguments(), self.base, fault, stdin=scenario.stdin(), to_pipe=scenario.to_pipe
        )
        trail = Trail(scenario, disk, self.power_loss)
        trail.follow(result.events)
        verdict = Verdict(fault, list(trail.complaints), result.events, states=trail.states)
        verdict.complaints += self._judge_end(scenario, fault, result, trail)
        if restarts:
            again = scenario.recover(self.runner, self.base, trail.seen, result.out)
            verdict.complaints += [f"next start: {complaint}" for complaint in again]
            if fault.kind == "none":
                verdict.complaints += self._replay(scenario, trail, result.out)
        verdict.complaints = list(dict.fromkeys(verdict.complaints))
        if is_misplaced(fault, result.events):
            verdict.complaints = []
        verdict.runs = self.runner.runs - before
        return verdict

    def _judge_end(self, scenario, fault, result, trail):
        live, seen = load_tree(self.root), trail.seen
        bad = scenario.judge(live, seen)
        if result.status is None:
            return [*bad, "did not end"]
        if fault.is_kill() and result.status == -9:
            return bad
        if result.status < 0 or result.status > 100:
            return [*bad, f"died with status {result.status}: {result.err.strip()}"]
        undisturbed = fault.kind in ("none", "EINTR", "short", "drop")
        if undisturbed and result.status != scenario.status:
            bad.append(f"status {result.status}, not {scenario.status}: {result.err.strip()}")
        if result.status == 0:
            undone = scenario.judge_done(live, seen) + scenario.judge_output(result.out, seen, live)
            if undone and scenario.may_stop_short and result.err and not undisturbed:
                return bad  # said so, and goes on next time
            bad += undone
            for tree in trail.disk.states() if self.power_loss else ():
                bad += [f"power loss at the end: {c}" for c in scenario.judge_done(tree, seen)]
        elif not result.err and not trail.lost_message:
            bad.append(f"status {result.status} without a message")
        return bad

    def _replay(self, scenario, trail, out):
        """The next start on every state that a power loss during the run could leave."""
        bad = []
        for tree, seen, line in trail.crash_states.values():
            self._set(scenario, tree)
            emitted = out[: seen.out]
            for complaint in scenario.recover(self.runner, self.base, seen, emitted):
                bad.append(f"restart after power loss at [{short(line)}]: {complaint}")
        return bad


class Trail:
    """Follows a trace through the model, and judges every state that could be left behind."""

    def __init__(self, scenario, disk, power_loss):
        self.scenario, self.disk, self.power_loss = scenario, disk, power_loss
        self.seen, self.complaints, self.states = Seen(), [], 0
        self.crash_states = {}
        self.lost_message, self.start_word = False, "START"

    def follow(self, events):
        # A command has started when it is spawned; its own word comes later, perhaps too late.
        spawns = any(event.call == "SPAWN" for event in events)
        self.start_word = "SPAWN" if spawns else "START"
        for event in events:
            version, seen = self.disk.version, self.seen
            self._notice(event)
            self.disk.apply(event)
            if self.power_loss and (version != self.disk.version or seen != self.seen):
                self._judge(event)
        if self.power_loss and not self.scenario.publishes_unsynced:
            self.complaints += self.disk.broken_rules

    def _notice(self, event):
        seen = self.seen
        if event.call == self.start_word:
            self.seen = dataclasses.replace(seen, starts=seen.starts + (int(event.words[1]),))
        elif event.call == "END":
            self.seen = dataclasses.replace(seen, ends=seen.ends + (int(event.words[1]),))
        elif event.get("spoiled") == "failed":
            self.seen = dataclasses.replace(seen, disturbed=True)
            self.lost_message |= event.get("fd") == "2" and event.errno != errno.EINTR
        elif event.get("fd") == "1" and event.call in CONTENT_CALLS and (event.result or 0) > 0:
            self.seen = dataclasses.replace(seen, out=seen.out + event.result)

    def _judge(self, event):
        for tree in self.disk.states():
            key = (frozenset(tree.items()), self.seen.starts, self.seen.ends, self.seen.out > 0)
            if key not in self.crash_states:
                self.crash_states[key] = (tree, self.seen, event.line)
                self.states += 1
                for complaint in self.scenario.judge(tree, self.seen):
                    self.complaints.append(f"power loss at [{short(event.line)}]: {complaint}")


def short(line):
    words = line.split(" ")
    if not words[0].isdigit():
        return line
    named = [w for w in words[2:] if w.startswith(("name=", "name2=", "fd=", "spoiled="))]
    return " ".join(words[:2] + named)
