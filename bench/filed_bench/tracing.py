# SPDX-License-Identifier: Apache-2.0
"""System calls and requests of FUSE, counted with strace."""

import collections
import os
import re
import signal
import subprocess
from pathlib import Path

from . import processes

OPCODES = {
    1: "LOOKUP", 2: "FORGET", 3: "GETATTR", 4: "SETATTR", 11: "UNLINK", 12: "RENAME", 14: "OPEN",
    15: "READ", 16: "WRITE", 18: "RELEASE", 20: "FSYNC", 22: "GETXATTR", 25: "FLUSH",
    26: "INIT", 27: "OPENDIR", 28: "READDIR", 29: "RELEASEDIR", 35: "CREATE", 36: "INTERRUPT",
    42: "BATCH_FORGET", 44: "READDIRPLUS", 46: "LSEEK",
}  # fmt: skip
CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?([a-z_0-9]+)(?:\((\d*)| resumed>)(.*)")


class Trace:
    """strace of some processes and of what they start, for the time of a `with`."""

    def __init__(self, pids: list[int], file: Path) -> None:
        self.pids, self.file = pids, file
        self.threads = {pid: [int(Path(t).name) for t in processes.tasks([pid])] for pid in pids}
        self.devices = {
            fd
            for fd in os.listdir(f"/proc/{pids[0]}/fd")
            if os.readlink(f"/proc/{pids[0]}/fd/{fd}") == "/dev/fuse"
        }

    def __enter__(self) -> "Trace":
        words = ["strace", "-f", "-q", "-xx", "-s", "8", "-o", str(self.file)]
        for pid in self.pids:
            words += ["-p", str(pid)]
        self.process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
        processes.wait_until(self.is_attached, "strace to attach", 10)
        return self

    def is_attached(self) -> bool:
        statuses = [Path(task, "status").read_text() for task in processes.tasks(self.pids)]
        return all("TracerPid:\t0\n" not in status for status in statuses)

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def calls(self, of: list[int]) -> tuple[collections.Counter, collections.Counter]:
        """System calls by name and requests of FUSE by name, of these processes."""
        threads = {thread for pid in of for thread in self.threads[pid]}
        calls: collections.Counter = collections.Counter()
        requests: collections.Counter = collections.Counter()
        reading: dict[int, str] = {}  # descriptor of a read that was interrupted in the listing
        for line in self.file.read_text(errors="replace").splitlines():
            match = CALL.match(line)
            if not match or int(match[1]) not in threads:
                continue
            thread, name, fd, rest = int(match[1]), match[2], match[3], match[4]
            if rest.endswith("<detached ...>"):
                continue  # it was waiting in it all the time
            if rest.endswith("<unfinished ...>"):
                reading[thread] = fd or ""
                continue
            calls[name] += 1
            if name == "read" and (fd or reading.get(thread)) in self.devices:
                if header := re.search(r'"((?:\\x[0-9a-f]{2}){8})', rest):
                    number = int(header[1].split("\\x")[5], 16)
                    requests[OPCODES.get(number, str(number))] += 1
        return calls, requests


def each(counter: collections.Counter, count: int) -> str:
    parts = [(name, number / count) for name, number in counter.most_common(8)]
    return ", ".join(f"{name} {number:.3g}" for name, number in parts if number >= 0.05)


SYNCS = ("fsync", "fdatasync", "sync_file_range", "syncfs", "msync")


def syncs(calls: collections.Counter) -> int:
    return sum(calls[name] for name in SYNCS)
