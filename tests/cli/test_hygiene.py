# SPDX-License-Identifier: Apache-2.0
"""What fspl must not do: hand its files to others, believe a packet's claims, look at what is being written."""

import os
import resource
import subprocess
import unittest

from fspl_case import IS_SANITIZED, FsplCase, framed, packet

SHOW_DESCRIPTORS = "ls /proc/self/fd"  # ls itself has one more open: the directory
STANDARD = ["0", "1", "2", "3"]


class Descriptors(FsplCase):
    def assert_only_standard(self, *names):
        for name in names:
            self.assertEqual(self.read(name).decode().split(), STANDARD, name)

    def test_commands_decoders_and_verifiers_get_no_others(self):
        self.make_queue(1, 2)
        self.fspl("queue-process", "-q", "q", "--verify", SHOW_DESCRIPTORS + " > verifier",
                  "-d", SHOW_DESCRIPTORS + " > decoder; cat", "--require-decoder-success",
                  "sh", "--", "-c", SHOW_DESCRIPTORS + " > command")
        self.assert_only_standard("verifier", "decoder", "command")

    def test_without_a_decoder_following(self):
        self.make_queue(1, 2)
        self.fspl("queue-process", "-q", "q", "--follow", "-n", "2", "--output-to", "SaveBoth", "--never-delete",
                  "sh", "--", "-c", SHOW_DESCRIPTORS)
        self.assert_only_standard("q/jobs/fspl-1.fspl.out", "q/jobs/fspl-2.fspl.out")

    def test_stdin_process(self):
        result = self.fspl("stdin-process", "sh", "--", "-c", SHOW_DESCRIPTORS, stdin=packet(1, b"x"))
        self.assertEqual(result.stdout.decode().split(), STANDARD)

    def test_ignored_signals_and_masks_are_not_handed_on(self):
        self.make_queue(1)
        show = "grep -E '^Sig(Blk|Ign)' /proc/self/status"
        expected = subprocess.run(["sh", "-c", show], stdout=subprocess.PIPE, check=True, restore_signals=True).stdout
        result = self.fspl("queue-process", "-q", "q", "-d", "cat", "sh", "--", "-c", show)
        self.assertEqual(result.stdout, expected)


class Claims(FsplCase):
    """Packets that say that their metadata is larger than any memory."""

    def lying(self, size):
        return framed(b"\x83\xa3seq\x01", claimed_size=size)

    def assert_small(self, *command, stdin=None, status=0):
        process = subprocess.Popen(["fspl", *command], cwd=self.directory, env=self.environment, stdin=stdin,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = process.stdout.read(), process.stderr.read()
        _, wait_status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(wait_status)
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.returncode, status, err)
        if not IS_SANITIZED:
            self.assertLess(usage.ru_maxrss, 20 * 1024, command)
        return out

    def test_are_refused_without_spending_memory(self):
        self.make_queue(1)
        for size in (1 << 30, 1 << 36, 1 << 62, (1 << 64) - 1):
            with self.subTest(size=size):
                with open(self.path("q", "jobs", "fspl-liar.fspl"), "wb") as out:
                    out.write(self.lying(size))
                self.assertEqual(len(self.assert_small("queue-ls", "-q", "q").splitlines()), 2)
                self.assertEqual(len(self.assert_small("queue-ls", "-q", "q", "-d", "cat").splitlines()), 2)
                self.assertIn(b"fspl-liar.fspl: ", self.assert_small("queue-status", "-q", "q"))
                self.assertEqual(self.assert_small("queue-process", "-q", "q", "--never-delete", "cat"), b"1\n")
                self.fspl("queue-set-next", "-q", "q", "1")
                with open(self.path("q", "jobs", "fspl-liar.fspl"), "rb") as stdin:
                    self.assert_small("stdin-info", stdin=stdin, status=1)

    def test_a_gigabyte_that_is_there_is_not_read_into_memory(self):
        self.make_queue()
        with open(self.path("q", "jobs", "fspl-1.fspl"), "wb") as out:
            out.write(packet(1))
            out.truncate(1 << 30)  # a payload of zeros that takes no room
        self.assert_small("queue-ls", "-q", "q")
        self.assert_small("queue-process", "-q", "q", "true")

    def test_metadata_of_a_gigabyte_of_zeros(self):
        self.make_queue()
        with open(self.path("q", "jobs", "fspl-1.fspl"), "wb") as out:
            out.write(self.lying(1 << 30))
            out.truncate(1 << 30)
        limit = 1 << 31
        process = subprocess.run(["fspl", "queue-ls", "-q", "q"], cwd=self.directory, check=False,
                                 stdout=subprocess.PIPE, timeout=60,
                                 preexec_fn=None if IS_SANITIZED else
                                 lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        self.assertEqual(process.returncode, 0)
        self.assertEqual(len(process.stdout.splitlines()), 1)


class Garbage(FsplCase):
    def temporary(self):
        return [name for name in os.listdir(self.path("q", "jobs")) if name.startswith("tmp-")]

    def test_a_living_writer_is_left_alone_and_a_killed_ones_file_is_removed(self):
        self.make_queue()
        writer = self.start("fspl", "queue-write", "-q", "q", stdin=subprocess.PIPE)
        writer.stdin.write(packet(1, b"x" * 100000))
        writer.stdin.flush()
        self.eventually(self.temporary, "it writes")
        kept = self.fspl("queue-gc", "-q", "q").stdout
        self.assertRegex(kept, rb"^kept q/jobs/tmp-fspl-[-0-9a-f]+\.fspl\.tmp: it is being written\n$")
        self.assertEqual(len(self.temporary()), 1)
        writer.kill()
        writer.wait()
        removed = self.fspl("queue-gc", "-q", "q").stdout
        self.assertRegex(removed, rb"^removed q/jobs/tmp-fspl-[-0-9a-f]+\.fspl\.tmp: its writer is gone\n$")
        self.assertEqual(self.temporary(), [])

    def test_a_writer_that_got_half_a_packet_publishes_nothing(self):
        self.make_queue()
        writer = self.start("fspl", "queue-write", "-q", "q", stdin=subprocess.PIPE)
        writer.stdin.write(packet(1))
        writer.stdin.flush()
        self.eventually(self.temporary, "it writes")
        self.assertEqual(len(self.fspl("queue-ls", "-q", "q").stdout.splitlines()), 1)
        writer.stdin.close()
        writer.wait()
        writer.stdin = None
        self.assertEqual(len(self.fspl("queue-ls", "-q", "q").stdout.splitlines()), 2)

    def test_jobs_after_the_next_number_stay(self):
        self.make_queue(1, 2, 3)
        self.fspl("queue-set-next", "-q", "q", "3")
        self.fspl("queue-gc", "-q", "q")
        self.assertEqual(os.listdir(self.path("q", "jobs")), ["fspl-3.fspl"])


if __name__ == "__main__":
    unittest.main()
