# SPDX-License-Identifier: Apache-2.0
"""queue-process --follow: from a packet's rename into jobs/ to the first instruction of its job."""

import os
import statistics
import struct
import subprocess
import time
from pathlib import Path

from .context import Bench
from .filesystems import FileSystem
from .measure import Row
from .packets import file_name, make_queue, packet, write_file

TIMESPEC = struct.Struct("qq")
QUIET_S = 0.02  # between arrivals, so that the program has gone back to waiting
GAP = 1_000_000  # what waits begins here, so that it never runs


def latencies(bench: Bench, queue: Path, arrivals: int) -> list[float]:
    fifo = queue.parent / "stamps"
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo)
    stamps = os.open(fifo, os.O_RDWR)
    command = [bench.candidate, "queue-process", "--follow", "-q", str(queue)]
    command += [bench.tool("stamp"), "--", str(fifo)]
    follower = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seconds = []
    try:
        for sequence in range(1, arrivals + 1):
            staged = f"{queue}/staged"
            write_file(staged, packet(sequence))
            sent = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
            os.rename(staged, f"{queue}/jobs/{file_name(sequence)}")
            whole, nanoseconds = TIMESPEC.unpack(os.read(stamps, TIMESPEC.size))
            seconds.append((whole * 10**9 + nanoseconds - sent) / 1e9)
            time.sleep(QUIET_S)
    finally:
        follower.terminate()
        follower.wait()
        os.close(stamps)
        fifo.unlink()
    return seconds[1:]  # the first waits for the follower to start


def arrival(bench: Bench, place: FileSystem) -> None:
    arrivals = 20 if bench.quick else 100
    for waiting in (0, 1_000 if bench.quick else 50_000):
        queue = make_queue(bench.candidate, place.path / "queue", waiting, first=GAP)
        took = sorted(latencies(bench, queue, arrivals + 1))
        worst = took[int(0.99 * (len(took) - 1))] * 1e3
        title = f"--follow: arrival to first instruction, {waiting:,} waiting behind a gap"
        note = f"median of {len(took)} arrivals; p99 {worst:.2f} ms"
        row = Row("arrival", title, place.name, "ms", statistics.median(took) * 1e3, note=note)
        row.extra["p99"] = worst
        bench.add(row)


GROUPS = {"arrival": arrival}
