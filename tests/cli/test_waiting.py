# SPDX-License-Identifier: Apache-2.0
"""--wait: waiting for a lock instead of failing."""

import fcntl
import os
import unittest

from fspl_case import FsplCase


class Waiting(FsplCase):
    def setUp(self):
        super().setUp()
        self.make_queue(1)
        self.fspl("prepare-get-next", "-s", "seq")

    def is_waiting(self, process):
        """Whether it hangs in flock(2): /proc/locks shows waiters with an arrow."""
        with open("/proc/locks", encoding="utf-8") as file:
            return any("->" in line and f" {process.pid} " in line for line in file)

    def test_every_command_with_a_lock_waits_then_goes_on(self):
        for lock, command in (("q/nextseq.lock", ["queue-get-next", "-q", "q"]),
                              ("q/nextseq.lock", ["queue-set-next", "-q", "q", "1"]),
                              ("q/nextseq.lock", ["queue-gc", "-q", "q"]),
                              ("q/nextseq.lock", ["queue-process", "-q", "q", "true"]),
                              ("seq.lock", ["prepare", "-s", "seq"]),
                              ("seq.lock", ["prepare-nop", "-s", "seq"]),
                              ("seq.lock", ["prepare-fail", "-s", "seq"]),
                              ("seq.lock", ["prepare-get-next", "-s", "seq"]),
                              ("seq.lock", ["prepare-set-next", "-s", "seq", "7"])):
            with self.subTest(command=command[0]):
                with open(self.path(lock), "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    refused = self.fspl(*command, status=1)
                    self.assertIn(f"is locked by process {os.getpid()} (".encode(), refused.stderr)
                    process = self.start("fspl", command[0], "--wait", *command[1:])
                    self.eventually(lambda p=process: self.is_waiting(p), "it waits")
                self.finish(process)
                self.assertEqual(process.returncode, 0)

    def test_many_senders_get_numbers_without_gaps(self):
        senders = [self.start("fspl", "prepare", "-s", "seq", "--wait", "-q", "q") for _ in range(20)]
        for sender in senders:
            self.finish(sender)
            self.assertEqual(sender.returncode, 0)
        self.assertEqual(self.read("seq"), b"21\n")

    def test_it_waits_for_a_running_processor_and_then_runs_what_is_left(self):
        first = self.start("fspl", "queue-process", "-q", "q", self.script("touch up; while ! test -e go; do sleep 0.01; done\n"))
        self.eventually(lambda: os.path.exists(self.path("up")), "the first runs")
        second = self.start("fspl", "queue-process", "--wait", "-q", "q", "cat")
        self.eventually(lambda: self.is_waiting(second), "the second waits")
        self.put(2)
        with open(self.path("go"), "wb"):
            pass
        self.finish(first)
        out, _ = self.finish(second)
        self.assertEqual(out, b"2\n")

    def test_told_to_stop_while_it_waits(self):
        with open(self.path("q", "nextseq.lock"), "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            process = self.start("fspl", "queue-process", "--wait", "-q", "q", "true")
            self.eventually(lambda: self.is_waiting(process), "it waits")
            process.terminate()
            self.finish(process)
            self.assertEqual(process.returncode, -15)


if __name__ == "__main__":
    unittest.main()
