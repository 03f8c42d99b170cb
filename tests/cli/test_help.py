# SPDX-License-Identifier: Apache-2.0
"""Help and completions come from one table; here it is asked whether they really show it all."""

import re
import shutil
import subprocess
import unittest

from fspl_case import FsplCase

# Completes the line it is given as bash would and prints what it offers.
BASH_COMPLETE = r"""
source completions.bash
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
read -r -a COMP_WORDS <<< "$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
specification=$(complete -p fspl)
[[ $specification =~ -F\ ([^ ]+) ]] || exit 3
"${BASH_REMATCH[1]}" fspl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


class Help(FsplCase):
    def commands(self):
        text = self.fspl("help").stdout.decode()
        listed = text[text.index("Commands:"):text.index("Options:")]
        return [name for name in re.findall(r"^  ([a-z-]+)$", listed, re.MULTILINE) if name != "help"]

    def options(self, command):
        return re.findall(r"^  (?:-[a-z], |    )(--[a-z-]+)", self.fspl("help", command).stdout.decode(), re.MULTILINE)

    def test_every_command_has_help_in_both_ways(self):
        commands = self.commands()
        self.assertEqual(len(commands), 22)
        for command in commands:
            with self.subTest(command=command):
                text = self.fspl("help", command).stdout
                self.assertEqual(text, self.fspl(command, "--help").stdout)
                self.assertEqual(text, self.fspl(command, "-h").stdout)
                self.assertIn(f"Usage: fspl {command}".encode(), text)
                self.assertLessEqual(max(map(len, text.split(b"\n"))), 80)

    def test_every_option_shown_is_understood(self):
        for command in self.commands():
            for option in self.options(command)[:-1]:  # the last is --help
                with self.subTest(command=command, option=option):
                    # Wrong in any case, but never for being unknown.
                    result = subprocess.run(["fspl", command, option + "=\udcff"], stderr=subprocess.PIPE,
                                            stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=self.directory,
                                            check=False)
                    self.assertNotIn(b"there is no option", result.stderr)

    def test_the_options_of_queue_process(self):
        self.assertEqual(set(self.options("queue-process")), {
            "--queuedir", "--decoder", "--maxjobs", "--order-by", "--on-error", "--never-delete", "--output-to",
            "--allow-job-params", "--ignore-payload", "--timeout", "--stop-signal", "--grace", "--retries",
            "--backoff-base", "--backoff-mult", "--backoff-max", "--verify", "--require-decoder-success",
            "--on-invalid", "--on-duplicate", "--follow", "--rescan", "--overlap-sync", "--wait", "--help"})

    def test_completions_name_every_command_and_option(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.fspl("gen-completions", shell).stdout.decode()
            for command in self.commands():
                self.assertIn(command, script)
                for option in self.options(command):
                    with self.subTest(shell=shell, command=command, option=option):
                        self.assertIn(option.lstrip("-"), script)

    def test_no_other_shell(self):
        self.assertIn(b"bash, zsh and fish", self.fspl("gen-completions", "tcsh", status=1).stderr)


class Completions(FsplCase):
    def check_syntax(self, shell):
        if shutil.which(shell) is None:
            self.skipTest(shell + " is not installed")
        script = self.fspl("gen-completions", shell).stdout
        subprocess.run([shell, "-n", "/dev/stdin"], input=script, check=True)

    def test_bash_syntax(self):
        self.check_syntax("bash")

    def test_zsh_syntax(self):
        self.check_syntax("zsh")

    def test_fish_syntax(self):
        self.check_syntax("fish")

    def complete(self, line):
        with open(self.path("completions.bash"), "wb") as out:
            out.write(self.fspl("gen-completions", "bash").stdout)
        result = subprocess.run(["bash", "-c", BASH_COMPLETE, "bash", line], cwd=self.directory, check=True,
                                stdout=subprocess.PIPE)
        return [word.strip() for word in result.stdout.decode().split("\n") if word.strip()]

    def test_bash_completes_commands(self):
        self.assertEqual(self.complete("fspl queue-pro"), ["queue-process"])
        self.assertEqual(set(self.complete("fspl queue-p")), {"queue-process", "queue-payload"})
        self.assertIn("gen-uuid", self.complete("fspl "))

    def test_bash_completes_options_of_that_command(self):
        self.assertEqual(self.complete("fspl queue-process --never"), ["--never-delete"])
        self.assertEqual(set(self.complete("fspl queue-process -q q --on-")),
                         {"--on-error", "--on-invalid", "--on-duplicate"})
        self.assertNotIn("--on-error", self.complete("fspl queue-ls --"))

    def test_bash_completes_words_and_directories(self):
        self.assertEqual(set(self.complete("fspl queue-process --on-error ")), {"Retry", "Delete", "Leave"})
        self.make_queue()
        self.assertEqual([word.rstrip("/") for word in self.complete("fspl queue-ls -q ")], ["q"])


if __name__ == "__main__":
    unittest.main()
