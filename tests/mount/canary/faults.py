# SPDX-License-Identifier: Apache-2.0
"""Tests that must fail, each because of one planted fault, and after which nothing may be left. harness_test.py runs them."""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from harness import FiledCase, MountCase, main  # noqa: E402

STUBBORN = "trap '' TERM; setsid sh -c 'trap \"\" TERM; touch ready; while :; do sleep 0.05; done'"


class Planted(MountCase):
    def setUp(self):
        super().setUp()
        print(f"directory: {self.directory}", flush=True)

    def test_fails_with_all_at_work(self):
        self.queue.configure(stop_grace=1)
        self.queue.submit("job", STUBBORN)
        self.wait_file("work/ready")
        self.fail("planted")

    def test_fails_with_a_dead_mount(self):
        self.queue.submit("job", STUBBORN)
        self.wait_file("work/ready")
        self.queue.kill()
        self.fail("planted")

    def test_an_error_is_a_failure_too(self):
        raise RuntimeError("planted")


class Hanging(MountCase):
    seconds = 3

    def test_filed_does_not_answer(self):
        print(f"directory: {self.directory}", flush=True)
        self.queue.process.send_signal(signal.SIGSTOP)
        os.listdir(self.queue.path("pending"))


class Wrapped(FiledCase):
    """A filed with a fault, made by a shell around the real one."""

    def mounted_in(self, script):
        print(f"directory: {self.directory}", flush=True)
        queue = self.mount(wrapper=["sh", "-c", script, "sh"])
        queue.submit("job", "true")
        queue.wait_in("complete", "job")

    def test_its_log_smells(self):
        self.mounted_in('echo "==1==ERROR: AddressSanitizer: planted" >&2; exec "$@"')

    def test_it_ends_with_a_wrong_status(self):
        self.mounted_in('trap "kill \\$pid" TERM; "$@" & pid=$!; wait; wait; exit 3')

    def test_it_leaves_a_process(self):
        self.mounted_in('setsid sleep 1000 & exec "$@"')

    def test_it_never_gets_ready(self):
        self.mounted_in("exit 1")


if __name__ == "__main__":
    main()
