# SPDX-License-Identifier: Apache-2.0
"""Programs that run commands a few at a time: how each is told to, and how its end is awaited."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fspl_bench.context import Bench

from . import processes

Environment = dict[str, str]


def is_installed(bench: Bench, program: str) -> bool:
    if shutil.which(program):
        return True
    reason = f"{program} is not installed (bench/install)"
    if reason not in bench.skipped:
        bench.skipped.append(reason)
    return False


@contextlib.contextmanager
def tsp_server(bench: Bench, place: Path, slots: int = 2) -> Iterator[Environment | None]:
    """Task spooler with a server of its own; what the jobs put out is under `place`."""
    if not is_installed(bench, "tsp"):
        yield None
        return
    folder = place / "tsp"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    own = os.environ | {"TS_SOCKET": str(folder / "socket"), "TMPDIR": str(folder)}
    own |= {"TS_MAXFINISHED": "10"}
    try:
        processes.checked(["tsp", "-S", str(slots)], env=own)
        yield own
    finally:
        subprocess.run(["tsp", "-K"], env=own, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)  # the server removes its socket meanwhile


@contextlib.contextmanager
def nq_environment(bench: Bench, place: Path) -> Iterator[Environment | None]:
    """A queue directory for nq, which runs one job at a time in each. Jobs still waiting in the end
    are stopped: they are processes."""
    if not is_installed(bench, "nq"):
        yield None
        return
    folder = place / f"nq-{os.urandom(4).hex()}"
    folder.mkdir()
    try:
        yield os.environ | {"NQDIR": str(folder)}
    finally:
        for pid in nq_processes(folder):
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def nq_processes(folder: Path) -> list[int]:
    """Those that have one of its files open: the waiting and the running."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and is_nq_of(folder, name)]


def is_nq_of(folder: Path, pid: str) -> bool:
    try:
        if Path(f"/proc/{pid}/comm").read_text() != "nq\n":
            return False
        descriptors = os.listdir(f"/proc/{pid}/fd")
        opened = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in descriptors]
    except OSError:  # it has just ended
        return False
    return any(path.startswith(f"{folder}/") for path in opened)
