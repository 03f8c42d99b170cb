# SPDX-License-Identifier: Apache-2.0
"""queue-ls and queue-status: plain packets, and packets that a decoder must open."""

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Table, run_rounds
from .packets import make_gzipped_queue, make_queue

LARGE = 1 << 20


def listing(bench: Bench, place: FileSystem) -> None:
    for count in (10_000,) if bench.quick else (10_000, 100_000):
        queue = str(make_queue(bench.candidate, place.path / "queue", count))
        commands = {
            "fspl": [bench.reference, "queue-ls", "-q", queue],
            "ours": [bench.candidate, "queue-ls", "-q", queue],
            "status": [bench.candidate, "queue-status", "-q", queue],
        }
        runs: dict[str, Contestant] = {
            name: lambda command=command: bench.stopwatch.once(command)
            for name, command in commands.items()
        }
        samples = run_rounds(runs, bench.rounds())
        table = Table("listing", place.name, samples)
        listed = f"{count:,} packets"
        bench.compare(table, f"queue-ls, {listed}", "ms", "ours", "fspl")
        bench.compare(
            table, f"queue-status, {listed}", "ms", "status", "fspl", note="against queue-ls"
        )
        if place.name == "tmpfs":
            memory = Table("memory", place.name, samples)
            bench.compare(memory, f"queue-ls, {listed}, peak RSS", "MiB", "ours", "fspl")


def decoding(bench: Bench, place: FileSystem) -> None:
    count, large_every = 1_000, 10
    queue = str(
        make_gzipped_queue(bench.candidate, place.path / "queue", count, large_every, LARGE)
    )
    runs: dict[str, Contestant] = {}
    for name, program in (("fspl", bench.reference), ("ours", bench.candidate)):
        command = [program, "queue-ls", "-q", queue, "-d", "zcat"]
        runs[name] = lambda command=command: bench.stopwatch.once(command)
    table = Table("listing", place.name, run_rounds(runs, bench.rounds(3)))
    title = f"queue-ls -d zcat, {count:,} packets, {count // large_every} of 1 MiB"
    bench.compare(table, title, "ms", "ours", "fspl")


GROUPS = {"listing": listing, "decoding": decoding}
