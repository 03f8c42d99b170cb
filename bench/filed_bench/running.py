# SPDX-License-Identifier: Apache-2.0
"""Jobs that do nothing, handed in one by one by a shell loop and run two at a time; and a backlog
of waiting jobs that is let go. xargs keeps no job and no record of one: it is the floor."""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import run_rounds

from .daemons import Filed, filed, writing
from .processes import checked, figures, wait_until
from .queues import is_installed, nq_environment, nq_processes, tsp_server
from .samples import Figures, add_pair, median_of, table_of

GROUP = "running"
SLOTS = 2


def loop(count: int, body: str) -> list[str]:
    return ["sh", "-c", f"i=0; while [ $i -lt {count} ]; do {body}; i=$((i+1)); done"]


def timed(count: int, work: Callable[[], object]) -> Figures:
    before = os.times()
    start = time.monotonic()
    work()
    seconds = time.monotonic() - start
    after = os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return {"each_s": seconds / count, "cpu_each_s": cpu / count}


def by_filed(bench: Bench, place: FileSystem, job: str, count: int, submit: str) -> Figures:
    """`submit`: "shell" is a loop of echo, "4 writers" a program with as many threads."""
    with filed(bench, place.path, max_job_count=SLOTS) as daemon:
        before = daemon.cpu_seconds()

        def work() -> None:
            if submit == "shell":
                checked(loop(count, f"echo '{job}' > '{daemon.pending}/'$i"))
            else:
                figures(writing(bench, daemon.pending, 4, count, "-c", job))
            daemon.await_complete(count)

        took = timed(count, work)
        took["cpu_each_s"] += (daemon.cpu_seconds() - before) / count
        return took


def by_tsp(bench: Bench, place: FileSystem, words: str, count: int) -> Figures:
    with tsp_server(bench, place.path, SLOTS) as own:
        script = loop(count, f"tsp {words} >&2")
        return timed(count, lambda: (checked(script, env=own), checked(["tsp", "-w"], env=own)))


def by_nq(bench: Bench, place: FileSystem, words: str, count: int) -> Figures:
    """Two queues of one job at a time each."""
    with contextlib.ExitStack() as stack:
        own = [stack.enter_context(nq_environment(bench, place.path)) for _ in range(SLOTS)]
        first, second = (each["NQDIR"] for each in own)
        body = f"NQDIR='{first}' nq -q -c {words}; NQDIR='{second}' nq -q -c {words}"

        def work() -> None:
            checked(loop(count // 2, body))
            for each in own:
                checked(["nq", "-w"], env=each)

        return timed(count, work)


def fed_by_seq(count: int, words: str) -> Figures:
    return timed(count, lambda: checked(["sh", "-c", f"seq {count} | {words} >&2"]))


def running(bench: Bench, place: FileSystem) -> None:
    count, few = (40, 6) if bench.quick else (500, 60)
    noop = bench.tool("noop")
    # The last is nothing that can be run without a shell.
    jobs = {"no-op": (noop, noop), "true": ("/bin/true", "/bin/true"), "sh": (":", "sh -c :")}
    for name, (job, words) in jobs.items():
        runs: dict[str, Callable[[], Figures]] = {
            "filed": lambda: by_filed(bench, place, job, count, "shell"),
            "4 writers": lambda: by_filed(bench, place, job, count, "4 writers"),
            "xargs -P2": lambda: fed_by_seq(count, f"xargs -P2 -n1 {words}"),
        }
        if is_installed(bench, "tsp"):
            runs["tsp"] = lambda: by_tsp(bench, place, words, count)
        if is_installed(bench, "nq"):
            runs["2 x nq"] = lambda: by_nq(bench, place, words, count)
        if is_installed(bench, "parallel"):
            runs["parallel -j2"] = lambda: fed_by_seq(few, f"parallel -j2 {words}")
        rounds = run_rounds(runs, bench.rounds(3))
        table = table_of(GROUP, place, rounds, "each_s")
        note = f"{1 / median_of(rounds, 'filed', 'each_s'):,.0f} jobs/s"
        for rival in list(runs)[2:]:
            bench.compare(table, f"submit and run {name}", "us", "filed", rival, note=note)
            note = f"{few} jobs" if rival == "2 x nq" else ""
        note = f"{1 / median_of(rounds, '4 writers', 'each_s'):,.0f} jobs/s"
        title = f"submit by 4 writers and run {name}"
        bench.compare(table, title, "us", "4 writers", "xargs -P2", note=note)


class Gate:
    """A FIFO: a job that reads it waits until it is opened."""

    def __init__(self, place: FileSystem) -> None:
        self.path = place.path / "gate"
        os.mkfifo(self.path)
        self.writer = os.open(self.path, os.O_RDWR)

    def open(self) -> None:
        if self.writer >= 0:
            os.close(self.writer)
        self.writer = -1

    def __enter__(self) -> "Gate":
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        self.path.unlink()


def filed_drain(bench: Bench, place: FileSystem, count: int) -> Figures:
    with filed(bench, place.path, max_job_count=0) as daemon:
        figures(writing(bench, daemon.pending, 4, count, "-c", bench.tool("noop")))
        waiting = len(daemon.slots())
        before = daemon.cpu_seconds()

        def work(daemon: Filed = daemon) -> None:
            daemon.configure(max_job_count=SLOTS)
            daemon.await_complete(count)

        took = timed(count, work)
        took["cpu_each_s"] += (daemon.cpu_seconds() - before) / count
        return took | {"processes": waiting}


def tsp_drain(bench: Bench, place: FileSystem, count: int) -> Figures:
    with Gate(place) as gate, tsp_server(bench, place.path, SLOTS) as own:
        checked(loop(SLOTS, f"tsp -n cat '{gate.path}' >&2"), env=own)
        checked(loop(count, f"tsp {bench.tool('noop')} >&2"), env=own)
        return timed(count, lambda: (gate.open(), checked(["tsp", "-w"], env=own)))


def nq_drain(bench: Bench, place: FileSystem, count: int) -> Figures:
    with Gate(place) as gate, contextlib.ExitStack() as stack:
        own = [stack.enter_context(nq_environment(bench, place.path)) for _ in range(SLOTS)]
        for each in own:
            checked(["nq", "-q", "cat", str(gate.path)], env=each)
            checked(loop(count // SLOTS, f"nq -q -c {bench.tool('noop')}"), env=each)
        folder = Path(own[0]["NQDIR"])
        waiting = SLOTS * len(nq_processes(folder))

        def work() -> None:
            gate.open()
            for each in own:
                wait_until(lambda: not nq_processes(Path(each["NQDIR"])), "nq", 300, 0.05)

        return timed(count, work) | {"processes": waiting}


def draining(bench: Bench, place: FileSystem) -> None:
    many, some = (200, 50) if bench.quick else (4000, 900)
    runs: dict[str, Callable[[], Figures]] = {"filed": lambda: filed_drain(bench, place, many)}
    if is_installed(bench, "tsp"):  # its server takes a thousand connections at most
        runs["tsp"] = lambda: tsp_drain(bench, place, some)
    if is_installed(bench, "nq"):
        nq_count = many if bench.long else some
        runs["2 x nq"] = lambda: nq_drain(bench, place, nq_count)
    rounds = run_rounds(runs, bench.rounds(2))
    table = table_of(GROUP, place, rounds, "each_s")
    rate = 1 / median_of(rounds, "filed", "each_s")
    note = f"{rate:,.0f} jobs/s; the other has {some} waiting"
    for rival in list(runs)[1:]:
        bench.compare(table, f"run {many:,} that wait", "us", "filed", rival, note=note)
        note = "the more wait, the slower a job" if rival == "tsp" else ""
    if "2 x nq" in rounds:
        mine, theirs = (median_of(rounds, who, "processes") for who in ("filed", "2 x nq"))
        title = f"processes beside the server while {many:,} wait"
        note = f"nq: {nq_count} wait"
        add_pair(bench, GROUP, place, title, "processes", mine, "nq", theirs, note)


GROUPS = {"running": running, "draining": draining}
