#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crashes the real program at every call that reads or changes files, and checks what is left.

Every scenario runs once to count its calls; then, for every call N: killed before it, killed after
it, the call fails (EIO; ENOSPC from there on; EINTR) or moves one byte only. From the trace of each
such run, each state that a power loss could leave at each point is computed and judged
(disk_model.py, scenarios.py); the state that is really left is judged and handed to the next
ordinary start, and so is every power loss state of the undisturbed run.

    crash_test.py --program BUILD/fspl_dynamic --shim BUILD/libcrash_shim.so
    crash_test.py ... --only NAME --at 12 --fault kill-after --verbose     one point, with its trace
    crash_test.py ... --canary                  leaves out one sync at a time: each must be noticed
    crash_test.py ... --canary-program PROGRAM  a program that syncs too little must be noticed

The program must be linked dynamically. What the checks can't see: see disk_model.py and shim.cc.
"""
import argparse
import multiprocessing
import os
import re
import shutil
import sys
import tempfile

from catalogue import SCENARIOS
from disk_model import SYNC_CALLS
from matrix import Stage, faults_for, short
from shimmed_run import Fault, Runner

CHUNK = 25
SHOWN = 6


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default="/usr/bin/fspl")
    parser.add_argument("--shim", required=True)
    parser.add_argument("--only", metavar="TEXT", help="scenarios whose name contains TEXT")
    parser.add_argument("--at", type=int, help="only this call")
    parser.add_argument("--fault", help="only this kind of fault")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="show all complaints and traces")
    parser.add_argument(
        "--no-power-loss", action="store_true", help="only what a killed process can leave"
    )
    parser.add_argument("--canary", action="store_true")
    parser.add_argument("--canary-program", metavar="PROGRAM")
    chosen = parser.parse_args()
    chosen.shim, chosen.program = os.path.abspath(chosen.shim), os.path.abspath(chosen.program)
    return chosen


class Bench:
    """The scenarios that apply, and the processes that play them."""

    def __init__(self, chosen, program):
        self.chosen = chosen
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.scratch = tempfile.mkdtemp(prefix="crash-test-", dir=memory)
        self.runner = Runner(program, chosen.shim)
        self.stage = None
        self.names = [
            name
            for name, scenario in SCENARIOS.items()
            if (scenario.offered_by is None or self.runner.offers(*scenario.offered_by))
            and (chosen.only is None or chosen.only in name)
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch, ignore_errors=True)

    def play(self, name, fault, restarts=True):
        if self.stage is None:
            base = os.path.join(self.scratch, str(os.getpid()))
            os.makedirs(base, exist_ok=True)
            self.stage = Stage(base, self.runner, not self.chosen.no_power_loss)
        return self.stage.play(SCENARIOS[name], fault, restarts)

    def play_chunk(self, task):
        name, faults, restarts = task
        verdicts = [self.play(name, fault, restarts) for fault in faults]
        for verdict in verdicts:
            if not verdict.complaints:
                verdict.events = []  # not worth sending
        return name, verdicts

    def play_all(self, tasks):
        """[(name, verdicts)] of all tasks, in order."""
        chunks = [
            (name, faults[at : at + CHUNK], restarts)
            for name, faults, restarts in tasks
            for at in range(0, len(faults), CHUNK)
        ]
        self.stage = None
        with multiprocessing.get_context("fork").Pool(self.chosen.jobs) as pool:
            return pool.map(self.play_chunk, chunks, chunksize=1)


class Row:
    def __init__(self):
        self.calls = self.faults = self.runs = self.states = 0
        self.failed = []

    def add(self, verdicts):
        for verdict in verdicts:
            self.faults += 1
            self.runs += verdict.runs
            self.states += verdict.states
            if verdict.complaints:
                self.failed.append(verdict)


def table(rows):
    head = f"{'calls':>6} {'points':>7} {'runs':>6} {'states':>7} {'failed':>7}"
    print(f"{'scenario':42} {head}")
    for name, row in rows.items():
        counts = f"{row.calls:6} {row.faults:7} {row.runs:6} {row.states:7} {len(row.failed):7}"
        print(f"{name:42} {counts}")


def explain(bench, name, verdict, verbose):
    where = f"call {verdict.fault.at}" if verdict.fault.at else "undisturbed"
    print(f"\n{name}: {verdict.fault.kind} at {where}")
    for complaint in verdict.complaints if verbose else verdict.complaints[:3]:
        print(f"    {complaint}")
    if len(verdict.complaints) > 3 and not verbose:
        print(f"    ... and {len(verdict.complaints) - 3} more")
    again = f"--only '{name}' --at {verdict.fault.at} --fault {verdict.fault.kind}"
    print(f"    again: {again} --verbose")
    if verbose:
        print(f"    by hand: {bench.runner.repro(SCENARIOS[name].arguments(), verdict.fault)}")
        for event in verdict.events:
            print(f"      {event.line[:200]}")


def matrix(chosen):
    with Bench(chosen, chosen.program) as bench:
        rows, tasks = {}, []
        for name in bench.names:
            events = [e for e in bench.play(name, Fault(), restarts=False).events if e.number]
            rows[name] = Row()
            rows[name].calls = len(events)
            faults = [Fault()] + [fault for event in events for fault in faults_for(event)]
            wanted = [
                fault
                for fault in faults
                if chosen.at in (None, fault.at) and chosen.fault in (None, fault.kind)
            ]
            tasks.append((name, wanted, True))
        for name, verdicts in bench.play_all(tasks):
            rows[name].add(verdicts)
        table(rows)
        return conclude(bench, rows)


def conclude(bench, rows):
    shown = 0
    for name, row in rows.items():
        for verdict in row.failed:
            if shown < SHOWN or bench.chosen.verbose:
                explain(bench, name, verdict, bench.chosen.verbose)
            shown += 1
    points = sum(row.faults for row in rows.values())
    runs, states = (sum(getattr(r, what) for r in rows.values()) for what in ("runs", "states"))
    print(f"\n{runs} runs, {states} power loss states")
    print(f"{points - shown} passed, {shown} failed ({points} points)")
    return 1 if shown or not points else 0


def new_complaints(verdict, known):
    """What is complained of with a sync left out and not without; names and numbers vary."""
    return {nameless(complaint) for complaint in verdict.complaints} - known


def nameless(complaint):
    uuid = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return re.sub(uuid + r"|(?<=\[)\d+|(?<=call )\d+", "", complaint)


def canary(chosen):
    """Leaves out one sync of the program at a time; in every scenario some must be noticed."""
    with Bench(chosen, chosen.program) as bench:
        tasks, known, lines = [], {}, {}
        for name in bench.names:
            undisturbed = bench.play(name, Fault(), restarts=False)
            known[name] = set(map(nameless, undisturbed.complaints))
            lines[name] = [e.line for e in undisturbed.events if e.call in SYNC_CALLS]
            drops = [Fault("drop", at + 1) for at in range(len(lines[name]))]
            tasks.append((name, drops, False))
        found = {name: [] for name in bench.names}
        for name, verdicts in bench.play_all(tasks):
            found[name] += verdicts
        blind = syncs = noticed = 0
        for name, verdicts in found.items():
            unmissed = [v.fault.at for v in verdicts if not new_complaints(v, known[name])]
            syncs, noticed = syncs + len(verdicts), noticed + len(verdicts) - len(unmissed)
            counts = f"{len(verdicts):3} syncs, {len(unmissed):3} not missed when left out"
            print(f"{name:42} {counts}")
            for at in unmissed:
                print(f"    {short(lines[name][at - 1])}")
            if verdicts and len(unmissed) == len(verdicts):
                blind += 1
                print("    FAILED: no sync is missed here, so the checks see nothing")
        print(f"{noticed} of {syncs} syncs are missed when left out; {blind} scenarios failed")
        return 1 if blind or not noticed else 0


def canary_program(chosen):
    """A program that leaves out its syncs must be found out, in more than the program itself is."""
    known = {}
    with Bench(chosen, chosen.program) as bench:
        for name in bench.names:
            known[name] = set(map(nameless, bench.play(name, Fault(), restarts=False).complaints))
    with Bench(chosen, os.path.abspath(chosen.canary_program)) as bench:
        caught = 0
        for name in bench.names:
            verdict = bench.play(name, Fault(), restarts=False)
            found = new_complaints(verdict, known.get(name, set()))
            caught += bool(found)
            print(f"{name:42} {len(found):3} complaints")
            for complaint in sorted(found)[:2]:
                print(f"    {complaint}")
        print(f"the canary was caught in {caught} of {len(bench.names)} scenarios")
        return 0 if caught else 1


def main():
    chosen = options()
    status = 0
    if chosen.canary:
        status |= canary(chosen)
    if chosen.canary_program:
        status |= canary_program(chosen)
    if not chosen.canary and not chosen.canary_program:
        status = matrix(chosen)
    return status


if __name__ == "__main__":
    sys.exit(main())
