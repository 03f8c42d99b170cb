# SPDX-License-Identifier: Apache-2.0
"""What /proc says about running programs, how to run a measuring one, and how to end any."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def figures(command: list[str], **options: object) -> dict[str, float]:
    """Runs a program of bench/, which prints one object of JSON."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:6])}: {result.stderr.strip()[-2000:]}")
    return json.loads(result.stdout)


def checked(command: list[str], **options: object) -> str:
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        complaint = (result.stderr or result.stdout).strip()[-2000:]
        raise RuntimeError(f"{' '.join(command)}: {complaint}")
    return result.stdout


def wait_until(
    true: Callable[[], bool], what: str, patience: float = 60, every: float = 0.003
) -> None:
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {patience:.0f} s in vain: {what}")
        time.sleep(every)


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def tree(pid: int) -> list[int]:
    return [pid] + [each for child in children(pid) for each in tree(child)]


def tasks(pids: Iterable[int]) -> list[str]:
    found: list[str] = []
    for pid in pids:
        with contextlib.suppress(OSError):
            found += [f"/proc/{pid}/task/{task}" for task in os.listdir(f"/proc/{pid}/task")]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Of these processes, to the nanosecond, and of those they started and waited for, to a tick.

    What a thread that has ended used is not in it; the programs here keep theirs."""
    pids = list(pids)
    total = 0.0
    for task in tasks(pids):
        with contextlib.suppress(OSError):
            total += int(Path(task, "schedstat").read_text().split()[0]) / 1e9
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[13]) + int(fields[14])) / TICK
    return total


def context_switches(pids: Iterable[int]) -> int:
    total = 0
    for task in tasks(pids):
        for line in Path(task, "status").read_text().splitlines():
            if "ctxt_switches" in line:
                total += int(line.split()[1])
    return total


def memory_kib(pid: int, what: str) -> int:
    """`what`: Rss or Pss now, or VmHWM, the most since it began or reset_peak()."""
    source = "status" if what.startswith("Vm") else "smaps_rollup"
    for line in Path(f"/proc/{pid}/{source}").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/{pid}/{source} has no {what}")


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def end(process: subprocess.Popen, patience: float = 20) -> None:
    """Asks it to end; if it does not, it and all it started are killed."""
    started = tree(process.pid)
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        for pid in started:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
