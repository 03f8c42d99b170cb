#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the conformance kit as the test suites need it.

  run.py core   --candidate FSPL    against an installed Filespooler; exit 77 if there is none
  run.py golden --candidate FSPL    against what Filespooler 1.2.2 was seen to do (golden.json)
  run.py canary --candidate FSPL    a program that is wrong in one small way must be reported

golden.json is made by `conformance.py --reference FILESPOOLER --save-golden golden.json`.
"""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KIT = os.path.join(HERE, "conformance.py")
GOLDEN = os.path.join(HERE, "golden.json")
SKIPPED = 77

# One small mistake each: what it is, where it shows, and the wrapper's case for it.
CANARIES = [
    ("queue-get-next without its newline", ["queue_get_set_next"],
     'queue-get-next) out=$("$real" "$@") || exit; printf %s "$out";;'),
    ("queue-init leaves one more file", ["init_layout"],
     'queue-init) "$real" "$@" || exit; : > "$3/extra";;'),
    ("queue-ls with status 3", ["ls_order"],
     'queue-ls) "$real" "$@"; exit 3;;'),
]


def find_filespooler():
    """The original, told from us by its version text."""
    for directory in os.environ.get("PATH", "").split(os.pathsep) + ["/usr/bin"]:
        program = os.path.join(directory, "fspl")
        if not os.access(program, os.X_OK):
            continue
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if version.stdout.startswith("filespooler "):
            return program
    return None


def kit(*arguments):
    return subprocess.run([sys.executable, KIT, *arguments], check=False).returncode


def canary(candidate):
    """Every planted mistake must turn a passing scenario into a failing one."""
    missed = 0
    for mistake, scenarios, case in CANARIES:
        only = [word for name in scenarios for word in ("--only", name)]
        with tempfile.TemporaryDirectory(prefix="fspl-canary-") as directory:
            wrapper = os.path.join(directory, "fspl")
            with open(wrapper, "w", encoding="ascii") as script:
                script.write(f'#!/bin/sh\nreal={candidate}\ncase $1 in\n{case}\n'
                             f'*) exec "$real" "$@";;\nesac\n')
            os.chmod(wrapper, 0o755)
            honest = kit("--golden", GOLDEN, "--candidate", candidate, *only)
            wrong = kit("--golden", GOLDEN, "--candidate", wrapper, *only)
        caught = honest == 0 and wrong != 0
        print(f"canary: {mistake}: {'caught' if caught else 'NOT CAUGHT'}")
        missed += not caught
    return 1 if missed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=["core", "golden", "canary"])
    parser.add_argument("--candidate", required=True)
    options = parser.parse_args()
    candidate = os.path.abspath(options.candidate)
    if options.mode == "canary":
        return canary(candidate)
    if options.mode == "golden":
        return kit("--golden", GOLDEN, "--candidate", candidate)
    reference = find_filespooler()
    if reference is None:
        print("skipped: no Filespooler found in PATH (Debian: apt install filespooler)")
        return SKIPPED
    return kit("--reference", reference, "--candidate", candidate)


if __name__ == "__main__":
    sys.exit(main())
