# SPDX-License-Identifier: Apache-2.0
"""Which jobs run when: the limit, changed while they run, and the order."""

import os

from harness import MountCase, eventually, main
from queue_under_test import PREFIX


class Limit(MountCase):
    settings = {**MountCase.settings, "max_job_count": 0}

    def holding(self, names):
        """Jobs that report their begin and end, and hold their slot until the gate lets them through."""
        path, open_gate = self.gate()
        for name in names:
            self.queue.submit(name, f"echo + >> trace; read x < {path}; echo - >> trace")
        return open_gate

    def wait_trace(self, begun, ended):
        self.queue.wait(lambda: len(self.queue.list("complete")) == ended, f"{ended} ended")
        self.wait_file("work/trace")
        eventually(lambda: self.counted() == (begun, ended), f"{begun} begun, {ended} ended")

    def counted(self):
        return self.get("work/trace").count(b"+"), self.get("work/trace").count(b"-")

    def most_at_once(self):
        running = most = 0
        for mark in self.get("work/trace").split():
            running += 1 if mark == b"+" else -1
            most = max(most, running)
        return most

    def test_up_and_down_while_jobs_run(self):
        names = [f"job{number}" for number in range(9)]
        open_gate = self.holding(names)
        self.queue.configure(max_job_count=2)
        self.wait_trace(2, 0)
        self.assertEqual(len(self.queue.list("active")), 2)
        self.queue.configure(max_job_count=5)
        self.wait_trace(5, 0)
        self.queue.configure(max_job_count=1)
        self.assertEqual(len(self.queue.list("active")), 5, "nothing is ended by it")
        for ended in (1, 2, 3, 4):
            open_gate()
            self.wait_trace(5, ended)
            self.assertEqual(len(self.queue.list("active")), 5 - ended)
        open_gate()
        self.wait_trace(6, 5)
        open_gate(4)
        self.queue.wait_idle()
        self.assertEqual(self.queue.list("complete"), names)
        self.assertEqual(self.most_at_once(), 5)

    def test_the_limit_is_never_exceeded(self):
        for number in range(60):
            self.queue.submit(f"job{number}", "echo + >> trace; sleep 0.01; echo - >> trace; test $FILED_ATTEMPT = 2")
        self.queue.configure(max_job_count=3, max_retries=1, backoff_base=0)
        self.queue.wait(lambda: len(self.queue.list("complete")) == 60, "all have run")
        self.assertEqual(self.get("work/trace").count(b"+"), 120)
        self.assertLessEqual(self.most_at_once(), 3)
        self.assertGreater(self.most_at_once(), 1)

    def test_none_starts_with_a_limit_of_0(self):
        self.queue.submit("job", "echo ran > ran")
        self.queue.submit("other", "echo ran > ran")
        os.unlink(self.queue.path("pending", "other"))
        self.assertEqual(self.queue.list("pending"), ["job"])
        self.queue.configure(max_job_count=1)
        self.queue.wait_in("complete", "job")


class Order(MountCase):
    settings = {**MountCase.settings, "max_job_count": 0}

    def order(self):
        self.queue.configure(max_job_count=1)
        self.queue.wait_idle()
        return self.get("work/order").decode().split()

    def submit(self, *names):
        for name in names:
            self.queue.submit(name, 'echo "$FILED_JOB" >> order')

    def test_first_in_first_out(self):
        names = [f"job{number * 7 % 40}" for number in range(40)]
        self.submit(*names)
        self.assertEqual(self.order(), names)

    def test_the_order_is_that_of_submission_and_not_of_creation(self):
        early = os.open(self.queue.path("pending", "early"), os.O_WRONLY | os.O_CREAT)
        self.submit("late")
        os.write(early, b'echo "$FILED_JOB" >> order')
        os.close(early)
        self.assertEqual(self.order(), ["late", "early"])

    def test_priority(self):
        self.submit("a", "b", "c", "d")
        self.works("setfattr", "-n", PREFIX + "priority", "-v", "5", self.queue.path("pending", "c"))
        self.works("setfattr", "-n", PREFIX + "priority", "-v", "-5", self.queue.path("pending", "a"))
        self.works("setfattr", "-n", PREFIX + "priority", "-v", "6", self.queue.path("pending", "d"))
        self.assertEqual(self.order(), ["d", "c", "b", "a"])

    def test_renaming_keeps_the_place(self):
        self.submit("a", "b", "c")
        os.rename(self.queue.path("pending", "a"), self.queue.path("pending", "z"))
        self.assertEqual(self.order(), ["z", "b", "c"])

    def test_run_again_comes_last(self):
        self.queue.configure(max_job_count=1)
        self.queue.submit("again", 'echo "$FILED_JOB" >> order')
        self.queue.wait_in("complete", "again")
        self.queue.configure(max_job_count=0)
        self.submit("a", "b")
        os.rename(self.queue.path("complete", "again"), self.queue.path("pending", "again"))
        self.assertEqual(self.order(), ["again", "a", "b", "again"])

    def test_a_waiting_job_holds_up_nobody(self):
        self.submit("a", "b", "c")
        os.utime(self.queue.path("pending", "a"), (4e9, 4e9))
        self.queue.configure(max_job_count=1)
        self.queue.wait_in("complete", "b", "c")
        self.assertEqual(self.queue.where("a"), ["pending"])

    def test_the_order_outlives_a_restart(self):
        names = [f"job{number * 7 % 20}" for number in range(20)]
        self.submit(*names)
        os.setxattr(self.queue.path("pending", names[7]), PREFIX + "priority", b"3")
        self.assertEqual(self.queue.stop(), 0)
        self.queue.start()
        self.assertEqual(self.order(), [names[7], *names[:7], *names[8:]])


if __name__ == "__main__":
    main()
