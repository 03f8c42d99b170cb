# SPDX-License-Identifier: Apache-2.0
"""What the Python tests of fspl have in common: a directory of their own, packets, programs that are surely ended, and
waiting for a condition instead of for a time."""

import contextlib
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest
import zlib

LIMIT_SECONDS = 40  # far more than anything here takes, unless it hangs
IS_SANITIZED = bool(os.environ.get("BOBBIN_SANITIZED"))


if b"Bobbin" not in subprocess.run(["fspl", "--version"], stdout=subprocess.PIPE, check=True).stdout:
    raise SystemExit("the fspl in PATH is another one; put Bobbin's in front")


def as_uint(number):
    for code, size in ((None, 1), (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        if code is None and number < 0x80:
            return bytes([number])
        if code is not None and number < 1 << (8 * size):
            return bytes([code]) + number.to_bytes(size, "big")
    raise ValueError(number)


def framed(metadata, claimed_size=None):
    size = len(metadata) if claimed_size is None else claimed_size
    head = b"*FILESPOOLER" + struct.pack(">HQI", 1, size, zlib.crc32(metadata))
    return head + struct.pack(">I", zlib.crc32(head)) + metadata


def packet(number, payload=b"", seconds=None):
    """Written from the format's description, as thousands of them are wanted at once."""
    created = b"\xa5ctime\x92" + as_uint(1700000000 + number if seconds is None else seconds) + as_uint(5)
    command = b"\xa8cmd_type\x81\xa7Command\x82\xa6params\x90\xa3env\x90"
    return framed(b"\x83\xa3seq" + as_uint(number) + created + command) + payload


class FsplCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="fspl-test.")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.environment = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        self.environment.pop("SHELL", None)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def fspl(self, *arguments, status=0, stdin=b"", **options):
        """Runs fspl to its end; the status must be the one given. Returns the result, with bytes."""
        result = subprocess.run(["fspl", *arguments], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.directory, env=self.environment, timeout=LIMIT_SECONDS, check=False, **options)
        self.assertEqual(result.returncode, status, result.stderr.decode("utf-8", "replace"))
        return result

    def start(self, *command, **options):
        """A program in the background, ended with its whole session when the test ends. A stream may be a file's name."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        with contextlib.ExitStack() as files:
            for stream in ("stdout", "stderr"):
                if isinstance(options[stream], str):
                    options[stream] = files.enter_context(open(self.path(options[stream]), "ab"))
            process = subprocess.Popen(command, cwd=self.directory, env=self.environment, start_new_session=True,
                                       **options)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()

    def finish(self, process):
        """Waits for its end; (stdout, stderr)."""
        return process.communicate(timeout=LIMIT_SECONDS)

    def eventually(self, condition, what):
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            found = condition()
            if found:
                return found
            self.assertLess(time.monotonic(), deadline, "never: " + what)
            time.sleep(0.005)

    def make_queue(self, *jobs, name="q"):
        """A queue with jobs of these numbers, whose payload is the number and a newline."""
        self.fspl("queue-init", "-q", name)
        for number in jobs:
            self.put(number, name=name)

    def put(self, number, payload=None, name="q"):
        file = self.path(name, "jobs", f"fspl-{number}.fspl")
        with open(file + ".new", "wb") as out:
            out.write(packet(number, b"%d\n" % number if payload is None else payload))
        os.rename(file + ".new", file)

    def read(self, *names):
        try:
            with open(self.path(*names), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def script(self, text, name="job"):
        """An executable shell script; its path."""
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(self.path(name), 0o755)
        return "./" + name

    def next_number(self, name="q"):
        return int(self.read(name, "nextseq"))


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
