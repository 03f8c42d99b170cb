# SPDX-License-Identifier: Apache-2.0
"""queue-process --follow: jobs run as they arrive, however they arrive."""

import gzip
import os
import shutil
import signal
import subprocess
import unittest

from fspl_case import FsplCase, packet

MANY = 20000  # more than the kernel queues events for (16384 by default)


class Follow(FsplCase):
    def follow(self, *options, command=None, name="q"):
        """Started, and waiting for jobs: a marker job has run."""
        if not os.path.isdir(self.path(name)):
            self.make_queue(name=name)
        process = self.start("fspl", "-l", "debug", "queue-process", "-q", name, "--follow", *options,
                             *(command or ["cat"]), stdout="done", stderr="log")
        self.eventually(lambda: b"waiting for job" in self.read("log"), "it waits for jobs")
        return process

    def done(self):
        return self.read("done").split()

    def wait_done(self, *numbers):
        wanted = [b"%d" % n for n in numbers]
        self.eventually(lambda: len(self.done()) >= len(wanted), f"{numbers[:5]} ran")
        self.assertEqual(self.done(), wanted)

    def stop(self, process, by=signal.SIGTERM):
        process.send_signal(by)
        self.finish(process)
        self.assertEqual(process.returncode, 0, self.read("log"))

    def test_every_way_of_arriving(self):
        process = self.follow()
        jobs = self.path("q", "jobs")
        # In one step, as queue-write does.
        self.fspl("queue-write", "-q", "q", stdin=packet(1, b"1\n"))
        self.wait_done(1)
        # Copied under a name that is no job's, then renamed.
        with open(os.path.join(jobs, ".fspl-2.fspl.partial"), "wb") as out:
            out.write(packet(2, b"2\n"))
        os.rename(os.path.join(jobs, ".fspl-2.fspl.partial"), os.path.join(jobs, "fspl-2.fspl"))
        self.wait_done(1, 2)
        # Written slowly under its final name: it must not run before it is whole. The header alone is in place
        # while job 4 comes and goes behind the gap, so the half file was surely looked at.
        whole = packet(3, b"3\n" + b" " * 70000)
        with open(os.path.join(jobs, "fspl-3.fspl"), "wb") as out:
            out.write(whole[:40])
            out.flush()
            self.put(4)
            self.eventually(lambda: self.read("log").count(b"waiting for job 3") >= 2, "job 4 was noticed")
            self.assertEqual(self.done(), [b"1", b"2"])
            out.write(whole[40:])
        self.wait_done(1, 2, 3, 4)
        # By a further name of a file that exists.
        with open(self.path("five"), "wb") as out:
            out.write(packet(5, b"5\n"))
        os.link(self.path("five"), os.path.join(jobs, "fspl-5.fspl"))
        self.wait_done(1, 2, 3, 4, 5)
        # By a symbolic link.
        with open(self.path("six"), "wb") as out:
            out.write(packet(6, b"6\n"))
        os.symlink(self.path("six"), os.path.join(jobs, "fspl-6.fspl"))
        self.wait_done(1, 2, 3, 4, 5, 6)
        self.stop(process)
        self.assertEqual(self.next_number(), 7)
        self.assertEqual(os.listdir(jobs), [])

    def test_out_of_order_arrivals_run_in_order_and_the_gap_is_reported_once(self):
        process = self.follow()
        for number in (4, 2, 3):
            self.put(number)
        self.eventually(lambda: b"waits for job 1 since" in self.read("log"), "the gap is reported")
        self.put(1)
        self.wait_done(1, 2, 3, 4)
        self.stop(process)
        self.assertEqual(self.read("log").count(b"waits for job 1 since"), 1)

    def test_more_arrivals_than_the_kernel_can_report(self):
        process = self.follow(command=["sh", "--", "-c", 'read n; test $n = 1 || exec echo $n; '
                                       'while ! test -e all-there; do sleep 0.01; done; echo 1'])
        self.put(1)
        for number in range(MANY, 3, -1):  # while job 1 runs and nobody empties the event queue
            self.put(number, payload=b"")
        self.put(3)
        self.put(2)
        with open(self.path("all-there"), "wb"):
            pass
        self.eventually(lambda: len(self.done()) >= 3, "the first jobs ran")
        self.assertEqual(self.done()[:3], [b"1", b"2", b"3"])
        process.send_signal(signal.SIGTERM)
        self.finish(process)
        self.assertEqual(process.returncode, 0)

    def test_term_lets_the_job_finish_and_is_success(self):
        process = self.follow(command=[self.script("echo started >> trace\nwhile ! test -e go; do sleep 0.01; done\n"
                                                   "echo finished >> trace\n")])
        self.put(1)
        self.put(2)
        self.eventually(lambda: b"started" in self.read("trace"), "job 1 started")
        process.send_signal(signal.SIGTERM)
        with open(self.path("go"), "wb"):
            pass
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.read("trace"), b"started\nfinished\n")
        self.assertEqual(self.next_number(), 2)
        self.assertEqual(os.listdir(self.path("q", "jobs")), ["fspl-2.fspl"])

    def test_int_while_idle_ends_at_once(self):
        self.stop(self.follow(), by=signal.SIGINT)

    def test_idle_means_asleep(self):
        process = self.follow()
        def switches():
            with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
                return [line for line in file if "ctxt_switches" in line]
        def state():
            with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
                return file.read().rsplit(")", 1)[1].split()[0]
        self.eventually(lambda: state() == "S", "it sleeps")
        before = switches()
        # An idle second is what this is about; nothing depends on its exact length.
        with self.assertRaises(subprocess.TimeoutExpired):
            process.wait(1.0)
        self.assertEqual(switches(), before)
        self.put(1)  # and it is not just stopped
        self.wait_done(1)

    def test_a_removed_job_is_a_gap(self):
        # Job 1 runs while job 2, already known, is taken away.
        self.make_queue(1, 2, 3)
        process = self.start("fspl", "queue-process", "-q", "q", "--follow", "sh", "--", "-c",
                             "rm -f q/jobs/fspl-2.fspl; cat >> done", stderr="log")
        self.eventually(lambda: b"waits for job 2" in self.read("log"), "the gap is reported")
        self.assertEqual(self.done(), [b"1"])
        with open(self.path("q", "jobs", "tmp"), "wb") as out:
            out.write(packet(2, b"2\n"))
        os.rename(self.path("q", "jobs", "tmp"), self.path("q", "jobs", "fspl-2b.fspl"))
        self.wait_done(1, 2, 3)
        self.stop(process)

    def test_timestamp_order(self):
        process = self.follow("--order-by", "Timestamp")
        self.put(9)
        self.wait_done(9)
        self.put(2)
        self.wait_done(9, 2)
        self.stop(process)
        self.assertEqual(self.next_number(), 1)

    def test_kept_files_run_once(self):
        process = self.follow("--order-by", "Timestamp", "--never-delete")
        self.put(5)
        self.wait_done(5)
        self.put(6)
        self.wait_done(5, 6)
        self.stop(process)
        self.assertEqual(len(os.listdir(self.path("q", "jobs"))), 2)

    def test_maxjobs_ends_it(self):
        process = self.follow("-n", "2")
        for number in (1, 2, 3):
            self.put(number)
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.done(), [b"1", b"2"])

    def test_a_failing_job_stops_it(self):
        process = self.follow(command=["false"])
        self.put(1)
        self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(self.next_number(), 1)

    def test_a_decoder(self):
        process = self.follow("-d", "gzip -dc")
        with gzip.open(self.path("q", "jobs", "packing"), "wb") as out:
            out.write(packet(1, b"1\n"))
        os.rename(self.path("q", "jobs", "packing"), self.path("q", "jobs", "fspl-1.fspl"))
        self.wait_done(1)
        self.stop(process)

    def test_a_damaged_packet_steps_aside_and_the_copy_sent_again_runs(self):
        process = self.follow("--on-invalid", "quarantine")
        good = self.fspl("prepare", "-s", "seq", "-i", "-", "--digest", stdin=b"1\n").stdout
        self.fspl("queue-write", "-q", "q", stdin=good[:-1] + b"x")
        self.put(2)
        self.eventually(lambda: b"waits for a good copy" in self.read("log"), "the damaged one is put aside")
        self.fspl("queue-write", "-q", "q", stdin=good)
        self.wait_done(1, 2)
        self.stop(process)

    def test_duplicates_are_absorbed_as_they_arrive(self):
        process = self.follow("--on-duplicate", "absorb")
        self.put(2)
        self.eventually(lambda: b"waits for job 1" in self.read("log"), "job 2 is known")
        self.fspl("queue-write", "-q", "q", stdin=packet(2, b"2\n"))
        self.eventually(lambda: b"an identical copy" in self.read("log"), "the copy is removed")
        self.fspl("queue-write", "-q", "q", stdin=packet(2, b"other\n"))
        self.eventually(lambda: b"but other content" in self.read("log"), "the other one is put aside")
        self.put(1)
        self.wait_done(1, 2)
        self.stop(process)

    def test_duplicates_stop_it_by_default(self):
        process = self.follow()
        self.put(2)
        self.eventually(lambda: b"waits for job 1" in self.read("log"), "job 2 is known")
        self.fspl("queue-write", "-q", "q", stdin=packet(2, b"2\n"))
        self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn(b"sequence number 2 stands in two files", self.read("log"))

    def test_a_queue_that_is_removed_ends_it(self):
        process = self.follow()
        shutil.rmtree(self.path("q"))
        self.finish(process)
        self.assertEqual(process.returncode, 1)

    def test_rescan_finds_what_the_kernel_does_not_report(self):
        # A user namespace in which nobody may have an inotify instance.
        blind = ["unshare", "-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_inotify_instances || exit 77; exec "$@"', "sh"]
        if subprocess.run([*blind, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            self.skipTest("no user namespaces here")
        self.make_queue()
        process = self.start(*blind, "fspl", "-l", "debug", "queue-process", "-q", "q", "--follow", "--rescan", "0.02",
                             "sh", "--", "-c", "cat >> done", stderr="log")
        self.eventually(lambda: self.read("log").count(b"waiting for job") >= 3, "it looks again and again")
        self.put(2)
        self.put(1)
        self.wait_done(1, 2)
        self.stop(process)


if __name__ == "__main__":
    unittest.main()
