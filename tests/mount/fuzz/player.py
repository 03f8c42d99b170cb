# SPDX-License-Identifier: Apache-2.0
"""Does operations on a mounted queue, and compares what comes of each with the model."""

import concurrent.futures
import errno
import json
import os
import time

import job_text
from model import STATES, Disagreement, Handle, Model, expect, named
from operations import HANDLES, HERE, NEW
from queue_under_test import LIMIT_SECONDS, PREFIX

BEGIN = {"max_job_count": 0, "max_retries": 0, "backoff_base": 0, "stop_grace": 0.5, "max_pending": 0, "max_content": 1 << 20}
RENAME_NOREPLACE = 1


class Player:
    def __init__(self, queue, renameat2, work, plant=None):
        self.queue, self.renameat2 = queue, renameat2
        self.model = Model(plant)
        self.handles = [None] * HANDLES
        self.trace = []
        queue.configure(directory=work, **BEGIN)
        self.model.config.update(BEGIN)

    def end(self):
        for handle in filter(None, self.handles):
            os.close(handle.file)
        self.handles = [None] * HANDLES

    def play(self, operations):
        for operation in operations:
            self.model.tick()
            operation = self._placed(operation)
            kind, *arguments = operation
            self.trace.append(job_text.short(operation))
            try:
                getattr(self, kind)(*arguments)
            except Disagreement as error:
                raise Disagreement(f"step {len(self.trace)}, {job_text.short(operation)}: {error}") from None

    def _placed(self, operation):
        """With a directory for HERE, which stands before a name."""
        operation = [self._placed(part) if isinstance(part, tuple) else part for part in operation]
        for place, part in enumerate(operation):
            if part == HERE:
                job = self.model.jobs.get(operation[place + 1])
                operation[place] = max(job.states, key=STATES.index) if job else "pending"
        return tuple(operation)

    def tried(self, function, *arguments, **more):
        """(errno or 0, the result)."""
        try:
            error, result = 0, function(*arguments, **more)
        except OSError as failure:
            error, result = failure.errno, None
        self.trace[-1] += f" {named(error)}"
        return error, result

    def path(self, directory, name):
        return self.queue.path(directory, name)

    # ---- open files

    def _opened(self, directory, name, flags):
        # For a moment who made a job finds it where it was made, for the sake of install(1). To the mount each thread
        # is a program of its own.
        with concurrent.futures.ThreadPoolExecutor(1) as another:
            opened = another.submit(os.open, self.path(directory, name), flags | os.O_CLOEXEC, 0o640)
            error, file = self.tried(opened.result)
        try:
            job = self.model.see_open(directory, name, flags, error)
        except Disagreement:
            if file is not None:
                os.close(file)
            raise
        return None if file is None else Handle(job, file, flags, directory != "pending")

    def open(self, slot, directory, name, flags):
        self.close(slot)
        self.handles[slot] = self._opened(directory, name, flags)

    def close(self, slot):
        handle, self.handles[slot] = self.handles[slot], None
        if handle is None:
            return
        error, _ = self.tried(os.close, handle.file)
        if handle.writes:
            handle.job.writers -= 1
        expect(error, 0)

    def _write(self, handle, data, offset):
        size = len(handle.job.content)
        offset = size if offset is None or handle.appends else offset
        write = (lambda: os.write(handle.file, data)) if handle.appends else \
            (lambda: os.pwrite(handle.file, data, offset))
        error, count = self.tried(write)
        expect(error, *self.model.content_answers(handle.job, offset + len(data)))
        if error == 0:
            if count != len(data):
                raise Disagreement(f"{count} bytes of {len(data)} were written")
            self.model.written(handle.job, offset, data)

    def write(self, slot, data, offset):
        handle = self.handles[slot]
        if handle and handle.writes:
            self._write(handle, data, offset)

    def cut(self, slot, size):
        handle = self.handles[slot]
        if not handle or not handle.writes:
            return
        error, _ = self.tried(os.ftruncate, handle.file, size)
        expect(error, *self.model.content_answers(handle.job, size if size > len(handle.job.content) else 0))
        if error == 0:
            self.model.truncated(handle.job, size)

    def fsync(self, slot):
        handle = self.handles[slot]
        if handle:
            expect(self.tried(os.fsync, handle.file)[0], 0)

    def read_handle(self, slot):
        """A file that is open shows the job it was opened for, wherever that is by now, and never another."""
        handle = self.handles[slot]
        if not handle or not handle.reads:
            return
        error, data = self.tried(os.pread, handle.file, 1 << 20, 0)
        expect(error, errno.ESTALE if handle.job.is_gone else 0)
        if error == 0:
            self._compare(handle.job, data, handle.shows_log)

    @staticmethod
    def _compare(job, data, is_log):
        if not is_log and data != bytes(job.content):
            raise Disagreement(f"it reads {data[:300]!r}, and not {bytes(job.content[:300])!r}: {job}")
        if is_log and data and not any(data.startswith(job_text.head(text)[:len(data)]) for text in job.contents):
            raise Disagreement(f"its log begins with {data[:300]!r}: {job}")

    # ---- names

    def submit(self, directory, name, text):
        handle = self._opened(directory, name, os.O_WRONLY | NEW)
        if handle:
            try:
                self._write(handle, text, 0)
            finally:
                os.close(handle.file)
                handle.job.writers -= 1

    def unlink(self, directory, name):
        error, _ = self.tried(os.unlink, self.path(directory, name))
        job = self.model.see_at(directory, name, error, lambda _: [0])
        if job:
            self.model.removed(job)

    def rename(self, source, target, is_new_only):
        error, _ = self.tried(self.renameat2, self.path(*source), self.path(*target),
                              RENAME_NOREPLACE if is_new_only else 0)
        self.model.see_rename(source, target, is_new_only, error)

    def truncate(self, directory, name, size):
        error, _ = self.tried(os.truncate, self.path(directory, name), size)

        def answers(state):
            if directory != "pending":
                return [0] if self.model.may_write(directory) else [errno.EPERM]
            if state != "pending":
                return [errno.ENOENT]
            job = self.model.jobs[name]
            return [errno.EFBIG if size > max(len(job.content), self.model.config["max_content"]) else 0]
        job = self.model.see_at(directory, name, error, answers)
        if job:
            self.model.truncated(job, size)

    def chmod(self, directory, name, mode):
        error, _ = self.tried(os.chmod, self.path(directory, name), mode)
        job = self.model.see_at(directory, name, error, lambda _: [0])
        if job:
            job.mode = mode

    def utime(self, directory, name, seconds):
        error, _ = self.tried(os.utime, self.path(directory, name), (seconds, seconds))
        job = self.model.see_at(directory, name, error, lambda _: [0])
        if job and directory == "pending":
            self.model.utimes_set(job, seconds)

    def priority(self, directory, name, value):
        error, _ = self.tried(os.setxattr, self.path(directory, name), PREFIX + "priority", value)
        is_valid = value.lstrip(b"-").isdigit() and -1000 <= int(value) <= 1000
        job = self.model.see_at(directory, name, error, lambda state: [errno.EPERM] if state != "pending" else
                                [0 if is_valid else errno.EINVAL])
        if job:
            job.priority = int(value)

    # ---- looking

    def read(self, directory, name):
        error, file = self.tried(os.open, self.path(directory, name), os.O_RDONLY | os.O_CLOEXEC)
        if error:
            self.model.see_open(directory, name, os.O_RDONLY, error)
            return
        try:
            job = self.model.see_open(directory, name, os.O_RDONLY, 0)
            self._compare(job, os.pread(file, 1 << 20, 0), directory != "pending")
        finally:
            os.close(file)

    def stat(self, directory, name):
        error, status = self.tried(os.stat, self.path(directory, name))
        job = self.model.see_at(directory, name, error, lambda _: [0])
        if not job:
            return
        if status.st_mode & 0o7777 != job.mode:
            raise Disagreement(f"its mode is {status.st_mode:o}, and not {job.mode:o}: {job}")
        if directory == "pending" and status.st_size != len(job.content):
            raise Disagreement(f"its size is {status.st_size}, and not {len(job.content)}: {job}")
        if directory == "pending" and job.mtime_ns not in (None, status.st_mtime_ns):
            raise Disagreement(f"its time is {status.st_mtime_ns}, and not {job.mtime_ns}: {job}")

    def list(self, directory):
        self.model.see_list(directory, os.listdir(os.fsencode(self.queue.path(directory))))

    def status(self):
        seen = self.queue.status()["jobs"]
        for state in STATES:
            certain = sum(job.states == {state} for job in self.model.jobs.values())
            possible = sum(state in job.states for job in self.model.jobs.values())
            if not certain <= seen[state] <= possible:
                raise Disagreement(f"status.json counts {seen[state]} in {state}; {certain} to {possible} can be there")
        if sum(seen.values()) != len(self.model.jobs):
            raise Disagreement(f"status.json counts {seen}; there are {len(self.model.jobs)} jobs")

    # ---- settings, and what a queue does not have

    def _configure(self, text):
        file = os.open(self.queue.path("config.json"), os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            return self.tried(os.write, file, text)[0]
        finally:
            closed = self.tried(os.close, file)[0]
            self.closed_with = closed

    def configure(self, settings):
        expect(self._configure(json.dumps(settings).encode()), 0)
        expect(self.closed_with, 0)
        self.model.config.update(settings)
        self._settings_are_kept()

    def misconfigure(self, text):
        """What is an object, or any other whole text, is refused by write; the rest by close. Nothing written: nothing."""
        errors = {self._configure(text), self.closed_with} - {0}
        if errors - {errno.EINVAL} or (text and not errors):
            raise Disagreement(f"settings {text!r} give {[named(error) for error in errors]}")
        self._settings_are_kept()

    def _settings_are_kept(self):
        seen = self.queue.config()
        wrong = {key: seen.get(key) for key, value in self.model.config.items() if seen.get(key) != value}
        if wrong:
            raise Disagreement(f"config.json has {wrong}, and not {self.model.config}")

    def refused(self, kind, directory, name):
        path = self.path(directory, name)
        error, _ = self.tried({
            "mkdir": lambda: os.mkdir(path), "mkfifo": lambda: os.mkfifo(path), "rmdir": lambda: os.rmdir(path),
            "symlink": lambda: os.symlink("x", path), "link": lambda: os.link(path, path + b"2"),
            "xattr": lambda: os.setxattr(path, PREFIX + "state", b"failed"),
        }[kind])
        possible = {errno.EPERM, errno.ENAMETOOLONG, errno.ENOENT, errno.EEXIST, errno.ENOTDIR}
        expect(error, *(possible if kind != "xattr" else {errno.ENOTSUP, errno.ENOENT, errno.ENAMETOOLONG}))

    def settle(self):
        """Nothing starts any more, and all have ended that end by themselves: from here the model is exact."""
        self.configure({"max_job_count": 0})
        self.wait_for_the_active()

    def wait_for_the_active(self):
        deadline = time.monotonic() + LIMIT_SECONDS
        while True:
            self.model.tick()
            active = os.listdir(os.fsencode(self.queue.path("active")))
            strangers = [name for name in active if name not in self.model.jobs]
            if strangers:
                raise Disagreement(f"active/ has {strangers}")
            if all(self.model.jobs[name].may_sleep() for name in active):
                break
            if time.monotonic() > deadline:
                raise Disagreement(f"does not end: {[self.model.jobs[name] for name in active]}")
            time.sleep(0.003)
        for directory in STATES:
            self.list(directory)
