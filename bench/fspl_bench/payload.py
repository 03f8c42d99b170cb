# SPDX-License-Identifier: Apache-2.0
"""One large payload: bytes are moved as fast as cat moves them, and memory does not grow with them.

On tmpfs only: on a disk the disk would be measured. What is written goes over pages that exist."""

import os
from pathlib import Path

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Sample, compare, run_rounds
from .packets import file_name, make_queue, packet

CHUNK = 1 << 20


def make_payload(path: Path, size: int, header: bytes = b"") -> str:
    block = os.urandom(CHUNK)
    with open(path, "wb", buffering=0) as file:
        file.write(header)
        for _ in range(size // CHUNK):
            file.write(block)
    return str(path)


def payload(bench: Bench, place: FileSystem) -> None:
    if place.name != "tmpfs":
        return
    size = (64 << 20) if bench.quick else (1 << 30)
    label = f"{size >> 20:,} MiB"
    plain = make_payload(place.path / "payload", size)
    warm = make_payload(place.path / "warm", size + CHUNK)
    sequence = str(place.path / "seq")

    def copying(command: list[str], stdin: str = plain, stdout: str = warm) -> Contestant:
        return lambda: bench.stopwatch.once(command, stdin, stdout)

    def versus(title: str, ours: Contestant, against: dict[str, Contestant]) -> None:
        samples = run_rounds({"ours": ours, **against}, bench.rounds())
        for name in against:
            bench.add(compare("payload", f"{title}, {label}", place.name, "ms", samples, "ours", name))
        bench.add(compare("memory", f"{title}, {label}, peak RSS", place.name, "MiB", samples, "ours", "fspl"))

    def preparing(program: str) -> Contestant:
        return copying([program, "prepare", "-s", sequence, "-i", plain])

    versus("prepare -i", preparing(bench.candidate),
           {"cat": copying(["cat"]), "fspl": preparing(bench.reference)})

    stored = make_payload(place.path / "packet", size, packet(1))

    def writing(program: str) -> Contestant:
        def run() -> Sample:
            queue = str(make_queue(bench.candidate, place.path / "queue", 0))
            return bench.stopwatch.once([program, "queue-write", "-q", queue], stored)

        return run

    versus("queue-write", writing(bench.candidate), {"fspl": writing(bench.reference)})
    versus("stdin-payload", copying([bench.candidate, "stdin-payload"], stored),
           {"cat": copying(["cat"], stored), "fspl": copying([bench.reference, "stdin-payload"], stored)})

    queue = make_queue(bench.candidate, place.path / "queue", 0)
    os.link(stored, f"{queue}/jobs/{file_name(1)}")

    def processing(program: str) -> Contestant:
        def run() -> Sample:
            (queue / "nextseq").write_text("1\n")
            return bench.stopwatch.once([program, "queue-process", "-q", str(queue), "--never-delete", "cat"])

        return run

    versus("queue-process cat", processing(bench.candidate),
           {"cat": copying(["cat"], plain, "/dev/null"), "fspl": processing(bench.reference)})
    for name in ("payload", "warm", "packet"):
        (place.path / name).unlink()


GROUPS = {"payload": payload}
