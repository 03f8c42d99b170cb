# SPDX-License-Identifier: Apache-2.0
"""One large payload: bytes are moved as fast as cat moves them, and memory does not grow with them.

On tmpfs only: on a disk the disk would be measured. What is written goes over pages that exist."""

import os
from pathlib import Path

from .context import Bench
from .filesystems import FileSystem
from .measure import Contestant, Sample, Table, run_rounds
from .packets import file_name, make_queue, packet

CHUNK = 1 << 20


def make_payload(path: Path, size: int, header: bytes = b"") -> str:
    block = os.urandom(CHUNK)
    with open(path, "wb", buffering=0) as file:
        file.write(header)
        for _ in range(size // CHUNK):
            file.write(block)
    return str(path)


class Copies:
    """Contestants that move one payload, and the rows they give."""

    def __init__(self, bench: Bench, place: FileSystem, size: int) -> None:
        self.bench = bench
        self.place = place
        self.label = f"{size >> 20:,} MiB"
        self.plain = make_payload(place.path / "payload", size)
        self.stored = make_payload(place.path / "packet", size, packet(1))
        self.warm = make_payload(place.path / "warm", size + CHUNK)
        self.programs = {"ours": bench.candidate, "fspl": bench.reference}

    def copying(self, command: list[str], stdin: str, stdout: str = "") -> Contestant:
        return lambda: self.bench.stopwatch.once(command, stdin, stdout or self.warm)

    def compare(self, title: str, contestants: dict[str, Contestant]) -> None:
        samples = run_rounds(contestants, self.bench.rounds())
        table = Table("payload", self.place.name, samples)
        for name in contestants:
            if name != "ours":
                self.bench.compare(table, f"{title}, {self.label}", "ms", "ours", name)
        memory = Table("memory", self.place.name, samples)
        self.bench.compare(memory, f"{title}, {self.label}, peak RSS", "MiB", "ours", "fspl")

    def prepare(self) -> None:
        words = ["prepare", "-s", str(self.place.path / "seq"), "-i", self.plain]
        runs = {who: self.copying([it, *words], self.plain) for who, it in self.programs.items()}
        self.compare("prepare -i", runs | {"cat": self.copying(["cat"], self.plain)})

    def stdin_payload(self) -> None:
        runs = {
            who: self.copying([program, "stdin-payload"], self.stored)
            for who, program in self.programs.items()
        }
        self.compare("stdin-payload", runs | {"cat": self.copying(["cat"], self.stored)})

    def queue_write(self) -> None:
        def writing(program: str) -> Sample:
            queue = str(make_queue(self.bench.candidate, self.place.path / "queue", 0))
            return self.bench.stopwatch.once([program, "queue-write", "-q", queue], self.stored)

        runs: dict[str, Contestant] = {
            who: lambda program=program: writing(program) for who, program in self.programs.items()
        }
        self.compare("queue-write", runs)

    def queue_process(self) -> None:
        queue = make_queue(self.bench.candidate, self.place.path / "queue", 0)
        os.link(self.stored, f"{queue}/jobs/{file_name(1)}")

        def processing(program: str) -> Sample:
            (queue / "nextseq").write_text("1\n")
            command = [program, "queue-process", "-q", str(queue), "--never-delete", "cat"]
            return self.bench.stopwatch.once(command)

        runs: dict[str, Contestant] = {
            who: lambda program=program: processing(program)
            for who, program in self.programs.items()
        }
        runs["cat"] = self.copying(["cat"], self.plain, "/dev/null")
        self.compare("queue-process cat", runs)


def payload(bench: Bench, place: FileSystem) -> None:
    if place.name != "tmpfs":
        return
    copies = Copies(bench, place, (64 << 20) if bench.quick else (1 << 30))
    copies.prepare()
    copies.stdin_payload()
    copies.queue_write()
    copies.queue_process()
    for name in ("payload", "warm", "packet"):
        (place.path / name).unlink()


GROUPS = {"payload": payload}
