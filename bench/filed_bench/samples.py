# SPDX-License-Identifier: Apache-2.0
"""From the figures that a program prints to rows of the table."""

import statistics

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import Row, Sample, Table

Figures = dict[str, float]
FigureRounds = dict[str, list[Figures]]


def table_of(group: str, place: FileSystem, rounds: FigureRounds, key: str) -> Table:
    """The figure `key` of those who have it, with the CPU time of an operation if it is known."""
    samples = {
        name: [Sample(each[key], each.get("cpu_each_s", 0.0)) for each in figures]
        for name, figures in rounds.items()
        if key in figures[0]
    }
    return Table(group, place.name, samples)


def median_of(rounds: FigureRounds, name: str, key: str) -> float:
    return statistics.median(each[key] for each in rounds[name])


def excess(rounds: FigureRounds, ours: str, against: str, key: str, other_key: str) -> float:
    """How much more ours took within a round, in microseconds."""
    pairs = zip(rounds[ours], rounds[against])
    return statistics.median(a[key] - b[other_key] for a, b in pairs) * 1e6


def add_value(
    bench: Bench, group: str, place: FileSystem, name: str, value: float, unit: str, note: str = ""
) -> None:
    bench.add(Row(group, name, place.name, unit, value, note=note))


def add_pair(
    bench: Bench,
    group: str,
    place: FileSystem,
    name: str,
    unit: str,
    ours: float,
    against: str,
    theirs: float,
    note: str = "",
) -> None:
    """One that is counted, or measured once."""
    ratio = ours / theirs if theirs else None
    row = Row(group, name, place.name, unit, ours, against, theirs, ratio, ratio, ratio, note=note)
    bench.add(row)
