# SPDX-License-Identifier: Apache-2.0
"""as_nobody.py MODULE [TEST...]: runs a module of tests as an ordinary user, whoever starts it; 77 if that can't be done
here. Programs and tests are copied to where that user may read them."""

import glob
import os
import pwd
import shutil
import subprocess
import sys

import harness
import private_machine
from queue_under_test import PROGRAM

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHONS = (sys.executable, "/usr/bin/python3")


def slot_program():
    folder = os.path.dirname(os.path.realpath(PROGRAM))
    for place in ("filed-slot", "../libexec/bobbin/filed-slot", "../slot/filed-slot"):
        if os.path.exists(os.path.join(folder, place)):
            return os.path.join(folder, place)
    raise private_machine.Unavailable("there is no filed-slot beside " + PROGRAM)


def run_as(user, directory, arguments):
    for program in (PROGRAM, slot_program()):
        shutil.copy(program, directory)
    for module in glob.glob(HERE + "/*.py"):
        shutil.copy(module, directory)
    who = {"user": user, "group": user, "extra_groups": [], "cwd": directory}
    python = next((python for python in PYTHONS if can_run(python, who)), None)
    if python is None:
        raise private_machine.Unavailable(f"user {user} can run none of {PYTHONS}")
    environment = {**os.environ, "BOBBIN_FILED": os.path.join(directory, os.path.basename(PROGRAM)), "HOME": directory,
                   "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([python, *arguments], env=environment, check=False, **who).returncode


def can_run(python, who):
    try:
        return subprocess.run([python, "-c", ""], check=False, **who).returncode == 0
    except OSError:
        return False


def main():
    arguments = [os.path.basename(sys.argv[1]), *sys.argv[2:]]
    if not harness.IS_ROOT:
        return subprocess.run([sys.executable, os.path.join(HERE, arguments[0]), *sys.argv[2:]], check=False).returncode
    try:
        if harness.missing():
            raise private_machine.Unavailable(harness.missing())
        pwd.getpwuid(harness.NOBODY)
        return run_as(harness.NOBODY, private_machine.enter(), arguments)
    except (private_machine.Unavailable, KeyError) as why:
        print(f"skipped: {why}")
        return harness.SKIPPED


if __name__ == "__main__":
    sys.exit(main())
