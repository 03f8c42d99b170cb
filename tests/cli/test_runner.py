# SPDX-License-Identifier: Apache-2.0
"""The transcript runner itself: it must find what is wrong."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.path.join(HERE, "run_transcripts.py")


def run(*arguments):
    return subprocess.run([sys.executable, RUNNER, *arguments], stdout=subprocess.PIPE, text=True, check=False)


class Runner(unittest.TestCase):
    def transcript(self, text):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "a.t")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_canary_every_wrong_answer_is_found(self):
        result = run(os.path.join(HERE, "canary", "wrong.t"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("1 transcripts, 8 wrong answers", result.stdout)

    def test_a_file_without_commands_is_wrong(self):
        self.assertEqual(run(self.transcript("# nothing\n")).returncode, 1)

    def test_all_forms_of_right_answers(self):
        path = self.transcript("# text\n$ seq 5\n1\n...\n5\n\n$ echo a1; exit 2\na[0-9] (re)\n?2\n"
                               "$ echo '...'\n\\...\n$ echo 'a[b]c'\na[b]? (glob)\n$ cat <<E\n> x\n> E\nx\n")
        result = run(path)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_bless_makes_a_wrong_transcript_right(self):
        path = self.transcript("# text\n$ echo '# one'; exit 4\nold\n\n# more\n$ echo two\ntwo\n")
        self.assertEqual(run("--bless", path).returncode, 0)
        self.assertEqual(run(path).returncode, 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "# text\n$ echo '# one'; exit 4\n\\# one\n?4\n\n# more\n$ echo two\ntwo\n")


if __name__ == "__main__":
    unittest.main()
