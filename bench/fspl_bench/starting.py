# SPDX-License-Identifier: Apache-2.0
"""What a program pays before main: dynamic linking, <iostream>, a command-line library."""

from pathlib import Path

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Table, run_rounds

PROGRAMS = {
    "start_empty_static": "an empty program, static",
    "start_empty_dynamic": "an empty program, dynamic",
    "start_iostream_static": "with <iostream>, static",
    "start_iostream_dynamic": "with <iostream>, dynamic",
    "start_cli11_static": "with CLI11 and two options, static",
}


def starting(bench: Bench, place: FileSystem) -> None:
    if place.name != "tmpfs":
        return
    commands = {
        name: [bench.tool(name), "-q", "x", "--flag"]
        for name in PROGRAMS
        if Path(bench.tool(name)).exists()
    }
    if "start_cli11_static" not in commands:
        bench.skipped.append("the start of a program with CLI11: no headers at build time")
    commands["gen-uuid"] = [bench.candidate, "gen-uuid"]
    commands["fspl"] = [bench.reference, "gen-uuid"]
    commands["/bin/true"] = ["/bin/true"]
    runs: dict[str, Contestant] = {
        name: lambda command=command: bench.stopwatch.per_call(command, 100 if bench.quick else 300)
        for name, command in commands.items()
    }
    table = Table("starting", place.name, run_rounds(runs, bench.rounds(7)))
    titles = PROGRAMS | {"gen-uuid": "fspl gen-uuid", "fspl": "gen-uuid of the reference"}
    for name, title in titles.items():
        if name in commands:
            bench.compare(table, f"start: {title}", "us", name, "/bin/true")


GROUPS = {"starting": starting}
