# SPDX-License-Identifier: Apache-2.0
"""What every group of measurements is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .filesystems import FileSystem
from .measure import Row, Stopwatch, Table


@dataclass
class Bench:
    candidate: str
    reference: str
    tools: Path
    quick: bool
    long: bool
    say: Callable[[str], None]
    stopwatch: Stopwatch
    rows: list[Row] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # with the reason
    broken: list[str] = field(default_factory=list)

    def tool(self, name: str) -> str:
        return str(self.tools / name)

    def rounds(self, wanted: int = 5) -> int:
        return min(wanted, 2) if self.quick else wanted

    def add(self, row: Row) -> None:
        self.rows.append(row)
        line = f"  {row.name} [{row.file_system}]: {row.value:.4g} {row.unit}"
        if row.baseline is not None:
            line += f" vs {row.against} {row.baseline:.4g}, ratio {row.ratio:.2f}"
        self.say(line)

    def compare(
        self,
        table: Table,
        name: str,
        unit: str,
        ours: str,
        against: str,
        per: int = 1,
        note: str = "",
    ) -> None:
        self.add(table.row(name, unit, ours, against, per, note))


Group = Callable[[Bench, FileSystem], None]
