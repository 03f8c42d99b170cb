# SPDX-License-Identifier: Apache-2.0
"""ls, ls -l and find of a full pending/, beside a directory of ext4 with as many files."""

import shutil
from pathlib import Path

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import Contestant, Sample, Table, run_rounds

from .daemons import filed
from .fill import CONTENT, filled, job_name

COMMANDS = {"ls": ["ls"], "ls -l": ["ls", "-l"], "find -size +9": ["find"]}


def command_for(name: str, directory: Path) -> list[str]:
    if name.startswith("find"):
        return ["find", str(directory), "-type", "f", "-size", "+9"]
    return [*COMMANDS[name], str(directory)]


def make_files(directory: Path, count: int) -> None:
    directory.mkdir()
    for number in range(1, count + 1):
        (directory / job_name(number)).write_bytes(CONTENT)


def listing(bench: Bench, place: FileSystem) -> None:
    if place.name != "ext4":
        return
    for count in (100, 1_000) if bench.quick else (1_000, 10_000, 100_000):
        files = place.path / f"files-{count}"
        make_files(files, count)
        state = filled(bench, place.path, count)
        with filed(bench, place.path, state=state) as daemon:

            def listed(name: str, at: Path) -> Contestant:
                command = command_for(name, at)

                def run() -> Sample:
                    before = daemon.cpu_seconds()
                    took = bench.stopwatch.once(command)
                    cpu = took.cpu_seconds + daemon.cpu_seconds() - before
                    return Sample(took.seconds, cpu)

                return run

            for name in COMMANDS:
                runs = {"filed": listed(name, daemon.pending), "ext4": listed(name, files)}
                table = Table("listing", place.name, run_rounds(runs, bench.rounds()))
                bench.compare(table, f"{name}, {count:,} jobs", "ms", "filed", "ext4")
        shutil.rmtree(files)
        shutil.rmtree(state.parent)


GROUPS = {"listing": listing}
