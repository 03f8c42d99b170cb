# SPDX-License-Identifier: Apache-2.0
"""The fixture of all tests of filed: each test has a directory of its own, in it a mounted queue, and leaves nothing,
whether it passes, fails or hangs: no process, no mount, no file. An orderly end is part of every test: SIGTERM must end
filed with status 0, nothing may be left then, and nothing that smells of a fault may stand in its log.

The program is the one that BOBBIN_FILED names, else the filed in PATH. BOBBIN_KEEP=1 keeps the directory of a test that
fails, with a repro.sh that starts the same filed by hand."""

import contextlib
import errno
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import leftovers
from queue_under_test import LIMIT_SECONDS, PROGRAM, STATES, NeverHappened, Queue, eventually

SKIPPED = 77  # what ctest takes for "could not be tested here"
IS_SANITIZED = bool(os.environ.get("BOBBIN_SANITIZED"))
IS_ROOT = os.geteuid() == 0
SMELLS = re.compile(r"AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error|terminate called|[Aa]ssert|std::|"
                    r"panic|[Bb]ad file descriptor|database disk image|SQLITE_|core dumped|unexpected|[Ii]nternal error")
needs_root = unittest.skipUnless(IS_ROOT, "needs root: other users, mounts")
NOBODY = 65534


def missing():
    """Why nothing can be mounted here; None if it can."""
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse"
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"/dev/fuse can't be opened: {error.strerror}"
    if not IS_ROOT and not shutil.which("fusermount3"):
        return "there is no fusermount3, which a user needs to mount"
    return None


class FiledCase(unittest.TestCase):
    """A test that starts its queues itself."""

    maxDiff = None
    seconds = 150 if IS_SANITIZED else 60  # a test that takes longer hangs: its queues are killed so that it ends

    def run(self, result=None):
        self.directory = tempfile.mkdtemp(prefix="filed-test.")
        os.chmod(self.directory, 0o755)
        self.queues, self.expected_words = [], ()
        before = len(result.failures) + len(result.errors)
        watchdog = threading.Timer(self.seconds, self._give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            super().run(result)
        finally:
            watchdog.cancel()
            failed = len(result.failures) + len(result.errors) > before
            leftovers.clear(self.directory)
            if failed:
                self._explain()
            if not leftovers.mounts_below(self.directory) and not (failed and os.environ.get("BOBBIN_KEEP")):
                self._remove_tree()

    def _give_up(self):
        sys.stderr.write(f"{self.id()}: takes longer than {self.seconds} s; killing its filed\n")
        leftovers.clear(self.directory)

    def _remove_tree(self):
        for folder, names, _ in os.walk(self.directory):
            for name in names:
                with contextlib.suppress(OSError):
                    os.chmod(os.path.join(folder, name), 0o700, follow_symlinks=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _explain(self):
        for queue in self.queues:
            if not os.path.exists(queue.log_path):
                continue
            changed = {key: value for key, value in queue.environment.items() if os.environ.get(key) != value}
            line = shlex.join(["env", *[f"{key}={value}" for key, value in changed.items()], *queue.command()])
            with open(os.path.join(self.directory, "repro.sh"), "w", encoding="utf-8") as script:
                script.write(f"#!/bin/sh\ncd {self.directory} && exec {line}\n")
            sys.stderr.write(f"---- {self.id()}: {line}\n{queue.words()[-3000:]}")

    # ---- queues

    def queue_of(self, *options, **more):
        """A queue that is not started; `end` of it is checked when the test is over."""
        queue = Queue(self.directory, options, **more)
        self.queues.append(queue)
        self.addCleanup(self._end, queue)
        return queue

    def mount(self, *options, **more):
        return self.queue_of(*options, **more).start()

    def _end(self, queue):
        wrong = queue.end()
        left = leftovers.wait_until_none(self.directory, 0 if wrong else 3)
        wrong += [f"process {pid} is left: {command}" for pid, command in left.items()]
        if queue.process is not None and queue.process.returncode == 0:
            wrong += [f"still mounted: {path}" for path in leftovers.mounts_below(self.directory)]
        words = queue.words() if os.path.exists(queue.log_path) else ""
        wrong += [f"its log: {line}" for line in words.splitlines()
                  if SMELLS.search(line) and not any(word in line for word in self.expected_words)]
        leftovers.clear(self.directory)
        self.assertEqual(wrong, [], "the end of the test")

    # ---- files and programs

    def file(self, *names):
        """A path in the directory of the test."""
        path = os.path.join(self.directory, *names)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return path

    def put(self, name, content):
        with open(self.file(name), "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        return self.file(name)

    def get(self, name):
        """The content of a file of the test; b"" if there is none."""
        try:
            with open(self.file(name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def wait_file(self, name, part=b""):
        """Until a job has written this."""
        return eventually(lambda: os.path.exists(self.file(name)) and part in self.get(name) and (self.get(name) or b"\n"),
                          f"{part!r} in {name}")

    def gate(self, name="gate"):
        """A FIFO that jobs wait at: `read x < PATH`. Returns (path, a function that lets some of them through)."""
        path = self.file(name)
        os.mkfifo(path, 0o666)
        os.chmod(path, 0o666)
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.addCleanup(os.close, file)
        return path, lambda count=1: os.write(file, b"\n" * count)

    def run_program(self, *command, stdin=b"", **options):
        return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.directory,
                              env={**os.environ, "LC_ALL": "C", "TZ": "UTC", "HOME": self.directory,
                                   "BOBBIN_TEST": self.directory},
                              timeout=LIMIT_SECONDS, check=False, **options)

    def works(self, *command, **options):
        """Runs a program that must end with 0; its output."""
        result = self.run_program(*command, **options)
        self.assertEqual(result.returncode, 0, f"{command}: {result.stderr.decode('utf-8', 'replace')}")
        return result.stdout

    def shell(self, script, *arguments, **options):
        return self.works("sh", "-c", script, "sh", *arguments, **options)

    def fails(self, because, *command):
        """Runs a program that must fail, with this errno in its words."""
        result = self.run_program(*command)
        self.assertNotEqual(result.returncode, 0, command)
        self.assertIn(os.strerror(because).lower(), result.stderr.decode("utf-8", "replace").lower(), command)

    def shell_fails(self, because, script, *arguments):
        self.fails(because, "sh", "-c", script, "sh", *arguments)

    @contextlib.contextmanager
    def error(self, because):
        """The call inside must fail with this errno."""
        with self.assertRaises(OSError) as caught:
            yield
        self.assertEqual(errno.errorcode.get(caught.exception.errno), errno.errorcode[because])

    def background(self, *command, **options):
        """A program that runs beside the test."""
        process = subprocess.Popen(command, cwd=self.directory, env={**os.environ, "BOBBIN_TEST": self.directory},
                                   **{"stdin": subprocess.DEVNULL, **options})
        self.addCleanup(self._end_background, process)
        return process

    @staticmethod
    def _end_background(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()


class MountCase(FiledCase):
    """A test with one queue, self.queue, whose jobs run in DIRECTORY/work, fail at once and end quickly."""

    options = ()
    settings = {"max_retries": 0, "max_job_count": 4, "backoff_base": 0.05, "stop_grace": 0.5}

    def setUp(self):
        os.mkdir(self.file("work"))
        os.chmod(self.file("work"), 0o777)
        self.queue = self.mount(*self.options)
        self.queue.configure(**{"directory": self.file("work"), **self.settings})

    def place(self, state, name="job", output="out"):
        """A job that stands in this directory and stays there. In pending it waits for its time; in active it has said
        `output` and sleeps."""
        q = self.queue
        if state == "pending":
            q.submit("." + name, f"echo {output}")
            os.utime(q.path("pending", "." + name), (4e9, 4e9))
            os.rename(q.path("pending", "." + name), q.path("pending", name))
        elif state == "active":
            q.submit(name, f"echo {output}; exec sleep 1000")
            q.wait_in("active", name)
            q.wait_log(name, f"\n{output}\n")
        else:
            q.submit(name, f"echo {output}" + ("; exit 3" if state == "failed" else ""))
            q.wait_in(state, name)
        return q.path(state, name)


def main():
    """Runs the tests of the module that was started. With nothing tested, the status is 77."""
    reason = missing()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    if not PROGRAM:
        sys.exit("there is no filed: set BOBBIN_FILED or PATH")
    os.umask(0o022)
    program = unittest.main(exit=False)
    all_skipped = program.result.testsRun == len(program.result.skipped)
    if program.result.wasSuccessful() and program.result.testsRun and all_skipped:
        sys.exit(SKIPPED)
    sys.exit(not program.result.wasSuccessful())


__all__ = ["IS_ROOT", "IS_SANITIZED", "LIMIT_SECONDS", "NOBODY", "STATES", "FiledCase", "MountCase", "NeverHappened",
           "eventually", "leftovers", "main", "needs_root"]
