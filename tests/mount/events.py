# SPDX-License-Identifier: Apache-2.0
"""MOUNT/events as a test reads it: in the background, from the moment it is opened, so that waiting for a job is waiting
for a line and never for a time."""

import json
import os
import threading
import time


class Events:
    def __init__(self, path):
        self.lines = []
        self.has_ended = False
        self._grown = threading.Condition()
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while True:
            try:
                data = os.read(self._file, 1 << 16)
            except OSError:  # its server is gone
                data = b""
            with self._grown:
                *whole, rest = (rest + data).split(b"\n")
                self.lines += whole
                self.has_ended = not data
                self._grown.notify_all()
            if not data:
                os.close(self._file)
                return

    def wait(self, condition, seconds):
        """Looks whenever something has happened, until the condition holds. What it returned last."""
        deadline = time.monotonic() + seconds
        with self._grown:
            while True:
                found = condition()
                left = deadline - time.monotonic()
                if found or left <= 0 or self.has_ended:
                    return found
                self._grown.wait(left)

    def parsed(self, job=None):
        """The lines so far, of one job or of all."""
        with self._grown:
            events = [json.loads(line) for line in self.lines]
        return [event for event in events if job in (None, event.get("job"))]
