# SPDX-License-Identifier: Apache-2.0
"""The small commands: what one call costs, and what it costs a shell script to submit a job."""

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Sample, Table, run_rounds
from .packets import make_queue

SUBMISSIONS = 100
DIRECTORY_NOTE = "ours syncs the directory too"


def calls(bench: Bench, place: FileSystem) -> None:
    count = 100 if bench.quick else 300
    sequence = ["-s", str(place.path / "seq")]
    commands = {"prepare": ["prepare", *sequence], "prepare-nop": ["prepare-nop", *sequence]}
    if place.name == "tmpfs":
        commands["gen-uuid"] = ["gen-uuid"]  # touches no file, so once is enough
    for name, words in commands.items():
        runs: dict[str, Contestant] = {}
        for who, program in (("fspl", bench.reference), ("ours", bench.candidate)):
            runs[who] = lambda command=[program, *words]: bench.stopwatch.per_call(command, count)
        table = Table("calls", place.name, run_rounds(runs, bench.rounds()))
        note = "" if name == "gen-uuid" else DIRECTORY_NOTE
        bench.compare(table, name, "us", "ours", "fspl", note=note)


def submitting(bench: Bench, place: FileSystem) -> None:
    queue = str(make_queue(bench.candidate, place.path / "queue", 0))
    sequence = str(place.path / "seq")

    def shell_loop(body: str) -> Contestant:
        script = f"i=0; while [ $i -lt {SUBMISSIONS} ]; do {body}; i=$((i+1)); done"

        def run() -> Sample:
            make_queue(bench.candidate, place.path / "queue", 0)
            return bench.stopwatch.once(["sh", "-c", script])

        return run

    def pipe(program: str) -> Contestant:
        writing = f"'{program}' queue-write -q '{queue}'"
        return shell_loop(f"'{program}' prepare -s '{sequence}' | {writing}")

    alone = f"'{bench.candidate}' prepare -s '{sequence}' --queuedir '{queue}'"
    contestants = {
        "fspl": pipe(bench.reference),
        "pipe": pipe(bench.candidate),
        "prepare": shell_loop(alone),
        "true | true": shell_loop("/bin/true | /bin/true"),
    }
    table = Table("submitting", place.name, run_rounds(contestants, bench.rounds()))
    for mode, title in (("prepare", "prepare --queuedir"), ("pipe", "prepare | queue-write")):
        for against, note in (("fspl", DIRECTORY_NOTE), ("true | true", "")):
            name = f"submit by {title}"
            bench.compare(table, name, "ms", mode, against, per=SUBMISSIONS, note=note)


GROUPS = {"calls": calls, "submitting": submitting}
