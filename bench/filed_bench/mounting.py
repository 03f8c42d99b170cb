# SPDX-License-Identifier: Apache-2.0
"""What the mount costs: CPU time beside an empty file system of libfuse, both pinned to one CPU;
requests and system calls of a submission and of a job."""

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import run_rounds

from . import processes
from .daemons import PINNED, filed, null_fs, writing
from .samples import Figures, add_pair, add_value, table_of
from .tracing import Trace, each, syncs

GROUP = "mount"
THREADS = 4  # of filed's mount


def pinned(bench: Bench, server: subprocess.Popen, directory: Path, kind: str) -> Figures:
    """The CPU time of both sides, which other work on the machine does not add to."""
    count = 200 if bench.quick else 3000
    prefix = f"r{time.monotonic_ns()}-"
    words = [*PINNED, bench.tool("writers"), "-n", str(count), "-p", prefix, kind, str(directory)]
    before = processes.cpu_seconds([server.pid])
    took = processes.figures(words)
    theirs = (processes.cpu_seconds([server.pid]) - before) / count
    mine = took["cpu_s"] / count
    return {"each_s": mine + theirs, "server_s": theirs}


def null_name(threads: int) -> str:
    return "null, 1 thread" if threads == 1 else f"null, {threads} threads"


def cost(bench: Bench, place: FileSystem) -> None:
    with contextlib.ExitStack() as stack:
        where: dict[str, tuple[subprocess.Popen, Path]] = {}
        for threads in (1, THREADS):
            empty = stack.enter_context(null_fs(bench, place.path, threads, pinned=True))
            where[null_name(threads)] = (empty.process, empty.mount)
        for sync in ("lazy", "full"):
            daemon = stack.enter_context(
                filed(bench, place.path, sync, pinned=True, max_job_count=0)
            )
            where[f"filed {sync}"] = (daemon.process, daemon.pending)
        titles = {
            "close": "CPU of create, write, close",
            "cycle": "CPU of create, write, close, unlink",
        }
        for kind, title in titles.items():
            runs: dict[str, Callable[[], Figures]] = {
                name: lambda at=at: pinned(bench, *at, kind) for name, at in where.items()
            }
            rounds = run_rounds(runs, bench.rounds())
            for key, whose in (("each_s", "both sides"), ("server_s", "the server")):
                table = table_of(GROUP, place, rounds, key)
                for sync in ("lazy", "full"):
                    for threads in (1, THREADS):
                        name = f"{title}, --sync {sync}: {whose}"
                        bench.compare(table, name, "us", f"filed {sync}", null_name(threads))


def null_counts(bench: Bench, place: FileSystem, count: int) -> tuple[float, float]:
    with null_fs(bench, place.path, 1) as empty:
        with Trace([empty.process.pid], place.path / "trace") as trace:
            processes.figures(writing(bench, empty.mount, 1, count))
            time.sleep(0.2)
        calls, requests = trace.calls([empty.process.pid])
    return calls.total() / count, requests.total() / count


def submission_counts(bench: Bench, place: FileSystem, count: int) -> None:
    null_calls, null_requests = null_counts(bench, place, count)
    with filed(bench, place.path, max_job_count=0) as daemon:
        pid = daemon.process.pid
        processes.figures(writing(bench, daemon.pending, 1, 1, "-p", "first"))
        with Trace([pid], place.path / "trace") as trace:
            processes.figures(writing(bench, daemon.pending, 1, count))
            time.sleep(0.2)
        calls, requests = trace.calls([pid])
    title = "requests of FUSE a submission"
    note = each(requests, count)
    mine = requests.total() / count
    add_pair(bench, GROUP, place, title, "", mine, "null", null_requests, note)
    mine = calls.total() / count
    title = "system calls of filed a submission"
    add_pair(bench, GROUP, place, title, "", mine, "null", null_calls, each(calls, count))
    add_value(bench, GROUP, place, "syncs a submission", syncs(calls) / count, "")


def job_counts(bench: Bench, place: FileSystem, count: int) -> None:
    with filed(bench, place.path, max_job_count=2) as daemon:
        processes.figures(writing(bench, daemon.pending, 2, 2, "-c", bench.tool("noop")))
        daemon.await_complete(2)
        pid, slots = daemon.process.pid, daemon.slots()
        with Trace([pid, *slots], place.path / "trace") as trace:
            work = ["-p", "counted", "-c", bench.tool("noop")]
            command = writing(bench, daemon.pending, 1, count, *work)
            processes.figures(command)
            daemon.await_complete(count + 2, every=0.5)
        of_filed, _ = trace.calls([pid])
        of_slots, _ = trace.calls(slots)
    title = "system calls a job, submitted and run"
    for who, calls in (("filed", of_filed), ("its slot", of_slots)):
        number = calls.total() / count
        add_value(bench, GROUP, place, f"{title}: {who}", number, "", each(calls, count))
    both = (syncs(of_filed) + syncs(of_slots)) / count
    add_value(bench, GROUP, place, "syncs a job, submitted and run", both, "")


def mounting(bench: Bench, place: FileSystem) -> None:
    if place.name != "tmpfs":
        return
    cost(bench, place)
    count = 20 if bench.quick else 200
    try:
        submission_counts(bench, place, count)
        job_counts(bench, place, count)
    except FileNotFoundError as error:
        bench.skipped.append(f"counting system calls: no {error.filename}")


GROUPS = {"mount": mounting}
