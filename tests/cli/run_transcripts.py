#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs transcripts: what a user types and what the program answers, compared line by line.

A file NAME.t is one topic. A line that begins with "$ " is a command for bash ("> " continues it); what follows is
what it writes to standard output and standard error, up to the next command or "# comment". Within it:

    ?N             the exit status is N (without such a line: 0)
    ...            any number of lines
    text (glob)    * stands for anything, ? for one character
    text (re)      a regular expression for the whole line
    \\text          a line that would otherwise mean something here

Blank lines at the end of an answer do not count. Each file has a directory of its own, in which its commands run one
after the other, each in a shell of its own, without standard input. --bless rewrites the answers that differ.
"""

import argparse
import fnmatch
import os
import re
import signal
import subprocess
import sys
import tempfile

COMMAND_LIMIT_SECONDS = 60


class Step:
    """A command with the lines it is expected to answer; `lead` is what stands before it."""

    def __init__(self, lead, command, source):
        self.lead, self.command, self.source = lead, command, source
        self.expected = []


def parse(text):
    steps, lead = [], []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(lead, line[2:], [line]))
            lead = []
        elif line.startswith("> ") and steps and not steps[-1].expected:
            steps[-1].command += "\n" + line[2:]
            steps[-1].source.append(line)
        elif line.startswith("# ") or line == "#" or not steps or lead:
            lead.append(line)
        else:
            steps[-1].expected.append(line)
    return steps, lead


def without_blank_end(lines):
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def line_matches(expected, line):
    if expected.endswith(" (re)"):
        return re.fullmatch(expected[:-5], line) is not None
    if expected.endswith(" (glob)"):
        return fnmatch.fnmatchcase(line, expected[:-7].replace("[", "[[]"))
    return (expected[1:] if expected.startswith("\\") else expected) == line


def matches(expected, lines):
    if not expected:
        return not lines
    if expected[0] == "...":
        return any(matches(expected[1:], lines[n:]) for n in range(len(lines) + 1))
    return bool(lines) and line_matches(expected[0], lines[0]) and matches(expected[1:], lines[1:])


def run(command, directory, environment):
    """The lines a command answered, its status last unless that is 0."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(["bash", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output, start_new_session=True)
        try:
            status = process.wait(COMMAND_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            status = "timeout"
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        output.seek(0)
        text = output.read().decode("utf-8", "backslashreplace")
    lines = without_blank_end(text.split("\n"))
    escaped = ["\\" + line if re.match(r"[$#>] |#$|\.\.\.$|\?\d+$|\\|.* \((re|glob)\)$", line) else line
               for line in lines]
    return lines, escaped, status


def check(step, directory, environment):
    """None, or the right answer as it would stand in the file."""
    statuses = [line for line in step.expected if re.fullmatch(r"\?\d+", line)]
    expected = without_blank_end([line for line in step.expected if line not in statuses])
    lines, escaped, status = run(step.command, directory, environment)
    wanted_status = int(statuses[0][1:]) if statuses else 0
    if status == wanted_status and matches(expected, lines):
        return None
    return escaped + ([] if status == 0 else [f"?{status}"])


def run_file(path, bless):
    """How many steps of it failed."""
    with open(path, encoding="utf-8") as file:
        steps, tail = parse(file.read())
    result, failures = [], 0
    with tempfile.TemporaryDirectory(prefix="transcript.") as directory:
        environment = {"PATH": os.environ["PATH"], "HOME": directory, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                environment[name] = os.environ[name]
        for step in steps:
            answer = check(step, directory, environment)
            result += step.lead + step.source
            if answer is None:
                result += step.expected
                continue
            failures += 1
            blank = step.expected[len(without_blank_end(step.expected)):]
            result += answer + blank
            print(f"{path}: $ {step.command}")
            for line in without_blank_end(step.expected):
                print("    expected: " + line)
            for line in answer:
                print("    answered: " + line)
    if bless and failures:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(result + tail) + "\n")
    if not steps:
        print(f"{path}: holds no command")
        failures = 1
    return failures


def main():
    parser = argparse.ArgumentParser(description="Run transcripts against the fspl in PATH.")
    parser.add_argument("--bless", action="store_true", help="rewrite the answers that differ")
    parser.add_argument("files", nargs="+", metavar="FILE.t")
    arguments = parser.parse_args()
    version = subprocess.run(["fspl", "--version"], stdout=subprocess.PIPE, check=True).stdout
    if b"Bobbin" not in version:
        sys.exit("the fspl in PATH is another one; put Bobbin's in front")
    failures = sum(run_file(path, arguments.bless) for path in arguments.files)
    print(f"{len(arguments.files)} transcripts, {failures} wrong answers")
    return 0 if failures == 0 or arguments.bless else 1


if __name__ == "__main__":
    sys.exit(main())
