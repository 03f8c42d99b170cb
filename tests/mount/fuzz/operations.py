# SPDX-License-Identifier: Apache-2.0
"""Random sequences of operations. A sequence depends on its seed alone and not on what happened, so that it can be made
again: an operation is a tuple of its kind and its arguments."""

import os
import random

import job_text
from model import FAR_FUTURE, STATES

HERE = "here"  # where the job is, as far as the model knows when it comes to that
NAMES = (b"a", b"b", b"c") * 4 + (b"new\nline", b"\xff\xfe\xc0", b"x" * 255, b".x", b"x~", b"#x", b"y" * 256)
HANDLES = 4
NEW = os.O_CREAT | os.O_EXCL
OPENINGS = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC,
            os.O_WRONLY | NEW, os.O_RDWR | NEW, os.O_WRONLY | os.O_CREAT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
SETTINGS = (
    {"max_job_count": 0}, {"max_job_count": 1}, {"max_job_count": 3}, {"max_job_count": 3},
    {"max_retries": 0}, {"max_retries": 1}, {"backoff_base": 0}, {"backoff_base": 0.02},
    {"max_pending": 0}, {"max_pending": 0}, {"max_pending": 3}, {"max_content": 1 << 20}, {"max_content": 9000},
)
REFUSED_SETTINGS = (b"", b"{", b"[]", b"{} x", b"null", b'{"max_job_count": -1}', b'{"max_job_count": "3"}',
                    b'{"max_job_count": 1, "max_job_count": 3}', b'{"nonsense": 1}', b'{"max_retries": 1.5}',
                    b'{"max_job_count": 2, "directory": "work"}', b'{"environment": {"FILED_JOB": "x"}}', b'{"timeout": 1e999}')
PRIORITIES = (b"0", b"1", b"-7", b"1000", b"-1000", b"1001", b"-1001", b"", b"x", b"1.5", b"99999999999999999999")


class Maker:
    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.lines = 0

    def sequence(self, length):
        kinds = {"submit": 14, "open": 10, "write": 10, "close": 8, "cut": 6, "read_handle": 5, "fsync": 2, "unlink": 6,
                 "rename": 22, "truncate": 3, "chmod": 2, "utime": 5, "priority": 3, "read": 8, "list": 5, "stat": 4,
                 "configure": 6, "misconfigure": 2, "refused": 2, "settle": 3, "status": 2}
        names = self.dice.choices(list(kinds), list(kinds.values()), k=length)
        return [(name, *getattr(self, name)()) for name in names]

    def name(self):
        return self.dice.choice(NAMES)

    def place(self):
        return self.dice.choice((HERE,) * 6 + STATES), self.name()

    def mostly_pending(self):
        return self.dice.choice(("pending",) * 6 + STATES[1:]), self.name()

    def text(self):
        kinds = self.dice.choices(job_text.LINE_KINDS, (3, 6, 5, 1, 4, 2, 1, 8), k=self.dice.choice((1, 1, 2, 3)))
        lines = []
        for kind in kinds:
            self.lines += 1
            lines.append(job_text.line(kind, self.lines))
        return b"".join(lines)

    def submit(self):
        return (*self.mostly_pending(), self.text())

    def open(self):
        return (self.dice.randrange(HANDLES), *self.mostly_pending(), self.dice.choice(OPENINGS))

    def write(self):
        """At the end, or anywhere."""
        return self.dice.randrange(HANDLES), self.text(), self.dice.choice((None, None, 0, 3, 20, 6000))

    def close(self):
        return (self.dice.randrange(HANDLES),)

    def cut(self):
        return self.dice.randrange(HANDLES), self.dice.choice((0, 0, 5, 40, 5000))

    read_handle = fsync = close

    def unlink(self):
        return self.place()

    read = stat = unlink

    def rename(self):
        source, target = self.place(), (self.dice.choice((HERE,) + STATES * 2), self.name())
        if self.dice.random() < 0.5:
            target = (target[0], source[1])
        return source, target, self.dice.random() < 0.3

    def truncate(self):
        return (*self.mostly_pending(), self.dice.choice((0, 4, 30, 6000, 20000)))

    def chmod(self):
        return (*self.place(), self.dice.choice((0o600, 0o644, 0o400, 0o000, 0o777)))

    def utime(self):
        return (*self.place(), self.dice.choice((1, 981158400, FAR_FUTURE)))

    def priority(self):
        return (*self.mostly_pending(), self.dice.choice(PRIORITIES))

    def list(self):
        return (self.dice.choice(STATES),)

    def configure(self):
        return (self.dice.choice(SETTINGS),)

    def misconfigure(self):
        return (self.dice.choice(REFUSED_SETTINGS),)

    def refused(self):
        return self.dice.choice(("mkdir", "symlink", "mkfifo", "rmdir", "link", "xattr")), *self.place()

    def settle(self):
        return ()

    status = settle
