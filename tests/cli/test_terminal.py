# SPDX-License-Identifier: Apache-2.0
"""What is shown on a terminal and nowhere else, and running without standard descriptors."""

import os
import pty
import subprocess
import unittest

from fspl_case import FsplCase, packet

SLOW = "sleep 0.1; cat"


class Terminal(FsplCase):
    def on_terminal(self, *command):
        """What a program writes to a terminal as its standard error."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.start("fspl", *command, stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # EIO: nobody has the terminal open any more
            pass
        self.finish(process)
        self.assertEqual(process.returncode, 0)
        return seen

    def test_progress_of_slow_work_is_shown_and_wiped(self):
        self.make_queue(*range(1, 80))
        for command in ("queue-ls", "queue-status"):
            with self.subTest(command=command):
                seen = self.on_terminal(command, "-q", "q", "-d", SLOW)
                self.assertRegex(seen, rb"reading [0-9]+ packets \.\.\.")
                self.assertTrue(seen.endswith(b"\r\x1b[K"))

    def test_progress_of_jobs(self):
        self.make_queue(*range(1, 31))
        seen = self.on_terminal("queue-process", "-q", "q", "sleep", "--", "0.05")
        self.assertRegex(seen, rb"ran [0-9]+ jobs \.\.\.")
        self.assertTrue(seen.endswith(b"\r\x1b[K"))

    def test_quick_work_shows_none(self):
        self.make_queue(1, 2)
        self.assertEqual(self.on_terminal("queue-ls", "-q", "q"), b"")

    def test_no_progress_and_no_escapes_elsewhere(self):
        self.make_queue(*range(1, 41))
        self.assertEqual(self.fspl("queue-ls", "-q", "q", "-d", SLOW).stderr, b"")


class ClosedDescriptors(FsplCase):
    def closed(self, redirections, command, status=0):
        result = subprocess.run(["bash", "-c", f"exec fspl {command} {redirections}"], cwd=self.directory,
                                env=self.environment, stdout=subprocess.PIPE, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, status, command)
        return result.stdout

    def test_no_file_takes_the_place_of_a_standard_descriptor(self):
        self.make_queue(1)
        with open(self.path("p"), "wb") as out:
            out.write(packet(2, b"2\n"))
        self.fspl("prepare-set-next", "-s", "seq", "3")
        self.assertEqual(self.closed("<&- >&- 2>&-", "prepare -s seq -i p -q q"), b"")
        self.assertEqual(self.closed("<&- 2>&-", "queue-get-next -q q"), b"1\n")
        self.assertEqual(self.closed(">&- 2>&- < p", "queue-write -q q"), b"")
        self.assertEqual(self.closed("<&- 2>&-", "queue-process -q q -n 1 cat"), b"1\n")
        self.assertEqual(self.read("q", "nextseq"), b"2\n")
        self.assertEqual(self.closed("<&- >&- 2>&-", "queue-process -q none cat", status=1), b"")
        self.assertEqual(self.closed("<&- 2>&-", "stdin-info", status=1), b"")


if __name__ == "__main__":
    unittest.main()
