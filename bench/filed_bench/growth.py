# SPDX-License-Identifier: Apache-2.0
"""What waiting jobs cost: a submission beside them, a start of filed, memory."""

import contextlib
import shutil

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import run_rounds

from . import processes
from .daemons import Filed, filed, with_cpu, writing
from .fill import filled
from .samples import Figures, add_value, excess, median_of, table_of

GROUP = "growth"


def growth(bench: Bench, place: FileSystem) -> None:
    sizes = (0, 1_000, 5_000) if bench.quick else (0, 10_000, 1_000_000)
    total = 50 if bench.quick else 500
    prefixes = iter(range(10**6))

    def submitted(daemon: Filed) -> Figures:
        command = writing(bench, daemon.pending, 1, total, "-p", f"more-{next(prefixes)}-")
        return with_cpu(lambda: processes.figures(command), daemon.cpu_seconds)

    states = {size: filled(bench, place.path, size) for size in sizes}
    with contextlib.ExitStack() as stack:
        daemons = {
            size: stack.enter_context(filed(bench, place.path, state=state))
            for size, state in states.items()
        }
        memory = {
            size: processes.memory_kib(daemon.process.pid, "Rss")
            for size, daemon in daemons.items()
        }
        runs = {
            f"{size:,} jobs": lambda daemon=daemon: submitted(daemon)
            for size, daemon in daemons.items()
        }
        rounds = run_rounds(runs, bench.rounds())
    each = table_of(GROUP, place, rounds, "each_s")
    empty = "0 jobs"
    for size in sizes[1:]:
        who = f"{size:,} jobs"
        more = excess(rounds, who, empty, "waited_p50_s", "waited_p50_s")
        note = f"median close {median_of(rounds, who, 'waited_p50_s') * 1e6:,.0f} us, {more:+.0f}"
        bench.compare(each, f"submit beside {who}, a job", "us", who, empty, note=note)
    for size in sizes:
        seconds = daemons[size].started_in
        add_value(bench, GROUP, place, f"start with {size:,} jobs", seconds * 1e3, "ms")
        name = f"resident memory with {size:,} jobs"
        per_job = (memory[size] - memory[0]) / size if size else 0
        note = f"{per_job:.3f} KiB a job" if size else ""
        add_value(bench, GROUP, place, name, memory[size] / 1024, "MiB", note)
    for state in states.values():
        shutil.rmtree(state.parent)


GROUPS = {"growth": growth}
