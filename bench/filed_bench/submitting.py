# SPDX-License-Identifier: Apache-2.0
"""Durable submission: a new file in pending/ and its close, beside one fdatasync, and beside
servers that sync before they answer.

`max_job_count` is 0: each job is taken and becomes startable, and none runs. Every sample of filed
has an empty queue of its own."""

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import run_rounds

from .daemons import filed, with_cpu, writing
from .processes import figures
from .rivals import Server, all_servers
from .samples import Figures, FigureRounds, excess, median_of, table_of

WRITERS = (1, 4, 16, 64)
GROUP = "submitting"
SYNC = "append + fdatasync"


def plural(writers: int) -> str:
    return "1 writer" if writers == 1 else f"{writers} writers"


def submitted(bench: Bench, place: FileSystem, writers: int, total: int) -> Figures:
    with filed(bench, place.path, max_job_count=0) as daemon:
        command = writing(bench, daemon.pending, writers, total)
        return with_cpu(lambda: figures(command), daemon.cpu_seconds)


def synced(bench: Bench, place: FileSystem, total: int) -> Figures:
    folder = place.path / "append"
    folder.mkdir(exist_ok=True)
    (folder / "append-0").unlink(missing_ok=True)
    return figures([bench.tool("writers"), "-n", str(total), "append", str(folder)])


def served(server: Server, writers: int, total: int) -> Figures:
    return with_cpu(lambda: server.submit(writers, total), server.cpu_seconds)


def add_rows(bench: Bench, place: FileSystem, rounds: FigureRounds, rivals: list[str]) -> None:
    close = table_of(GROUP, place, rounds, "waited_p50_s")
    slowest = table_of(GROUP, place, rounds, "waited_p99_s")
    each = table_of(GROUP, place, rounds, "each_s")
    for writers in WRITERS:
        who = f"filed {writers}"
        more = excess(rounds, who, SYNC, "waited_p50_s", "waited_p50_s")
        title = f"close, {plural(writers)}"
        bench.compare(close, title, "us", who, SYNC, note=f"{more:+.0f} us")
        bench.compare(slowest, f"{title}, p99", "us", who, SYNC)
    for writers in WRITERS:
        who = f"filed {writers}"
        note = f"{1 / median_of(rounds, who, 'each_s'):,.0f} jobs/s"
        others = {name: f"{name} {writers}" for name in rivals}
        if writers != 1:
            others = {"1 writer": "filed 1", **others}
        for name, rival in others.items():
            row = each.row(f"submit, {plural(writers)}, a job", "us", who, rival, note=note)
            row.against = name
            bench.add(row)
            note = ""


def submitting(bench: Bench, place: FileSystem) -> None:
    total = 64 if bench.quick else 384
    with all_servers(bench, place.path) as servers:
        runs = {SYNC: lambda: synced(bench, place, total)}
        for writers in WRITERS:
            runs[f"filed {writers}"] = lambda writers=writers: submitted(
                bench, place, writers, total
            )
            for server in servers:
                runs[f"{server.name} {writers}"] = lambda server=server, writers=writers: served(
                    server, writers, total
                )
        rounds = run_rounds(runs, bench.rounds())
        add_rows(bench, place, rounds, [server.name for server in servers])


GROUPS = {"submitting": submitting}
