# SPDX-License-Identifier: Apache-2.0
"""--ro, --rof, --rw, --rwf: a job reads and writes what it was given and nothing else; where the kernel can't do that,
filed says so and does not start."""

import ctypes
import os
import shutil
import subprocess
import unittest

import leftovers
from harness import FiledCase, NeverHappened, main, needs_root

SYSTEM = [path for path in ("/usr", "/bin", "/lib", "/lib64", "/etc") if os.path.isdir(path)]


def landlock_version():
    return ctypes.CDLL(None, use_errno=True).syscall(444, None, ctypes.c_size_t(0), 1)


HAS_LANDLOCK = landlock_version() >= 3


class SandboxCase(FiledCase):
    def setUp(self):
        for name in ("read", "write", "secret", "mnt"):
            os.mkdir(self.file(name))
        for name in ("read/file", "write/file", "secret/file", "one", "two", "three"):
            self.put(name, f"content of {name}\n")

    def rules(self, dashes="--"):
        options = [word for path in SYSTEM for word in (dashes + "ro", path)]
        return [*options, dashes + "ro", self.file("read"), dashes + "rw", self.file("write"),
                dashes + "rof", self.file("one"), dashes + "rwf", self.file("two")]

    def sandboxed(self, *more, dashes="--"):
        queue = self.mount(*self.rules(dashes), *more)
        queue.configure(directory=self.file("write"), max_retries=0, stop_grace=0.5)
        self.queue = queue
        return queue

    def does(self, script, name="job"):
        """What the script says; it must end with 0."""
        self.queue.submit(name, script)
        self.queue.wait_in("complete", name)
        return self.queue.log(name).decode().split("\n", 1)[1]

    def cannot(self, command, name):
        self.queue.submit(name, f"if {command}; then echo could; else echo could not; fi 2> /dev/null")
        self.queue.wait_in("complete", name)
        self.assertTrue(self.queue.log(name).endswith(b"\ncould not\n"), f"{command}: {self.queue.log(name)}")


@unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock, or it is turned off")
class Sandbox(SandboxCase):
    def test_what_was_given(self):
        for dashes in ("-", "--"):
            with self.subTest(dashes=dashes):
                queue = self.sandboxed(dashes=dashes)
                self.assertEqual(self.does(f"cat {self.file('read/file')} {self.file('one')} {self.file('two')}", "a"),
                                 "content of read/file\ncontent of one\ncontent of two\n")
                self.does(f"echo new > {self.file('two')}; echo new > {self.file('write/new')}; mkdir made; mv new made;"
                          " rm -r made; ln -s x link; rm link; ls / > /dev/null || true", "b")
                self.assertEqual(self.get("two"), b"new\n")
                self.assertIn("hello", self.does("#!/bin/sh\necho hello | tr a-z a-z\n", "c"))
                self.put("two", "content of two\n")
                self.assertEqual(queue.stop(), 0)
                shutil.rmtree(self.file("state"))

    def test_nothing_else(self):
        queue = self.sandboxed()
        secret, one, home = self.file("secret/file"), self.file("one"), self.file("read/file")
        commands = [f"cat {secret}", f"ls {self.file('secret')}", f"cat {self.file('three')}", f"cat {queue.state}",
                    f"ls {queue.state}.d", f"cat {queue.state}.d/lock", f"cat {queue.state}.d/slots/*",
                    f"cat {queue.log_path}", f"echo x > {one}", f"echo x >> {home}", f"echo x > {self.file('read/new')}",
                    f"rm {home}", f"mv {home} {self.file('write')}", f"ln {home} {self.file('write/link')}",
                    f"ln {secret} {self.file('write/link')}", f"echo x > {self.file('new')}", f"mkdir {self.file('dir')}",
                    f"truncate -s 0 {one}", "cat /proc/1/environ", "ls /proc", "ls /home", "ls /tmp", "ls /root",
                    f"ln -s {secret} sym && cat sym", f"cat {self.file('read')}/../secret/file",
                    f"kill -0 {queue.process.pid}", f"cat /proc/{queue.process.pid}/mem", "cat /dev/mem", "ls /sys",
                    f"sh -c 'cat {secret}'", f"setsid cat {secret}"]
        for number, command in enumerate(commands):
            with self.subTest(command=command):
                self.cannot(command, f"job{number}")
        self.assertEqual(self.get("one") + self.get("read/file"), b"content of one\ncontent of read/file\n")

    def test_the_mount_itself_is_closed_to_jobs(self):
        queue = self.sandboxed()
        self.cannot('printf "echo x" > "$FILED_QUEUE/pending/child"', "job")
        self.cannot('cat "$FILED_QUEUE/config.json"', "other")
        self.assertEqual(queue.list("pending"), [])

    def test_logs_descriptors_and_retries_work(self):
        queue = self.sandboxed()
        queue.configure(max_retries=1, backoff_base=0)
        queue.submit("job", "printf %09000d 0; echo err >&2; test $FILED_ATTEMPT = 2")
        queue.wait_in("complete", "job")
        self.assertEqual(queue.log("job").count(b"0" * 9000 + b"err\n"), 2)
        queue.submit("dev", "echo out > /dev/null; cat < /dev/null; for f in /proc/self/fd/*; do :; done; echo end")
        queue.wait_in("complete", "dev")

    def test_no_new_privileges(self):
        self.sandboxed("--ro", "/proc")
        self.assertIn("NoNewPrivs:\t1\n", self.does("grep NoNewPrivs /proc/self/status"))

    def test_it_goes_on_after_kills_and_stops_in_order(self):
        queue = self.sandboxed()
        self.does("true", "a")
        queue.kill()
        queue.start()
        self.cannot(f"cat {self.file('secret/file')}", "b")
        for slot in queue.slots():
            os.kill(slot, 9)
        self.cannot(f"cat {self.file('secret/file')}", "c")
        queue.configure(environment={"A": "b"})
        self.cannot(f"cat {self.file('secret/file')}", "d")
        self.assertEqual(queue.stop(), 0)
        self.assertEqual(leftovers.mounts_below(self.directory), [])

    def test_one_option_is_enough(self):
        self.queue = self.mount("--rw", self.file("write"))
        self.queue.configure(directory=self.file("write"), max_retries=0)
        self.assertEqual(self.does("read line < file; echo \"$line\""), "content of write/file\n")
        self.cannot(f"read line < {self.file('one')}", "other")

    def test_the_daemon_is_confined_too(self):
        queue = self.sandboxed()
        queue.configure(directory=self.file("secret"))
        queue.submit("job", "cat file")
        queue.wait(lambda: queue.where("job")[0] in ("failed", "complete"), "it has ended")
        self.assertNotIn(b"content of", queue.log("job"))

    @needs_root
    def test_with_run_as_submitter(self):
        self.sandboxed("--run-as", "submitter")
        self.cannot(f"cat {self.file('secret/file')}", "job")


class Refusals(SandboxCase):
    def refuses(self, *options, saying, wrapper=()):
        queue = self.queue_of(*options, wrapper=wrapper)
        with self.assertRaises(NeverHappened):
            queue.start()
        self.assertEqual(queue.process.wait(20), 1)
        self.assertIn(saying, queue.words())
        self.assertEqual(leftovers.mounts_below(self.directory), [])
        queue.process = None

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock, or it is turned off")
    def test_a_path_that_is_not_there(self):
        self.refuses("--ro", self.file("nowhere"), saying="nowhere")

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock, or it is turned off")
    def test_a_file_where_a_directory_is_asked_for(self):
        self.refuses("--ro", self.file("one"), saying="one")
        self.refuses("--rof", self.file("read"), saying="read")

    @unittest.skipUnless(HAS_LANDLOCK and shutil.which("strace"), "strace is not installed")
    def test_a_kernel_without_landlock(self):
        for error in ("ENOSYS", "EOPNOTSUPP"):
            strace = ["strace", "-f", "-o", self.file("trace"), "-e", "trace=landlock_create_ruleset",
                      "-e", "inject=landlock_create_ruleset:error=" + error, "--"]
            if subprocess.run([*strace, "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
                self.skipTest("strace can't trace here")
            self.refuses(*self.rules(), saying="Landlock", wrapper=strace)

    def test_this_kernel(self):
        if HAS_LANDLOCK:
            self.sandboxed()
        else:
            self.refuses(*self.rules(), saying="Landlock")


if __name__ == "__main__":
    main()
