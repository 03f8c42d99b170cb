# SPDX-License-Identifier: Apache-2.0
"""Ending a job ends everything it started: at its time-out, or when fspl is told to stop."""

import os
import signal
import unittest

from fspl_case import FsplCase, is_alive, packet

# Leaves a child, a grandchild, and one in a session of its own, and waits.
FAMILY = """
echo $$ >> pids
sh -c 'echo $$ >> pids; sleep 1000 & echo $! >> pids; wait' &
setsid sh -c 'echo $$ >> pids; exec sleep 1000' &
while test "$(wc -l < pids)" -lt 4; do sleep 0.01; done
touch ready
wait
"""


class Stopping(FsplCase):
    def family(self):
        pids = [int(pid) for pid in self.read("pids").split()]
        self.assertEqual(len(pids), 4)
        return pids

    def assert_all_ended(self):
        for pid in self.family():
            self.eventually(lambda pid=pid: not is_alive(pid), f"process {pid} ended")

    def start_family(self, *command, **options):
        self.script(FAMILY)
        process = self.start("fspl", *command, "./job", **options)
        self.eventually(lambda: os.path.exists(self.path("ready")), "the family stands")
        return process

    def test_time_out_ends_the_whole_tree(self):
        self.make_queue(1)
        process = self.start_family("queue-process", "-q", "q", "--timeout", "2")
        _, err = self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"job 1", err)
        self.assert_all_ended()
        self.assertEqual(self.next_number(), 1)

    def test_time_out_in_stdin_process(self):
        with open(self.path("p"), "wb") as out:
            out.write(packet(1))
        with open(self.path("p"), "rb") as stdin:
            process = self.start_family("stdin-process", "--timeout", "2", stdin=stdin)
        self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assert_all_ended()

    def test_a_time_out_that_is_not_reached_does_nothing(self):
        self.make_queue(1)
        result = self.fspl("queue-process", "-q", "q", "--timeout", "18446744073709551615", "cat")
        self.assertEqual(result.stdout, b"1\n")

    def test_on_error_decides_after_a_time_out(self):
        self.make_queue(1, 2)
        result = self.fspl("queue-process", "-q", "q", "--timeout", "1", "--on-error", "Delete", "sh", "--", "-c",
                           "test $FSPL_SEQ = 1 && exec sleep 1000; cat")
        self.assertEqual(result.stdout, b"2\n")
        self.assertEqual(self.next_number(), 3)

    def test_stop_signal_lets_the_job_tidy_up(self):
        self.make_queue(1)
        self.script("trap 'echo tidied; exit 0' TERM\necho ready\nwhile :; do sleep 0.01; done\n")
        result = self.fspl("queue-process", "-q", "q", "--timeout", "1", "--stop-signal", "TERM", "--grace", "30",
                           "./job", status=1)
        self.assertEqual(result.stdout, b"ready\ntidied\n")

    def test_after_the_grace_nothing_is_left(self):
        self.make_queue(1)
        self.script("trap '' TERM INT\necho $$ > pid\nwhile :; do sleep 0.01; done\n")
        self.fspl("queue-process", "-q", "q", "--timeout", "1", "--stop-signal", "int", "--grace", "0.1", "./job",
                  status=1)
        self.assertFalse(is_alive(int(self.read("pid"))))

    def stopped_by(self, by):
        with self.subTest(signal=by.name):
            self.make_queue(1, 2, name=by.name)
            for left in ("pids", "ready"):
                if os.path.exists(self.path(left)):
                    os.unlink(self.path(left))
            process = self.start_family("queue-process", "-q", by.name)
            process.send_signal(by)
            self.finish(process)
            self.assertEqual(process.returncode, -by, "it dies by that signal")
            self.assert_all_ended()
            self.assertEqual(self.next_number(name=by.name), 1)
            self.assertEqual(len(os.listdir(self.path(by.name, "jobs"))), 2)

    def test_told_to_stop_it_ends_the_job_and_does_not_count_it(self):
        for by in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.stopped_by(by)

    def test_stdin_process_told_to_stop(self):
        with open(self.path("p"), "wb") as out:
            out.write(packet(1))
        with open(self.path("p"), "rb") as stdin:
            process = self.start_family("stdin-process", stdin=stdin)
        process.send_signal(signal.SIGTERM)
        self.finish(process)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assert_all_ended()

    def test_told_to_stop_between_two_attempts(self):
        self.make_queue(1)
        process = self.start("fspl", "queue-process", "-q", "q", "--retries", "5", "--backoff-base", "1000", "false",
                             stderr="log")
        self.eventually(lambda: b"trying again" in self.read("log"), "the first attempt failed")
        process.send_signal(signal.SIGTERM)
        self.finish(process)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertEqual(self.next_number(), 1)

    def test_following_a_second_signal_ends_the_job(self):
        self.make_queue(1)
        process = self.start_family("queue-process", "-q", "q", "--follow")
        process.send_signal(signal.SIGTERM)
        self.eventually(lambda: not self.pending(process.pid, signal.SIGTERM), "the first is taken")
        process.send_signal(signal.SIGTERM)
        self.finish(process)
        self.assert_all_ended()
        self.assertEqual(self.next_number(), 1)

    @staticmethod
    def pending(pid, number):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd"))]
        return any(mask >> (number - 1) & 1 for mask in masks)

    def test_killed_outright_the_lock_is_free_and_the_job_runs_again(self):
        self.make_queue(1)
        process = self.start_family("queue-process", "-q", "q")
        process.kill()
        process.wait()
        for pid in self.family():
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(self.fspl("queue-process", "-q", "q", "cat").stdout, b"1\n")

    def test_background_processes_of_a_finished_job_live_on(self):
        self.make_queue(1)
        self.script("sleep 1000 > /dev/null 2>&1 & echo $! > pid\n")
        self.fspl("queue-process", "-q", "q", "./job")
        pid = int(self.read("pid"))
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.assertTrue(is_alive(pid))


if __name__ == "__main__":
    unittest.main()
