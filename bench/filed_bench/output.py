# SPDX-License-Identifier: Apache-2.0
"""A job that puts out much, beside the same command with its output redirected to a file."""

import time

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem
from fspl_bench.measure import Sample, Table, run_rounds

from . import processes
from .daemons import Filed, filed
from .samples import add_value


def output(bench: Bench, place: FileSystem) -> None:
    size = 32 if bench.quick else 1024
    words = ["dd", "if=/dev/zero", "bs=1M", f"count={size}", "status=none"]
    plain = place.path / "plain"
    memory: list[tuple[int, int]] = []

    def write_plain() -> Sample:
        took = bench.stopwatch.once(words, stdout=str(plain))
        plain.unlink()
        return took

    def redirected() -> Sample:
        write_plain()  # a virtual machine's host may have taken back memory that was free
        return write_plain()

    def run_as_job(daemon: Filed) -> Sample:
        before = daemon.cpu_seconds()
        began = time.monotonic()
        (daemon.pending / "job").write_text(" ".join(words))
        daemon.await_complete(1)
        took = Sample(time.monotonic() - began, daemon.cpu_seconds() - before)
        log = daemon.mount / "complete" / "job"
        if log.stat().st_size < size << 20:
            raise RuntimeError("the log is too short")
        log.unlink()
        return took

    def as_job() -> Sample:
        with filed(bench, place.path, max_job_count=1) as daemon:
            (daemon.pending / "first").write_text(bench.tool("noop"))
            daemon.await_complete(1)
            (daemon.mount / "complete" / "first").unlink()
            pids = daemon.pids()
            for pid in pids:
                processes.reset_peak(pid)
            before = [processes.memory_kib(pid, "VmHWM") for pid in pids]
            write_plain()
            took = run_as_job(daemon)
            after = [processes.memory_kib(pid, "VmHWM") for pid in pids]
            memory.append((after[0] - before[0], after[1] - before[1]))
            return took

    rounds = run_rounds({"filed": as_job, "redirect": redirected}, bench.rounds())
    table = Table("output", place.name, rounds)
    note = "from the submission to its name in complete/"
    bench.compare(table, f"{size:,} MiB of output", "ms", "filed", "redirect", note=note)
    for who, index in (("filed", 0), ("slot", 1)):
        most = max(each[index] for each in memory)
        title = f"{size:,} MiB of output: growth of resident memory, {who}"
        add_value(bench, "output", place, title, most, "KiB")


GROUPS = {"output": output}
