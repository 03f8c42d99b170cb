# SPDX-License-Identifier: Apache-2.0
"""The servers that filed's durable submission is measured beside, each told to sync before it
answers, each with its data on the file system under test."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fspl_bench.context import Bench

from . import processes

PAYLOAD = "#" * 200
POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@dataclass
class Server:
    name: str
    pid: int
    submit: Callable[[int, int], dict[str, float]]  # writers, jobs in all

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(processes.tree(self.pid))


@contextlib.contextmanager
def socket_directory() -> Iterator[Path]:
    """A short path: that of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as path:
        yield Path(path)


@contextlib.contextmanager
def line_server(
    bench: Bench, name: str, command: list[str], socket: Path, request: str
) -> Iterator[Server]:
    """One that is asked and answers by lines."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        processes.wait_until(socket.exists, f"{name} to listen", 20)
        request_file = socket.with_name(f"{name}.request")
        request_file.write_bytes(request.encode())

        def submit(writers: int, total: int) -> dict[str, float]:
            each = str(max(1, total // writers))
            words = ["-w", str(writers), "-n", each, "talk", str(socket), str(request_file)]
            return processes.figures([bench.tool("writers"), *words])

        yield Server(name, process.pid, submit)
    finally:
        processes.end(process, 5)


@contextlib.contextmanager
def beanstalkd(bench: Bench, place: Path) -> Iterator[Server]:
    data = place / "beanstalkd"
    data.mkdir()
    with socket_directory() as sockets:
        socket = sockets / "socket"
        command = ["beanstalkd", "-f", "0", "-b", str(data), "-l", f"unix:{socket}"]
        request = f"put 0 0 60 {len(PAYLOAD)}\r\n{PAYLOAD}\r\n"
        with line_server(bench, "beanstalkd -f 0", command, socket, request) as server:
            yield server
    shutil.rmtree(data)


@contextlib.contextmanager
def redis(bench: Bench, place: Path) -> Iterator[Server]:
    data = place / "redis"
    data.mkdir()
    with socket_directory() as sockets:
        socket = sockets / "socket"
        always = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        command = ["redis-server", "--port", "0", "--unixsocket", str(socket), *always]
        command += ["--dir", str(data), "--daemonize", "no"]
        request = f"*3\r\n$5\r\nLPUSH\r\n$4\r\njobs\r\n${len(PAYLOAD)}\r\n{PAYLOAD}\r\n"
        with line_server(bench, "redis always", command, socket, request) as server:
            yield server
    shutil.rmtree(data)


def pgbench_figures(log: Path, output: str) -> dict[str, float]:
    """From its log of transactions: the third word is what one took, in microseconds."""
    took = sorted(
        int(line.split()[2]) / 1e6
        for part in log.parent.glob(f"{log.name}.*")
        for line in part.read_text().splitlines()
    )
    rate = next(line for line in output.splitlines() if "without initial connection" in line)
    return {
        "operations": len(took),
        "elapsed_s": len(took) / float(rate.split()[2]),
        "cpu_s": 0.0,
        "waited_p50_s": took[len(took) // 2],
        "waited_p99_s": took[int(0.99 * (len(took) - 1))],
    }


@contextlib.contextmanager
def postgres(bench: Bench, place: Path) -> Iterator[Server]:
    if not POSTGRES_PROGRAMS:
        raise FileNotFoundError(2, "not installed", "postgres")
    programs = POSTGRES_PROGRAMS[-1]
    data = place / "postgres"
    data.mkdir()
    as_user: dict[str, object] = {"cwd": "/"}
    with socket_directory() as sockets:
        if os.geteuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam("postgres")
            as_user |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(data, user.pw_uid, user.pw_gid)
            os.chown(sockets, user.pw_uid, user.pw_gid)
            for above in (place, place.parent):
                if above.stat().st_mode & 0o077 == 0:  # made for us alone
                    above.chmod(0o711)
        initialise = ["initdb", "-D", str(data), "-A", "trust", "-U", "bench", "--no-sync"]
        processes.checked([str(programs / initialise[0]), *initialise[1:]], **as_user)
        settings = ["-k", str(sockets), "-c", "listen_addresses=", "-c", "max_connections=80"]
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), *settings],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **as_user,
        )
        try:
            with postgres_ready(bench, programs, process, sockets) as server:
                yield server
        finally:
            processes.end(process, 10)
    shutil.rmtree(data)


@contextlib.contextmanager
def postgres_ready(
    bench: Bench, programs: Path, process: subprocess.Popen, sockets: Path
) -> Iterator[Server]:
    connection = ["-h", str(sockets), "-U", "bench"]

    def query(text: str) -> bool:
        words = [str(programs / "psql"), *connection, "-d", "postgres", "-qc", text]
        return subprocess.run(words, capture_output=True).returncode == 0

    processes.wait_until(lambda: query("SELECT 1"), "PostgreSQL to answer", 30, every=0.1)
    query("CREATE TABLE jobs (id bigserial PRIMARY KEY, payload text NOT NULL)")
    with tempfile.TemporaryDirectory(prefix="pgbench-", dir="/tmp") as own:
        script = Path(own, "insert.sql")
        script.write_text(f"INSERT INTO jobs (payload) VALUES ('{PAYLOAD}');\n")

        def submit(writers: int, total: int) -> dict[str, float]:
            log = Path(own, f"log-{writers}")
            for old in log.parent.glob(f"{log.name}.*"):
                old.unlink()
            each = str(max(1, total // writers))
            load = ["-n", "-M", "prepared", "-c", str(writers), "-j", str(min(writers, 2))]
            words = [*connection, *load, "-t", each, "-f", str(script), "-l", f"--log-prefix={log}"]
            output = processes.checked([str(programs / "pgbench"), *words, "postgres"])
            return pgbench_figures(log, output)

        yield Server("postgres", process.pid, submit)


@contextlib.contextmanager
def all_servers(bench: Bench, place: Path) -> Iterator[list[Server]]:
    """Those that are installed; what is not is said in the report."""
    with contextlib.ExitStack() as stack:
        servers: list[Server] = []
        for start in (beanstalkd, redis, postgres):
            try:
                servers.append(stack.enter_context(start(bench, place)))
            except FileNotFoundError:
                reason = f"{start.__name__} is not installed (bench/install)"
                if reason not in bench.skipped:
                    bench.skipped.append(reason)
        yield servers
