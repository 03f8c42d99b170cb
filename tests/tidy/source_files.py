# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder share: which files there are, and how a check and its canaries are run.

A check is a function of a root directory that returns a list of complaints. A canary plants one violation in a copy
of the tree, and the check must complain about exactly what was planted.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile

SOURCE_FOLDERS = ("src", "include", "tests", "bench", "examples")
IGNORED_FOLDERS = {"vectors", "corpus", "build", "__pycache__"}


def files(root, folders=SOURCE_FOLDERS, endings=(".h", ".cc")):
    """Paths relative to root, sorted."""
    found = []
    for folder in folders:
        for directory, names_below, names in os.walk(os.path.join(root, folder)):
            names_below[:] = [name for name in names_below if name not in IGNORED_FOLDERS]
            found += [os.path.relpath(os.path.join(directory, name), root)
                      for name in names if name.endswith(endings)]
    return sorted(found)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def without_comments(text):
    """Comments and the content of strings blanked, line numbers kept."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)

    def blank(match):
        kept = "" if match[0].startswith("/") else '""'
        return kept + "\n" * match[0].count("\n")
    return pattern.sub(blank, text)


def is_test(path):
    name = os.path.basename(path)
    return name.endswith("_test.cc") or name.startswith("test_") or path.startswith("tests/")


def _copy(root, into):
    for folder in SOURCE_FOLDERS:
        if os.path.isdir(os.path.join(root, folder)):
            shutil.copytree(os.path.join(root, folder), os.path.join(into, folder),
                            ignore=shutil.ignore_patterns(*IGNORED_FOLDERS))


def _canaries(check, root, canaries):
    missed = 0
    with tempfile.TemporaryDirectory(prefix="tidy-") as copy:
        _copy(root, copy)
        before = set(check(copy))
        for path, text, expected in canaries:
            full = os.path.join(copy, path)
            kept = read(copy, path) if os.path.exists(full) else None
            with open(full, "w", encoding="utf-8") as file:
                file.write((kept or "") + text)
            new = [complaint for complaint in check(copy) if complaint not in before]
            caught = any(expected in complaint and path in complaint for complaint in new)
            print(f"canary: {expected} in {path}: {'caught' if caught else 'NOT CAUGHT'}")
            missed += not caught
            if kept is None:
                os.remove(full)
            else:
                with open(full, "w", encoding="utf-8") as file:
                    file.write(kept)
    return 1 if missed else 0


def main(check, canaries, description):
    """canaries: (path, text to append or to make the file of, words of the expected complaint)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--canary", action="store_true", help="check the check")
    parser.add_argument("root", nargs="?", default=os.path.join(os.path.dirname(__file__), "..", ".."))
    options = parser.parse_args()
    root = os.path.abspath(options.root)
    if options.canary:
        sys.exit(_canaries(check, root, canaries))
    complaints = check(root)
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)
