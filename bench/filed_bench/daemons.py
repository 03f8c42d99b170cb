# SPDX-License-Identifier: Apache-2.0
"""filed and the empty file system, mounted for the time of a `with`."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fspl_bench.context import Bench

from . import processes

PINNED = ["taskset", "-c", "0"]
START_PATIENCE_S = 120


def is_mounted(mount: Path) -> bool:
    return f" {mount} " in Path("/proc/self/mountinfo").read_text()


def unmount(mount: Path) -> None:
    """For what its server left behind; nothing to do after an orderly end."""
    for command in (["umount", "-l"], ["fusermount3", "-u", "-z"]):
        if is_mounted(mount):
            with contextlib.suppress(OSError):
                subprocess.run([*command, str(mount)], capture_output=True)


@dataclass
class Filed:
    process: subprocess.Popen
    mount: Path
    started_in: float  # seconds until it was ready

    @property
    def pending(self) -> Path:
        return self.mount / "pending"

    def pids(self) -> list[int]:
        return [self.process.pid, *self.slots()]

    def slots(self) -> list[int]:
        return processes.children(self.process.pid)

    def cpu_seconds(self) -> float:
        """The jobs are in it, as those who waited for them: the slots."""
        return processes.cpu_seconds(self.pids())

    def configure(self, **settings: object) -> None:
        (self.mount / "config.json").write_text(json.dumps(settings))

    def jobs(self) -> dict[str, int]:
        return json.loads((self.mount / "status.json").read_text())["jobs"]

    def await_complete(self, count: int, every: float = 0.003) -> None:
        def is_done() -> bool:
            jobs = self.jobs()
            if jobs["failed"]:
                raise RuntimeError("a job failed that must not")
            return jobs["complete"] >= count

        processes.wait_until(is_done, f"{count} complete jobs", 120, every)


def wait_ready(process: subprocess.Popen, ready: int, log: Path) -> None:
    if select.select([ready], [], [], START_PATIENCE_S)[0] and os.read(ready, 1):
        return
    raise RuntimeError(f"filed did not start: {log.read_text().strip()[-1000:]}")


@contextlib.contextmanager
def filed(
    bench: Bench,
    place: Path,
    sync: str = "full",
    state: Path | None = None,
    pinned: bool = False,
    **settings: object,
) -> Iterator[Filed]:
    """With a state of its own that is removed afterwards, unless one is given; `settings` go into
    config.json."""
    directory = place / f"filed-{time.monotonic_ns()}"
    mount, log = directory / "mount", directory / "log"
    mount.mkdir(parents=True)
    options = ["--sync", sync, "--state", str(state or directory / "state.db")]
    ready, told = os.pipe()
    command = [bench.candidate, *options, "--ready-fd", str(told), str(mount)]
    process = None
    try:
        began = time.monotonic()
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*(PINNED if pinned else []), *command],
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                pass_fds=[told],
            )
        os.close(told)
        told = -1
        wait_ready(process, ready, log)
        daemon = Filed(process, mount, time.monotonic() - began)
        if settings:
            daemon.configure(**settings)
        yield daemon
    finally:
        if process:
            processes.end(process)
        unmount(mount)
        for fd in (ready, told):
            if fd >= 0:
                os.close(fd)
        shutil.rmtree(directory, ignore_errors=True)


@dataclass
class NullFs:
    process: subprocess.Popen
    mount: Path


@contextlib.contextmanager
def null_fs(bench: Bench, place: Path, threads: int, pinned: bool = False) -> Iterator[NullFs]:
    mount = place / f"null-{threads}"
    mount.mkdir()
    command = [*(PINNED if pinned else []), bench.tool("null_fs"), "-t", str(threads), str(mount)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    try:
        processes.wait_until(lambda: is_mounted(mount), "the empty file system", 10)
        yield NullFs(process, mount)
    finally:
        unmount(mount)
        processes.end(process)
        mount.rmdir()


def writing(bench: Bench, directory: Path, writers: int, total: int, *options: str) -> list[str]:
    """The command that writes about so many jobs; to be given to processes.figures()."""
    load = ["-w", str(writers), "-n", str(max(1, total // writers))]
    return [bench.tool("writers"), *load, *options, "close", str(directory)]


def with_cpu(
    measured: Callable[[], dict[str, float]], server_cpu: Callable[[], float]
) -> dict[str, float]:
    """The CPU time of client and server, and the time, for each operation."""
    before = server_cpu()
    took = measured()
    operations = took["operations"]
    took["server_cpu_each_s"] = (server_cpu() - before) / operations
    took["cpu_each_s"] = took["cpu_s"] / operations + took["server_cpu_each_s"]
    took["each_s"] = took["elapsed_s"] / operations
    return took
