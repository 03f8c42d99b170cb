# SPDX-License-Identifier: Apache-2.0
"""The figures as a table to read, as Markdown for docs/performance.md, and as JSON."""

import json
import os
import platform
import subprocess
from pathlib import Path

from .context import Bench
from .measure import Row

COLUMNS = ("what", "on", "ours", "against", "ratio", "CPU ratio", "pairs", "note")
TITLES = {
    "processing": "Processing a queue, per job",
    "one by one": "One job a call",
    "arrival": "One arrival",
    "listing": "Listing",
    "calls": "Single calls",
    "submitting": "Submitting from a shell script",
    "payload": "Large payloads",
    "memory": "Memory",
    "starting": "Starting a program",
}


def figure(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def share(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}"


def cells(row: Row) -> tuple[str, ...]:
    against = ratio = ""
    if row.baseline is not None and row.ratio is not None:
        against = f"{row.against} {figure(row.baseline, row.unit)}"
        ratio = f"{share(row.ratio)} [{share(row.ratio_min)}..{share(row.ratio_max)}]"
    cpu_ratio = share(row.cpu_ratio)
    ours = figure(row.value, row.unit)
    pairs = str(row.pairs or "")
    return (row.name, row.file_system, ours, against, ratio, cpu_ratio, pairs, row.note)


Titles = dict[str, str]  # of the groups, in the order they are shown in


def grouped(rows: list[Row], titles: Titles) -> dict[str, list[Row]]:
    groups = {group: [row for row in rows if row.group == group] for group in titles}
    return {group: found for group, found in groups.items() if found}


def as_text(bench: Bench, titles: Titles = TITLES) -> str:
    body = [cells(row) for rows in grouped(bench.rows, titles).values() for row in rows]
    lines = [COLUMNS, *body]
    widths = [max(map(len, column)) for column in zip(*lines)]
    padded = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join(padded + [f"skipped: {reason}" for reason in bench.skipped]) + "\n"


def markdown_line(words: tuple[str, ...]) -> str:
    return "| " + " | ".join(word.replace("|", "\\|") for word in words) + " |"


def as_markdown(bench: Bench, titles: Titles = TITLES) -> str:
    load = os.getloadavg()[1]
    lines = [f"Measured on {machine()};", f"load average at the end {load:.1f}.", ""]
    for group, rows in grouped(bench.rows, titles).items():
        lines += [f"### {titles[group]}", "", markdown_line(COLUMNS), "|---" * len(COLUMNS) + "|"]
        lines += [markdown_line(cells(row)) for row in rows]
        lines.append("")
    return "\n".join(lines + [f"Skipped: {reason}." for reason in bench.skipped]).rstrip() + "\n"


def machine() -> str:
    facts = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    models = [value.strip() for name, _, value in facts if name.strip() == "model name"]
    model = models[0] if models else platform.machine()
    return f"{os.cpu_count()} CPUs ({model}), Linux {platform.release()}"


def version(program: str) -> str:
    result = subprocess.run([program, "--version"], capture_output=True, text=True)
    return (result.stdout or result.stderr).strip().splitlines()[0]


def as_json(bench: Bench) -> str:
    facts = {
        "machine": machine(),
        "candidate": version(bench.candidate),
        "reference": version(bench.reference),
        "load_at_end": os.getloadavg(),
        "rows": [row.as_json() for row in bench.rows],
        "skipped": bench.skipped,
    }
    return json.dumps(facts, indent=1) + "\n"


def replace_between_markers(document: Path, table: str, name: str = "table") -> None:
    """Puts the table where the document says it belongs; throws ValueError if it does not."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    text = document.read_text()
    head = text.index(begin) + len(begin)
    document.write_text(text[:head] + "\n" + table + "\n" + text[text.index(end):])
