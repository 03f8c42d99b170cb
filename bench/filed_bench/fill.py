# SPDX-License-Identifier: Apache-2.0
"""Many jobs in a state, as rows written while no filed has it: submitting a million takes minutes,
this takes seconds. It follows src/store/sqlite_schema.cc; a change there breaks it loudly, as every
column is set by name."""

import sqlite3
import time
from pathlib import Path

from fspl_bench.context import Bench

from .daemons import filed

CONTENT = b"#" * 199 + b"\n"
PENDING = 0
ZEROES = (
    "priority", "failures", "lost_in_row", "running", "running_pid", "running_started", "attempt",
    "pid", "started", "ended", "end_kind", "end_value", "wall", "user", "system", "peak_rss",
    "log_size", "log_in_file", "content_file",
)  # fmt: skip


def job_name(number: int) -> str:
    return f"waiting-{number:07}"


def filled(bench: Bench, place: Path, count: int) -> Path:
    """The state file of a queue in which so many jobs wait, and none is to run."""
    state = place / f"state-{count}" / "state.db"
    state.parent.mkdir()
    with filed(bench, place, state=state, max_job_count=0):
        pass  # it makes the tables, the settings and the directories
    now = time.time_ns()

    def row(number: int) -> dict[str, object]:
        values: dict[str, object] = dict.fromkeys(ZEROES, 0)
        values |= dict.fromkeys(("created", "modified", "changed", "next_start"), now)
        values |= {"number": number, "name": job_name(number).encode(), "state": PENDING}
        values |= {"mode": 0o640, "uid": 0, "gid": 0, "position": number}
        return values | {"content_size": len(CONTENT), "content": CONTENT}

    columns = list(row(0))
    marks = ",".join(f":{name}" for name in columns)
    insert = f"INSERT INTO jobs ({','.join(columns)}) VALUES ({marks})"
    database = sqlite3.connect(state, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("BEGIN")
    database.executemany(insert, map(row, range(1, count + 1)))
    database.execute(f"UPDATE queue SET next_number = {count + 1}, next_order = {count + 1}")
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return state
