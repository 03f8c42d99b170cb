# SPDX-License-Identifier: Apache-2.0
"""Running a program once under the shim, and reading the trace it leaves.

Waits for every descendant, not only for the program: a killed one leaves its command behind, and
what that command still writes belongs to the run.
"""
import contextlib
import dataclasses
import os
import re
import select
import shutil
import signal
import subprocess
import time
import urllib.parse

TIMEOUT_S = 20


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is done to call number `at`: kill-before, kill-after, an errno's name, or short.

    short moves one byte only; drop leaves out sync number `at`, counting syncs only;
    none does nothing.
    """

    kind: str = "none"
    at: int = 0

    def environment(self):
        if self.kind == "none":
            return {"SHIM_MODE": "count"}
        common = {"SHIM_AT": str(self.at)}
        if self.kind.startswith("kill-"):
            return {**common, "SHIM_MODE": "kill", "SHIM_WHEN": self.kind[5:]}
        if self.kind == "drop":
            return {**common, "SHIM_MODE": "drop"}
        return {**common, "SHIM_MODE": "fail", "SHIM_ERRNO": self.kind}

    def is_kill(self):
        return self.kind.startswith("kill-")


class Event:
    """One line of the trace: a call, the SPAWN of a command, or its own START or END line."""

    def __init__(self, line):
        self.line = line
        words = line.split(" ")
        self.call, self.number, self.words = words[0], 0, words
        self.fields, self.result = {}, None
        if words[0].isdigit() and len(words) > 1:
            self.number, self.call = int(words[0]), words[1]
            self.fields = dict(word.partition("=")[::2] for word in words[2:])
            if "result" in self.fields:
                self.result = int(self.fields["result"])
        self.errno = int(self.fields.get("errno", 0))
        self.is_dropped = self.fields.get("spoiled") == "dropped"

    def get(self, key):
        return self.fields.get(key)

    def name(self, suffix=""):
        return urllib.parse.unquote(self.fields.get("name" + suffix, ""))

    def content(self, version):
        if "content" in self.fields:
            return bytes.fromhex(self.fields["content"])
        return ("not traced", int(self.fields.get("size", 0)), version)


@dataclasses.dataclass
class Result:
    status: int  # as of subprocess: -9 is SIGKILL; None: did not end
    events: list
    out: bytes
    err: str


class Runner:
    def __init__(self, program, shim):
        self.program, self.shim = program, shim
        self.runs = 0
        self._help = {}

    def offers(self, subcommand, option):
        """Whether the program has the subcommand, and the option if one is named."""
        for topic in ("", subcommand):
            if topic not in self._help:
                words = [self.program, *filter(None, [topic]), "--help"]
                shown = subprocess.run(words, capture_output=True, check=False)
                self._help[topic] = shown.stdout.decode()
        if not re.search(rf"^ +{re.escape(subcommand)}\b", self._help[""], re.M):
            return False
        return option is None or option in self._help[subcommand]

    @staticmethod
    def remove_tree(path):
        shutil.rmtree(path, ignore_errors=True)

    @staticmethod
    def age_tree(path):
        """A month passes over every file: whoever wrote it is gone."""
        then = time.time() - 30 * 86400
        for folder, _, files in os.walk(path):
            for name in files:
                os.utime(os.path.join(folder, name), (then, then))

    def run(self, arguments, base, fault=None, stdin=None, to_pipe=False):
        """Runs `program arguments` in `base`; `fault` None is without the shim.

        `stdin` is bytes for a pipe, or the path of a file.
        """
        self.runs += 1
        report = os.path.join(base, "report" if fault else "report.plain")
        _remove(report)
        env = {**os.environ, "CRASH_LOG": report, "TZ": "UTC", "SHELL": "/bin/sh"}
        if fault:
            env.update(fault.environment(), SHIM_REPORT=report, LD_PRELOAD=self.shim)
        out_path, err_path = os.path.join(base, "out"), os.path.join(base, "err")
        lifeline, held = os.pipe()
        with contextlib.ExitStack() as files:
            out, err = (files.enter_context(open(path, "wb")) for path in (out_path, err_path))
            stdin_file = subprocess.DEVNULL if stdin is None else subprocess.PIPE
            if isinstance(stdin, str):
                stdin_file = files.enter_context(open(os.path.join(base, stdin), "rb"))
            process = subprocess.Popen(
                [self.program, *arguments],
                cwd=base,
                env=env,
                stdin=stdin_file,
                stdout=subprocess.PIPE if to_pipe else out,
                stderr=err,
                pass_fds=(held,),
            )
            os.close(held)
            piped = self._serve(process, stdin)
            status = self._wait(process, lifeline)
        os.close(lifeline)
        err = _read(err_path).decode(errors="replace")
        return Result(status, _events(report), piped or _read(out_path), err)

    @staticmethod
    def _serve(process, stdin):
        # Less than a pipe holds goes in at once; a program that died early is no error of ours.
        if process.stdin is not None:
            try:
                process.stdin.write(stdin)
                process.stdin.close()
            except BrokenPipeError:
                pass
        return process.stdout.read() if process.stdout else b""

    @staticmethod
    def _wait(process, lifeline):
        ended, _, _ = select.select([lifeline], [], [], TIMEOUT_S)
        if not ended:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return None
        return process.wait()

    def repro(self, arguments, fault):
        env = {**fault.environment(), "SHIM_REPORT": "/tmp/report", "LD_PRELOAD": self.shim}
        return " ".join([*(f"{k}={v}" for k, v in env.items()), self.program, *arguments])


def _events(path):
    return [Event(line) for line in _read(path).decode(errors="replace").splitlines()]


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
