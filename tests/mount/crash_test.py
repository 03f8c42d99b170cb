# SPDX-License-Identifier: Apache-2.0
"""filed killed outright, at any moment: nothing that was accepted is lost, nothing runs twice, and logs are whole.

BOBBIN_ROUNDS is the number of kills under load (5); the long form has 50. BOBBIN_SEED repeats a run."""

import os
import signal
import subprocess
import sys
import time
import unittest

from harness import IS_ROOT, IS_SANITIZED, MountCase, eventually, leftovers, main
from ledger import Ledger
from queue_under_test import is_dead_mount

ROUNDS = int(os.environ.get("BOBBIN_ROUNDS", "5"))
SEED = int(os.environ.get("BOBBIN_SEED", str(time.time_ns() % 1_000_000)))


class UnderLoad(MountCase):
    seconds = (60 + 12 * ROUNDS) * (3 if IS_SANITIZED else 1)
    settings = {"max_retries": 3, "max_job_count": 4, "backoff_base": 0.02, "stop_grace": 0.5}

    def setUp(self):
        super().setUp()
        self.put("work/effects", "")
        self.ledger = Ledger(self.queue, self.file("work/effects"), SEED)
        self.kills = 0

    def rounds(self, kill, count):
        self.ledger.start_writers(3)
        try:
            for _ in range(count):
                time.sleep(self.ledger.random.uniform(0.02, 0.6))  # the moment of the kill; nothing is waited for
                kill()
                self.kills += 1
            eventually(lambda: len(self.ledger.accepted) > 5, "enough jobs are accepted")
        finally:
            self.ledger.stop_writers()
        self.ledger.wait_until_done()

    def kill_and_start(self):
        self.queue.kill()
        self.queue.start()

    def kill_a_slot(self):
        slots = self.queue.slots()
        if slots:
            os.kill(self.ledger.random.choice(slots), signal.SIGKILL)

    def settled(self, exact):
        wrong = self.ledger.settle(exact)
        print(f"seed {SEED}: {self.kills} kills, {len(self.ledger.accepted)} jobs accepted, "
              f"{len(self.ledger.unknown)} submissions cut short, {len(wrong)} complaints", file=sys.stderr)
        self.assertEqual(wrong, [], f"BOBBIN_SEED={SEED} BOBBIN_ROUNDS={ROUNDS}")

    def test_the_daemon_is_killed(self):
        self.rounds(self.kill_and_start, ROUNDS)
        self.settled(exact=True)

    def test_slots_are_killed(self):
        self.rounds(self.kill_a_slot, 2 * ROUNDS)
        self.settled(exact=False)

    def test_both_are_killed(self):
        def kill_both():
            slots = self.queue.slots()
            self.queue.process.send_signal(signal.SIGSTOP)
            for slot in slots:
                os.kill(slot, signal.SIGKILL)
            self.kill_and_start()
        self.rounds(kill_both, max(1, ROUNDS // 2))
        self.settled(exact=False)

    def test_it_is_stopped_and_started_in_order(self):
        def restart():
            self.assertEqual(self.queue.stop(), 0)
            self.queue.start()
        self.rounds(restart, max(1, ROUNDS // 2))
        self.settled(exact=False)


class DaemonKilled(MountCase):
    def running(self, script="echo end", name="job"):
        """A job that waits at a gate while filed is killed. Opens the gate."""
        path, open_gate = self.gate(name + ".gate")
        self.queue.submit(name, f"echo run >> runs; echo begin; read x < {path}; {script}")
        self.queue.wait_log(name, "\nbegin\n")
        self.queue.kill()
        return open_gate

    def ran_once(self, state, last_line, name="job"):
        self.queue.wait_in(state, name)
        self.assertEqual(self.get("work/runs"), b"run\n")
        log = self.queue.log(name)
        self.assertTrue(log.startswith(b">>> echo run") and log.endswith(last_line), log)
        self.assertEqual(log.count(b"\nbegin\n"), 1)
        self.assertEqual(self.queue.attribute(state, name, "attempt"), "1")

    def test_a_job_that_ends_meanwhile(self):
        open_gate = self.running("echo end; touch ended")
        open_gate()
        self.wait_file("work/ended")
        self.queue.start()
        self.ran_once("complete", b"\nbegin\nend\n")

    def test_a_job_that_fails_meanwhile(self):
        open_gate = self.running("touch ended; exit 9")
        open_gate()
        self.wait_file("work/ended")
        self.queue.start()
        self.ran_once("failed", b"\n\n[System Error]: exit status 9\n")

    def test_a_job_that_ends_after_the_restart(self):
        open_gate = self.running()
        self.queue.start()
        self.assertEqual(self.queue.where("job"), ["active"])
        self.assertTrue(self.queue.log("job").endswith(b"\nbegin\n"))
        open_gate()
        self.ran_once("complete", b"\nbegin\nend\n")

    def test_a_job_that_ends_after_two_restarts(self):
        open_gate = self.running("head -c 9000 /dev/zero; echo end")
        self.queue.start()
        self.queue.kill()
        self.queue.start()
        open_gate()
        self.ran_once("complete", b"\0end\n")

    def test_removing_it_after_the_restart(self):
        path, _ = self.gate("never")
        self.queue.submit("job", f"setsid sh -c 'echo $$ >> pids; read x < {path}' & echo $$ >> pids; echo begin; wait")
        self.queue.wait_log("job", "\nbegin\n")
        eventually(lambda: self.get("work/pids").count(b"\n") == 2, "both processes")
        self.queue.kill()
        self.queue.start()
        os.unlink(self.queue.path("active", "job"))
        for pid in map(int, self.get("work/pids").split()):
            eventually(lambda pid=pid: not leftovers.is_alive(pid), f"process {pid} ended")

    def test_a_time_out_holds_without_the_daemon(self):
        self.queue.configure(timeout=1.5)
        self.running()
        self.queue.start()
        self.ran_once("failed", b"[System Error]: timeout after 1.5s\n")

    def test_the_limit_counts_jobs_of_before(self):
        self.queue.configure(max_job_count=1)
        open_gate = self.running()
        self.queue.start()
        self.queue.submit("next", "true")
        self.assertEqual((self.queue.where("job"), self.queue.where("next")), (["active"], ["pending"]))
        open_gate()
        self.queue.wait_in("complete", "job", "next")

    def test_stopping_in_order_after_the_restart(self):
        self.running()
        self.queue.start()
        self.assertEqual(self.queue.stop(), 0)
        self.assertEqual(leftovers.wait_until_none(self.directory, 5), {})
        self.queue.start()
        self.queue.wait(lambda: self.get("work/runs") == b"run\nrun\n", "what was cut short runs again")

    def test_a_dead_mount_is_cleaned_up(self):
        self.place("complete")
        self.queue.kill()
        self.assertTrue(is_dead_mount(self.queue.mountpoint))
        self.queue.start()
        self.assertEqual(self.queue.list("complete"), ["job"])
        self.assertEqual(leftovers.mounts_below(self.directory), [self.queue.mountpoint])

    def test_waiting_jobs_and_back_off_are_kept(self):
        self.queue.configure(max_retries=1, backoff_base=2)
        self.place("pending", "waits")
        self.queue.submit("job", "echo $FILED_ATTEMPT $(date +%s.%N) >> times; test $FILED_ATTEMPT = 2")
        self.queue.wait_attempt("job", 1)
        self.queue.kill()
        self.queue.start()
        self.assertEqual(self.queue.list("pending"), ["job", "waits"])
        self.queue.wait_in("complete", "job")
        first, second = [line.split() for line in self.get("work/times").splitlines()]
        self.assertEqual((first[0], second[0]), (b"1", b"2"))
        self.assertGreaterEqual(float(second[1]) - float(first[1]), 1.98)

    def test_an_unfinished_submission_waits(self):
        file = os.open(self.queue.path("pending", "job"), os.O_WRONLY | os.O_CREAT)
        os.write(file, b"echo half")
        self.queue.kill()
        with self.assertRaises(OSError):
            os.write(file, b" more")
        try:
            os.close(file)
        except OSError:
            pass
        self.queue.start()
        self.queue.submit("after", "true")
        self.queue.wait_in("complete", "after")
        self.assertNotIn(self.queue.where("job"), (["complete"], ["failed"], ["active"]))


class SlotKilled(MountCase):
    def test_lost_its_tree_is_gone_and_it_is_retried(self):
        self.queue.configure(max_retries=0)
        self.queue.submit("job", "if test $FILED_ATTEMPT = 1; then echo $$ >> pids; setsid sleep 1000 & echo $! >> pids;"
                                 " touch ready; sleep 1000 & wait; fi; echo end")
        self.wait_file("work/ready")
        for slot in self.queue.slots():
            os.kill(slot, signal.SIGKILL)
        self.queue.wait_in("complete", "job")
        for pid in map(int, self.get("work/pids").split()):
            eventually(lambda pid=pid: not leftovers.is_alive(pid), f"process {pid} ended")
        self.assertTrue(self.queue.log("job").endswith(b"end\n"))
        self.assertIn(b"[System Error]: lost", self.queue.log("job"))
        ends = [event.get("end") for event in self.queue.events.parsed("job") if event.get("end")]
        self.assertEqual(len(ends), 2)
        self.assertIn("lost", ends[0])

    def test_losses_do_not_use_up_retries(self):
        self.queue.configure(max_retries=1, backoff_base=0.01)
        self.queue.submit("job", "echo $FILED_ATTEMPT >> runs; test $FILED_ATTEMPT -ge 4 && exit 5; exec sleep 1000")
        for attempt in (1, 2, 3):
            self.wait_file("work/runs", b"%d\n" % attempt)
            for slot in self.queue.slots():
                os.kill(slot, signal.SIGKILL)
        self.queue.wait_in("failed", "job")
        self.assertEqual(self.get("work/runs"), b"1\n2\n3\n4\n5\n", "three losses, a failure and a retry")

    def test_an_idle_slot_is_replaced(self):
        self.queue.submit("first", "true")
        self.queue.wait_in("complete", "first")
        for slot in self.queue.slots():
            os.kill(slot, signal.SIGKILL)
        self.queue.submit("second", "true")
        self.queue.wait_in("complete", "second")
        self.assertEqual(self.queue.attribute("complete", "second", "attempt"), "1")

    def test_both_are_killed(self):
        self.queue.submit("job", "echo $$ >> pids; test $FILED_ATTEMPT = 2 || { setsid sleep 1000 & wait; }; echo end")
        first = int(self.wait_file("work/pids", b"\n"))
        slots = self.queue.slots()
        self.queue.kill()
        for slot in slots:
            os.kill(slot, signal.SIGKILL)
        self.queue.start()
        self.queue.wait_in("complete", "job")
        eventually(lambda: not leftovers.is_alive(first), f"process {first} ended")


class Draining(MountCase):
    def test_a_job_may_tidy_up_and_is_run_again(self):
        self.queue.configure(stop_grace=30, max_job_count=1)
        self.queue.submit("job", "echo run >> runs; test $FILED_ATTEMPT = 2 && exit; trap 'echo tidied > tidied; exit 1' TERM;"
                                 "touch ready; while :; do sleep 0.01; done")
        self.queue.submit("next", "echo ran > next")
        self.wait_file("work/ready")
        self.assertEqual(self.queue.stop(), 0)
        self.assertEqual(self.get("work/tidied"), b"tidied\n")
        self.assertFalse(os.path.exists(self.file("work/next")), "no new starts")
        self.assertEqual(leftovers.mounts_below(self.directory), [])
        self.assertEqual(leftovers.wait_until_none(self.directory, 2), {})
        self.queue.start()
        self.queue.wait_in("complete", "job", "next")
        self.assertEqual(self.get("work/runs"), b"run\nrun\n")

    def test_after_the_grace_it_is_killed(self):
        self.queue.configure(stop_grace=0.3)
        self.queue.submit("job", "trap '' TERM; setsid sh -c 'trap \"\" TERM; touch ready; while :; do sleep 0.01; done'")
        self.wait_file("work/ready")
        begun = time.monotonic()
        self.assertEqual(self.queue.stop(), 0)
        self.assertTrue(0.25 <= time.monotonic() - begun < 10)
        self.assertEqual(leftovers.wait_until_none(self.directory, 2), {})

    def test_every_stop_signal(self):
        for by in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            with self.subTest(signal=by.name):
                self.assertEqual(self.queue.stop(by), 0)
                self.assertEqual(leftovers.mounts_below(self.directory), [])
                self.queue.start()

    def test_unmounting_ends_it(self):
        q = self.queue
        self.assertEqual(q.stop(), 0)
        q.lets_us_in = False  # no file of it is open
        q.start()
        q.submit("job", "touch begun; exec sleep 1000")
        self.wait_file("work/begun")
        subprocess.run([*(["umount"] if IS_ROOT else ["fusermount3", "-u"]), q.mountpoint], check=True)
        self.assertEqual(q.process.wait(20), 0)
        self.assertEqual(leftovers.wait_until_none(self.directory, 2), {})

    def test_waiting_readers_of_events_are_let_go(self):
        with open(self.queue.path("events"), "rb") as reader:
            self.assertEqual(self.queue.stop(), 0)
            try:
                self.assertEqual(reader.read(), b"")
            except OSError:
                pass
        self.assertEqual(leftovers.mounts_below(self.directory), [])


if __name__ == "__main__":
    if "--rounds" in sys.argv:
        at = sys.argv.index("--rounds")
        os.environ["BOBBIN_ROUNDS"] = sys.argv[at + 1]
        ROUNDS = int(sys.argv[at + 1])
        UnderLoad.seconds = 60 + 12 * ROUNDS
        del sys.argv[at:at + 2]
    main()
