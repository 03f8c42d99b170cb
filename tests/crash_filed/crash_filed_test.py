#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spoils the real filed at the calls by which it changes its state, and checks what is left.

A script of submissions (script.py) runs through a real mount, once to count the calls; then, for
call N of them: killed before it, killed after it; the call fails, alone (EIO) or with all that
follow for a while (EIO, ENOSPC). From the trace of undisturbed runs, filed is started on what a
power loss might have left at each acceptance (power_loss.py).

    crash_filed_test.py --shim BUILD/libcrash_shim.so            some points, spread by BOBBIN_SEED
    crash_filed_test.py --shim ... --all                         every point
    crash_filed_test.py --shim ... --at 12 --fault kill-after    one point, with its trace
    crash_filed_test.py --shim ... --canary                      planted faults must be noticed

BOBBIN_FILED names the program, which must be linked dynamically.
"""
import argparse
import collections
import ctypes
import multiprocessing
import os
import random
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("crash", "mount")]
sys.path.insert(0, HERE)

import harness  # pylint: disable=wrong-import-position
from power_loss import CANARIES, Aftermath, moments  # pylint: disable=wrong-import-position
from spoiled_run import FiledFault, SpoiledRun  # pylint: disable=wrong-import-position

KILLS = [("kill-before", False), ("kill-after", False)]
ERRORS = [("EIO", False), ("EIO", True), ("ENOSPC", True)]
PLANTS = ("lost", "twice", "torn", "stray", "removed ran")
POINTS = 40  # of kills, and of errors, unless all are asked for
TREES = 80  # power loss states
WORKERS = 2
PR_SET_PDEATHSIG = 1
SHOWN = 8


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shim", required=True)
    parser.add_argument("--all", action="store_true", help="every point (or BOBBIN_ALL=1)")
    parser.add_argument("--only", choices=("kills", "errors", "power"))
    parser.add_argument("--at", type=int, help="only this call")
    parser.add_argument("--fault", help="only this kind of fault: kill-before, EIO, EIO+, ...")
    parser.add_argument("--canary", action="store_true")
    chosen = parser.parse_args()
    chosen.shim = os.path.abspath(chosen.shim)
    chosen.all |= bool(os.environ.get("BOBBIN_ALL"))
    chosen.seed = int(os.environ.get("BOBBIN_SEED", str(time.time_ns() % 1_000_000)))
    return chosen


class Verdict:
    def __init__(self, kind, words, wrong, trace=(), was_felt=True):
        self.kind, self.words, self.wrong = kind, words, wrong
        self.trace, self.was_felt = list(trace), was_felt


def play_task(task):
    """Whatever goes wrong is a complaint, too."""
    kind, shim, *rest = task
    try:
        return play_power_loss(shim, *rest) if kind == "power" else play_fault(kind, shim, *rest)
    except Exception:  # pylint: disable=broad-exception-caught
        return [Verdict(kind, str(rest), [traceback.format_exc()])]


def play_fault(kind, shim, fault, plant=None):
    with SpoiledRun(shim, fault, plant) as run:
        wrong = run.play().settle()
        trace = [event.line[:160] for event in run.events()] + run.queue.words().splitlines()
        return [Verdict(kind, str(fault), list(wrong), trace if wrong else (), run.was_felt)]


def play_power_loss(shim, seed, part, count, canary=None):
    """This part of `count` power loss states; 0: all. With a canary, until one is noticed."""
    with SpoiledRun(shim, FiledFault()) as run:
        run.play()
        aftermath, dice = Aftermath(run), random.Random(seed)
        loses = CANARIES[canary] if canary else lambda path: False
        trees_each = 1 if canary else count or 10_000
        cases = [(moment, tree) for moment in moments(run, dice, trees_each, loses)
                 for tree in moment.trees]
        if count and not canary:
            dice.shuffle(cases)
            cases.sort(key=lambda case: case[1] is not case[0].trees[0])  # the worst come first
        verdicts = []
        for moment, tree in cases[part::WORKERS] if not canary else cases:
            verdicts.append(Verdict("power", moment.words, aftermath.complaints(moment, tree)))
            if (canary and verdicts[-1].wrong) or len(verdicts) * WORKERS >= (count or 1 << 30):
                break
        return verdicts


def begin_worker():
    """Ends with the test, and tidies up then."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def workers():
    return multiprocessing.get_context("fork").Pool(WORKERS, begin_worker)


def play_all(tasks):
    with workers() as pool:
        for verdicts in pool.imap_unordered(play_task, tasks):
            yield from verdicts


def spread(calls, kinds, chosen, dice):
    """Faults at all calls, or at some of them, as evenly as can be."""
    points = [FiledFault(kind, at, lasts) for at in range(1, calls + 1) for kind, lasts in kinds]
    if chosen.at or chosen.fault:
        name = chosen.fault or ""
        return [point for point in points if chosen.at in (None, point.at)
                and name in ("", point.kind + "+" * point.lasts)]
    if chosen.all or len(points) <= POINTS:
        return points
    step = len(points) / POINTS
    begin = dice.random() * step
    return [points[int(begin + number * step)] for number in range(POINTS)]


def count_calls(chosen):
    """The number of calls of an undisturbed run, which must be without complaints."""
    with SpoiledRun(chosen.shim, FiledFault()) as run:
        wrong = run.play().settle()
        wrong += run.script.trouble
        calls = [event.call for event in run.events() if event.number]
    if wrong:
        print("undisturbed:", *wrong, sep="\n    ")
        sys.exit(1)
    print(f"seed {chosen.seed}; {len(calls)} calls:",
          ", ".join(f"{n} {call}" for call, n in collections.Counter(calls).most_common()), flush=True)
    return len(calls)


def matrix(chosen):
    dice, tasks = random.Random(chosen.seed), []
    calls = count_calls(chosen)
    for kind, kinds in (("kills", KILLS), ("errors", ERRORS)):
        if chosen.only in (None, kind):
            tasks += [(kind, chosen.shim, fault) for fault in spread(calls, kinds, chosen, dice)]
    if chosen.only in (None, "power") and not chosen.at and not chosen.fault:
        tasks += [("power", chosen.shim, chosen.seed, part, 0 if chosen.all else TREES)
                  for part in range(WORKERS)]
    return conclude(play_all(tasks), chosen)


def conclude(verdicts, chosen):
    points, failed, unfelt = collections.Counter(), 0, 0
    for verdict in verdicts:
        points[verdict.kind] += 1
        unfelt += not verdict.was_felt
        failed += bool(verdict.wrong)
        if verdict.wrong and failed <= SHOWN:
            print(f"\n{verdict.kind}: {verdict.words}", *verdict.wrong, sep="\n    ", flush=True)
            if chosen.at:
                print(*verdict.trace, sep="\n        ")
    counts = ", ".join(f"{count} {kind}" for kind, count in points.items())
    print(f"\n{counts}; {unfelt} were never reached; {failed} failed")
    if failed:
        print(f"again: BOBBIN_SEED={chosen.seed}, or --at and --fault (EIO+: for a while)")
    return 1 if failed or not points else 0


def canary(chosen):
    """Whether what is wrong is noticed: in what a run left, and in what a power loss left."""
    planted = [(f"{plant} (planted)", ("kills", chosen.shim, FiledFault(), plant)) for plant in PLANTS]
    planted += [(f"no syncs: {name}", ("power", chosen.shim, chosen.seed, 0, 0, name)) for name in CANARIES]
    missed = 0
    with workers() as pool:
        for (words, _), verdicts in zip(planted, pool.imap(play_task, [task for _, task in planted])):
            wrong = [what for verdict in verdicts for what in verdict.wrong]
            print(f"{words:40} {wrong[0].splitlines()[-1][:100] if wrong else 'NOT NOTICED'}")
            missed += not wrong
    return 1 if missed else 0


def main():
    chosen = options()
    reason = harness.missing()
    if reason:
        print(f"skipped: {reason}")
        return harness.SKIPPED
    if not harness.PROGRAM:
        sys.exit("there is no filed: set BOBBIN_FILED or PATH")
    return canary(chosen) if chosen.canary else matrix(chosen)


if __name__ == "__main__":
    sys.exit(main())
