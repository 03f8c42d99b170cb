# SPDX-License-Identifier: Apache-2.0
"""Taking figures: contestants run in turn within one round, so that what else the machine does
meets all of them, and only ratios within a round are trusted."""

import json
import os
import signal
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    seconds: float
    cpu_seconds: float = 0.0
    peak_rss_kib: int = 0


@dataclass
class Row:
    """One line of the table: `value` of ours beside `baseline` of what it is measured against."""

    group: str
    name: str
    file_system: str
    unit: str
    value: float
    against: str = ""
    baseline: float | None = None
    ratio: float | None = None
    ratio_min: float | None = None
    ratio_max: float | None = None
    cpu_ratio: float | None = None  # steadier than time on a busy machine
    pairs: int = 0
    note: str = ""
    extra: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        return asdict(self)


Contestant = Callable[[], Sample]
Rounds = dict[str, list[Sample]]


def run_rounds(contestants: dict[str, Contestant], rounds: int) -> Rounds:
    """Each contestant once a round; who begins changes from round to round."""
    names = list(contestants)
    samples: Rounds = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            samples[name].append(contestants[name]())
    return samples


class Stopwatch:
    """Runs programs through spawn_loop, which adds neither time nor memory worth speaking of."""

    def __init__(self, spawn_loop: Path) -> None:
        self.spawn_loop = spawn_loop

    def run(
        self, command: list[str], count: int = 1, stdin: str = "", stdout: str = ""
    ) -> dict[str, float]:
        words = [str(self.spawn_loop)]
        words += ["-i", stdin] if stdin else []
        words += ["-o", stdout] if stdout else []
        words += [str(count), *command]
        pipe = subprocess.PIPE
        # A group of its own: if we are stopped, all of it must end, or nothing could be unmounted.
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True, process_group=0
        )
        try:
            figures, complaint = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {complaint.strip()[-2000:]}")
        return json.loads(figures)

    def once(self, command: list[str], stdin: str = "", stdout: str = "") -> Sample:
        took = self.run(command, 1, stdin, stdout)
        return Sample(took["elapsed_s"], took["cpu_s"], int(took["peak_rss_kib"]))

    def per_call(self, command: list[str], count: int, stdin: str = "") -> Sample:
        """The median call of `count`."""
        took = self.run(command, count, stdin)
        return Sample(took["median_s"], took["cpu_s"] / count, int(took["peak_rss_kib"]))


SCALES = {"s": 1.0, "ms": 1e3, "us": 1e6}


def scaled(sample: Sample, unit: str, per: int) -> float:
    if unit == "MiB":
        return sample.peak_rss_kib / 1024
    if unit == "cpu ms":
        return sample.cpu_seconds * 1e3 / per
    return sample.seconds * SCALES[unit] / per


@dataclass(frozen=True)
class Table:
    """The rows that one set of rounds gives."""

    group: str
    file_system: str
    samples: Rounds

    def row(
        self, name: str, unit: str, ours: str, against: str, per: int = 1, note: str = ""
    ) -> Row:
        """`per`: how many operations a sample holds; the figures are for one of them."""
        pairs = list(zip(self.samples[ours], self.samples[against]))
        mine = [scaled(sample, unit, per) for sample, _ in pairs]
        theirs = [scaled(sample, unit, per) for _, sample in pairs]
        ratios = [a / b for a, b in zip(mine, theirs)]
        cpu = [a.cpu_seconds / b.cpu_seconds for a, b in pairs if b.cpu_seconds > 0]
        return Row(
            self.group,
            name,
            self.file_system,
            unit,
            statistics.median(mine),
            against,
            statistics.median(theirs),
            statistics.median(ratios),
            min(ratios),
            max(ratios),
            statistics.median(cpu) if cpu and unit in SCALES else None,
            len(pairs),
            note,
        )
