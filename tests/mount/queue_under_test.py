# SPDX-License-Identifier: Apache-2.0
"""One mounted queue as a test sees it: filed in the foreground on a directory of its own, started when it says that it is
ready, and the few things one does with a queue. It knows nothing of a test that passes or fails."""

import concurrent.futures
import errno
import json
import os
import select
import shutil
import signal
import subprocess
import time

import leftovers
from events import Events

LIMIT_SECONDS = 60 if os.environ.get("BOBBIN_SANITIZED") else 20  # for one thing to happen, unless it hangs
STATES = ("pending", "active", "failed", "complete")
PREFIX = "user.filed."
PROGRAM = os.environ.get("BOBBIN_FILED") or shutil.which("filed")


class NeverHappened(AssertionError):
    pass


def eventually(condition, what, seconds=LIMIT_SECONDS):
    """For what no event tells of. Returns what the condition returned."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise NeverHappened("never: " + what)
        time.sleep(0.004)


class Queue:
    def __init__(self, directory, options=(), *, environment=None, wrapper=(), mountpoint="mnt", state="state/filed.db"):
        self.directory, self.options, self.wrapper = directory, list(options), list(wrapper)
        self.mountpoint = os.path.join(directory, mountpoint)
        self.state = os.path.join(directory, state)
        self.log_path = os.path.join(directory, "filed.log")
        self.environment = {**os.environ, "FILED_STATE_FILE": self.state, "BOBBIN_TEST": directory,
                            "LC_ALL": "C.UTF-8", "TZ": "UTC", **(environment or {})}
        self.process = self.events = None
        self.lets_us_in = True  # false: a queue of another user, closed to us
        for folder in (self.mountpoint, os.path.dirname(self.state)):
            os.makedirs(folder, mode=0o755, exist_ok=True)

    # ---- the program

    def command(self, *more):
        return [*self.wrapper, PROGRAM, *self.options, *more, self.mountpoint]

    def start(self):
        """Returns when it is ready; NeverHappened with its words if it does not come to that."""
        ours, theirs = os.pipe()
        try:
            with open(self.log_path, "ab") as log:
                self.process = subprocess.Popen(self.command("--ready-fd", str(theirs)), pass_fds=[theirs],
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                cwd=self.directory, env=self.environment, start_new_session=True)
            os.close(theirs)
            is_ready = bool(select.select([ours], [], [], LIMIT_SECONDS)[0]) and os.read(ours, 1)
        finally:
            os.close(ours)
        if not is_ready:
            raise NeverHappened(f"filed is not ready: {' '.join(self.process.args)}\n{self.words()}")
        self.events = Events(self.path("events")) if self.lets_us_in else None
        return self

    def words(self):
        """What it said so far."""
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, by=signal.SIGTERM, seconds=LIMIT_SECONDS):
        """Ends it and returns its exit status."""
        self.process.send_signal(by)
        return self.process.wait(seconds)

    def kill(self):
        self.stop(signal.SIGKILL)

    def slots(self):
        """The pids of its slot processes."""
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    name, rest = file.read().rsplit(")", 1)
                if name.endswith("(filed-slot") and int(rest.split()[1]) == self.process.pid:
                    found.append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    # ---- the mount

    def path(self, *names):
        return os.path.join(os.fsencode(self.mountpoint), *map(os.fsencode, names)) \
            if any(isinstance(name, bytes) for name in names) else os.path.join(self.mountpoint, *names)

    def list(self, state):
        return sorted(os.listdir(self.path(state)))

    def read(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def status(self):
        return json.loads(self.read("status.json"))

    def config(self):
        return json.loads(self.read("config.json"))

    def configure(self, **settings):
        with open(self.path("config.json"), "w", encoding="utf-8") as file:
            json.dump(settings, file)

    def submit(self, name, content):
        """A new job; accepted once this returns. By a thread of its own: whoever made a job may find it for a moment
        longer under the name that it gave it, and that shall not be the test."""
        with concurrent.futures.ThreadPoolExecutor(1) as writer:
            writer.submit(self.submit_myself, name, content).result()

    def submit_myself(self, name, content):
        file = os.open(self.path("pending", name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            content = content.encode() if isinstance(content, str) else content
            while content:
                content = content[os.write(file, content):]
        finally:
            os.close(file)

    def is_in(self, state, name):
        try:
            os.lstat(self.path(state, name))
            return True
        except FileNotFoundError:
            return False

    def where(self, name):
        """The directories that have it: one, unless something is wrong or it moves meanwhile."""
        return [state for state in STATES if self.is_in(state, name)]

    def log(self, name):
        for state in ("complete", "failed", "active"):
            try:
                return self.read(state, name)
            except FileNotFoundError:
                continue
        raise NeverHappened(f"no log of {name}: it is in {self.where(name)}")

    def attribute(self, state, name, key):
        return os.getxattr(self.path(state, name), PREFIX + key).decode()

    def attributes(self, state, name):
        path = self.path(state, name)
        return {key.removeprefix(PREFIX): os.getxattr(path, key).decode() for key in os.listxattr(path)}

    # ---- waiting

    def wait(self, condition, what, seconds=LIMIT_SECONDS):
        """For what an event tells of."""
        found = self.events.wait(condition, seconds)
        if found:
            return found
        late = condition()
        found_all = {state: self.list(state) for state in STATES} if self.is_running() else "filed has ended"
        raise NeverHappened(("no event told: " if late else "never: ") + f"{what}\nfound: {found_all}\n"
                            f"events: {self.events.lines[-20:]}\n{self.words()[-2000:]}")

    def wait_in(self, state, *names):
        for name in names:
            self.wait(lambda name=name: self.is_in(state, name), f"{name} in {state}")

    def wait_attempt(self, name, number):
        """Until this attempt of the job has ended."""
        def has_ended():
            return any(event.get("attempt") == number and event.get("end") for event in self.events.parsed(name))
        self.wait(has_ended, f"attempt {number} of {name} ended")

    def wait_idle(self):
        self.wait(lambda: not self.list("pending") and not self.list("active"), "everything has run")

    def wait_log(self, name, part):
        """Until the log of a job, wherever it is, has this in it."""
        part = part.encode() if isinstance(part, str) else part
        def has_it():
            try:
                return part in self.log(name)
            except NeverHappened:
                return False
        eventually(has_it, f"{part!r} in the log of {name}")

    # ---- the end

    def end(self):
        """Stops it and takes everything away. Returns what was wrong with that, as lines of text."""
        wrong = []
        if self.is_running():
            try:
                status = self.stop(seconds=LIMIT_SECONDS)
                if status != 0:
                    wrong.append(f"filed ended with status {status} after SIGTERM")
            except subprocess.TimeoutExpired:
                wrong.append("filed did not end after SIGTERM")
                self.kill()
        elif self.process is not None and self.process.returncode not in (0, -signal.SIGKILL):
            wrong.append(f"filed had ended by itself with status {self.process.returncode}")
        return wrong


def is_dead_mount(path):
    try:
        os.listdir(path)  # the kernel may remember a stat
        return False
    except OSError as error:
        return error.errno == errno.ENOTCONN


def unmounted(queue):
    return queue.mountpoint not in leftovers.mounts_below(queue.directory)
