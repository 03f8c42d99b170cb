# SPDX-License-Identifier: Apache-2.0
"""queue-process: what a job costs beyond its own start, and whether that grows with the queue."""

from collections.abc import Iterator

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Sample, Table, run_rounds
from .packets import make_queue

SMALL = 1_000  # up to here a run takes seconds, and all contestants take part in every round
ONE_BY_ONE_CALLS = 20


def rounds_for(bench: Bench, place: FileSystem, count: int) -> int:
    if count <= SMALL or bench.long:
        return bench.rounds()
    return 2 if count == 10_000 and place.name == "tmpfs" else 1


def contestants(bench: Bench, place: FileSystem, count: int, job: str) -> dict[str, Contestant]:
    queue = place.path / "queue"

    def processing(program: str, *options: str) -> Contestant:
        def run() -> Sample:
            make_queue(bench.candidate, queue, count)
            return bench.stopwatch.once([program, "queue-process", "-q", str(queue), *options, job])

        return run

    def spawning() -> Sample:
        took = bench.stopwatch.run([job], count)
        return Sample(took["elapsed_s"], took["cpu_s"])

    return {
        "fspl": processing(bench.reference),
        "strict": processing(bench.candidate),
        "overlap": processing(bench.candidate, "--overlap-sync"),
        "spawn loop": spawning,
    }


def sizes(bench: Bench, place: FileSystem) -> Iterator[tuple[str, str, int, tuple[str, ...]]]:
    """(name of the job, its program, jobs in the queue, who takes part)."""
    everyone = ("fspl", "strict", "overlap", "spawn loop")
    jobs = (("true", "/bin/true"), ("no-op", bench.tool("noop")))
    for name, program in jobs:
        for count in (100, SMALL) if bench.quick else (100, SMALL, 10_000, 50_000):
            if count <= SMALL or bench.long:
                yield name, program, count, everyone
            elif count == 10_000:
                yield name, program, count, ("fspl", "strict", "overlap")
            elif name == "no-op":  # its figure shows growth better: the job itself costs nothing
                yield name, program, count, ("fspl", "strict", "overlap")
            elif place.name == "tmpfs":
                yield name, program, count, ("fspl", "strict")


def processing(bench: Bench, place: FileSystem) -> None:
    for job, program, count, names in sizes(bench, place):
        all_of_them = contestants(bench, place, count, program)
        rounds = rounds_for(bench, place, count)
        samples = run_rounds({name: all_of_them[name] for name in names}, rounds)
        table = Table("processing", place.name, samples)
        for mode in ("strict", "overlap"):
            title = f"queue-process, {mode}, {count:,} x {job}"
            for against in ("fspl", "spawn loop"):
                if mode in names and against in names:
                    bench.compare(table, title, "us", mode, against, per=count)
        if count == 50_000 and place.name == "tmpfs" and job == "no-op":
            memory = Table("memory", place.name, samples)
            title = f"queue-process, {count:,} queued, peak RSS"
            bench.compare(memory, title, "MiB", "strict", "fspl")


def one_by_one(bench: Bench, place: FileSystem) -> None:
    """-n 1 again and again, as a cron job or an incoming hook does."""
    for count in (1_000,) if bench.quick else (1_000, 10_000, 50_000):
        runs: dict[str, Contestant] = {}
        for name, program in (("fspl", bench.reference), ("ours", bench.candidate)):
            queue = make_queue(bench.candidate, place.path / f"queue-{name}", count)
            command = [program, "queue-process", "-q", str(queue), "-n", "1", bench.tool("noop")]
            runs[name] = lambda command=command: bench.stopwatch.per_call(command, ONE_BY_ONE_CALLS)
        table = Table("one by one", place.name, run_rounds(runs, bench.rounds()))
        bench.compare(table, f"queue-process -n 1, {count:,} queued", "ms", "ours", "fspl")


GROUPS = {"processing": processing, "one-by-one": one_by_one}
