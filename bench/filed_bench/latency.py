# SPDX-License-Identifier: Apache-2.0
"""From handing in one job, with nothing else to do, to its first instruction; and from its end to
its name in complete/."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import run_rounds

from .daemons import Filed, filed
from .processes import figures
from .queues import nq_environment, tsp_server
from .samples import Figures, excess, table_of
from .submitting import synced

GROUP = "latency"


@contextlib.contextmanager
def fifo_in(place: FileSystem) -> Iterator[Path]:
    fifo = place.path / "stamps"
    os.mkfifo(fifo)
    try:
        yield fifo
    finally:
        fifo.unlink()


def starting(bench: Bench, place: FileSystem) -> None:
    count = 5 if bench.quick else 60
    with contextlib.ExitStack() as stack:
        fifo = stack.enter_context(fifo_in(place))
        full = stack.enter_context(filed(bench, place.path))
        lazy = stack.enter_context(filed(bench, place.path, sync="lazy"))

        def queue(daemon: Filed) -> Figures:
            words = ["queue", str(fifo), str(count), str(daemon.mount), bench.tool("stamps")]
            return figures([bench.tool("latency"), *words])

        def command(words: list[str], environment: dict[str, str]) -> Figures:
            words = ["spawn", str(fifo), str(count), *words, bench.tool("stamps"), str(fifo)]
            return figures([bench.tool("latency"), *words], env=environment)

        runs = {
            "fdatasync": lambda: synced(bench, place, count),
            "filed": lambda: queue(full),
            "lazy": lambda: queue(lazy),
        }
        if tsp := stack.enter_context(tsp_server(bench, place.path)):
            runs["tsp"] = lambda: command(["tsp"], tsp)
        if nq := stack.enter_context(nq_environment(bench, place.path)):
            runs["nq"] = lambda: command(["nq"], nq)
        rounds = run_rounds(runs, bench.rounds())

    def row(key: str, title: str, who: str, against: str, their_key: str, note: str = "") -> None:
        table = table_of(GROUP, place, {who: rounds[who]}, key)
        other = table_of(GROUP, place, {against: rounds[against]}, their_key)
        table.samples.update(other.samples)
        bench.compare(table, title, "us", who, against, note=note)

    for mode, name in (("filed", ""), ("lazy", ", --sync lazy")):
        for at in ("p50", "p99"):
            more = excess(rounds, mode, "fdatasync", f"close_to_start_{at}_s", f"waited_{at}_s")
            ends = "" if at == "p50" else ", p99"
            title = f"close to first instruction{name}{ends}"
            note = f"{more:+.0f} us"
            row(f"close_to_start_{at}_s", title, mode, "fdatasync", f"waited_{at}_s", note)
    for at, ends in (("p50", ""), ("p99", ", p99")):
        key = f"end_to_complete_{at}_s"
        row(key, f"end to name in complete/{ends}", "filed", "lazy", key)
    key = "submit_to_start_p50_s"
    for rival in ("tsp", "nq"):
        if rival in rounds:
            row(key, "submission begun to first instruction", "filed", rival, key)


GROUPS = {"latency": starting}
