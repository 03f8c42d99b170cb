# SPDX-License-Identifier: Apache-2.0
"""The small commands: what one call costs, and what it costs a shell script to submit a job."""

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Sample, compare, run_rounds
from .packets import make_queue

SUBMISSIONS = 100
DIRECTORY_NOTE = "ours syncs the directory too"


def calls(bench: Bench, place: FileSystem) -> None:
    count = 100 if bench.quick else 300
    sequence = ["-s", str(place.path / "seq")]
    commands = {"gen-uuid": ["gen-uuid"], "prepare": ["prepare", *sequence], "prepare-nop": ["prepare-nop", *sequence]}
    if place.name != "tmpfs":
        del commands["gen-uuid"]  # touches no file
    for name, words in commands.items():
        runs: dict[str, Contestant] = {}
        for who, program in (("fspl", bench.reference), ("ours", bench.candidate)):
            runs[who] = lambda command=[program, *words]: bench.stopwatch.per_call(command, count)
        samples = run_rounds(runs, bench.rounds())
        note = "" if name == "gen-uuid" else DIRECTORY_NOTE
        bench.add(compare("calls", name, place.name, "us", samples, "ours", "fspl", note=note))


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
        return shell_loop(f"'{program}' prepare -s '{sequence}' | '{program}' queue-write -q '{queue}'")

    samples = run_rounds(
        {
            "fspl": pipe(bench.reference),
            "pipe": pipe(bench.candidate),
            "prepare": shell_loop(f"'{bench.candidate}' prepare -s '{sequence}' --queuedir '{queue}'"),
            "true | true": shell_loop("/bin/true | /bin/true"),
        },
        bench.rounds(),
    )
    for mode, title in (("prepare", "prepare --queuedir"), ("pipe", "prepare | queue-write")):
        for against in ("fspl", "true | true"):
            bench.add(compare("submitting", f"submit by {title}", place.name, "ms", samples, mode, against,
                              per=SUBMISSIONS, note=DIRECTORY_NOTE if against == "fspl" else ""))


GROUPS = {"calls": calls, "submitting": submitting}
