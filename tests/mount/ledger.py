# SPDX-License-Identifier: Apache-2.0
"""Writers that submit jobs while filed is killed and started again, and the account that is settled in the end: which jobs
were accepted, which ran, and how often. It trusts nothing but what `close` returned, the file that jobs append to, and the
four directories.

BOBBIN_PLANT=lost, twice or torn plants a fault into what it looks at; settling must complain (harness_test.py)."""

import collections
import os
import random
import threading

from queue_under_test import STATES, NeverHappened

KINDS = ("short", "slow", "large content", "large log", "second attempt")


class Job:
    """What one job writes, and what must be found of it. Each attempt appends one line to the file of effects."""

    def __init__(self, name, kind, effects):
        self.name, self.kind = name, kind
        head = f'echo "$FILED_JOB $FILED_ATTEMPT" >> {effects}; '
        self.content = {
            "short": head + "echo end",
            "slow": "echo begin; " + head + "sleep 0.$((${#FILED_JOB} * 3)); echo end",
            "large content": head + "echo end #" + "x" * 9000,
            "large log": head + "head -c 9000 /dev/zero; echo end",
            "second attempt": head + "echo end; test $FILED_ATTEMPT -ge 2",
        }[kind]
        self.output = {"slow": b"begin\nend\n", "large log": b"\0" * 9000 + b"end\n"}.get(kind, b"end\n")

    def attempts(self):
        return [1, 2] if self.kind == "second attempt" else [1]

    def log(self):
        whole = f">>> {self.content}\n".encode() + self.output
        return whole + b"\n\n[System Error]: exit status 1\n" + whole if self.kind == "second attempt" else whole


class Ledger:
    def __init__(self, queue, effects, seed):
        self.queue, self.effects, self.random = queue, effects, random.Random(seed)
        self.accepted, self.unknown = {}, {}
        self._lock, self._stop, self._threads = threading.Lock(), threading.Event(), []

    # ---- writers

    def start_writers(self, count):
        for writer in range(count):
            thread = threading.Thread(target=self._write, args=[writer, self.random.random()], daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop_writers(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _write(self, writer, seed):
        dice, number = random.Random(seed), 0
        while not self._stop.is_set():
            number += 1
            job = Job(f"w{writer}-{number}", dice.choice(KINDS), self.effects)
            with self._lock:
                self.unknown[job.name] = job  # until close has returned
            try:
                self.queue.submit(job.name, job.content)
            except OSError:  # filed is dead, or dies just now
                self._stop.wait(0.02)
                continue
            with self._lock:
                self.accepted[job.name] = self.unknown.pop(job.name)
            self._stop.wait(dice.random() * 0.03)

    # ---- the account

    def wait_until_done(self, seconds=90):
        """Nothing waits or runs any more but what was never finished: a job whose close was cut short may be empty."""
        def open_jobs():
            unfinished = [name for name in self.queue.list("pending")
                          if not (name in self.unknown and self._size(name) == 0)]
            return unfinished + self.queue.list("active")
        try:
            self.queue.wait(lambda: not open_jobs(), "every accepted job has run", seconds)
        except NeverHappened as error:
            raise NeverHappened(f"{error}\nstill open: {open_jobs()}") from error

    def _size(self, name):
        try:
            return os.stat(self.queue.path("pending", name)).st_size
        except FileNotFoundError:
            return None

    def _ran(self):
        with open(self.effects, encoding="ascii") as file:
            lines = file.read().splitlines()
        if os.environ.get("BOBBIN_PLANT") == "twice":
            lines.append(lines[0])
        return collections.Counter(tuple(line.split(" ")) for line in lines)

    def _plant(self):
        fault, victim = os.environ.get("BOBBIN_PLANT"), next(iter(self.accepted))
        if fault == "lost":
            os.unlink(self.queue.path("complete", victim))
        return fault, victim

    def settle(self, exact=True):
        """What is wrong, as lines of text. `exact`: each attempt that was to be made was made, and no other; else slots
        were killed too, so that an attempt may be lost, but no attempt may be made twice."""
        fault, victim = self._plant()
        found = collections.defaultdict(list)
        for state in STATES:
            for name in self.queue.list(state):
                found[name].append(state)
        wrong, ran = [], self._ran()
        wrong += [f"{name} is in {states}" for name, states in found.items() if len(states) != 1]
        wrong += [f"{name} was never submitted" for name in found if name not in self.accepted and name not in self.unknown]
        wrong += [f"attempt {attempt} of {name} ran {count} times" for (name, attempt), count in ran.items() if count > 1]
        for name, job in self.accepted.items():
            if found.get(name) != ["complete"]:
                wrong.append(f"{name} ({job.kind}) was accepted and is in {found.get(name)}")
                continue
            made = sorted(int(attempt) for other, attempt in ran if other == name)
            if exact and made != job.attempts():
                wrong.append(f"{name} ({job.kind}) ran the attempts {made}, not {job.attempts()}")
            elif not made:
                wrong.append(f"{name} ({job.kind}) is complete and never ran")
            log = self.queue.read("complete", name)
            if fault == "torn" and name == victim:
                log = log[:-1]
            if (log != job.log()) if exact else not log.endswith(job.output):
                wrong.append(f"the log of {name} ({job.kind}) is not whole: {log[-200:]!r}")
        return wrong
