# SPDX-License-Identifier: Apache-2.0
"""A queue with nothing to do: does it wake up, and what does it hold."""

import contextlib
import time

from fspl_bench.context import Bench
from fspl_bench.filesystems import FileSystem

from . import processes
from .daemons import filed, writing
from .rivals import all_servers
from .samples import add_value
from .tracing import Trace

GROUP = "idle"
SETTLING_S = 1.0


def idle(bench: Bench, place: FileSystem) -> None:
    if place.name != "tmpfs":
        return
    seconds = 1 if bench.quick else 30
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(filed(bench, place.path, max_job_count=2))
        servers = stack.enter_context(all_servers(bench, place.path))
        processes.figures(writing(bench, daemon.pending, 2, 20, "-c", bench.tool("noop")))
        daemon.await_complete(20)
        time.sleep(SETTLING_S)
        pids = {"filed and its slots": daemon.pids()}
        pids |= {server.name: processes.tree(server.pid) for server in servers}
        before = {name: processes.context_switches(each) for name, each in pids.items()}
        time.sleep(seconds)
        for name, each in pids.items():
            switches = processes.context_switches(each) - before[name]
            note = f"{sum(processes.memory_kib(pid, 'Pss') for pid in each) / 1024:.1f} MiB PSS"
            title = f"context switches in {seconds} s, {name}"
            add_value(bench, GROUP, place, title, switches, "", note)
        slots = daemon.slots()
        for name, pid in (("filed", daemon.process.pid), ("a slot", slots[0])):
            for what in ("Rss", "Pss"):
                size = processes.memory_kib(pid, what) / 1024
                add_value(bench, GROUP, place, f"{what.upper()}, {name}", size, "MiB")
        try:
            with Trace(daemon.pids(), place.path / "trace") as trace:
                time.sleep(min(seconds, 10))
        except FileNotFoundError as error:
            bench.skipped.append(f"counting system calls: no {error.filename}")
            return
        calls, _ = trace.calls(trace.pids)
        name = f"system calls in {min(seconds, 10)} s, filed and its slots"
        add_value(bench, GROUP, place, name, calls.total(), "")


GROUPS = {"idle": idle}
