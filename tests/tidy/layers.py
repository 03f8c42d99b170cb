#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A folder under src/ is a layer, and an include goes only down an edge of this table."""
import os
import re

import source_files

# May include, besides itself, the public headers and the standard library.
BELOW = {
    "base": set(),
    "packet": {"base"},
    "exec": {"base"},
    "spool": {"base", "packet", "exec"},
    "fspl": {"base", "packet", "exec", "spool"},
    "jobs": {"base"},
    "slot": {"base", "jobs", "exec"},
    "store": {"base", "jobs"},
    "sched": {"base", "jobs", "slot", "exec"},
    "mount": {"base", "jobs"},
    "filed": {"base", "jobs", "exec", "slot", "store", "sched", "mount"},
}
PUBLIC_MAY_INCLUDE = re.compile(r"<(bobbin/[a-z_]+\.h|[a-z_]+)>")

# Too large or too slow to start for a program that is run once a job.
HEAVY = {"iostream", "fstream", "sstream", "regex", "filesystem", "locale"}

# One foreign API, few places: beginnings of paths.
ONLY_IN = {
    "nlohmann/": ("src/fspl/json_text.h", "src/jobs/config_json", "src/mount/"),
    "fuse": ("src/mount/",),
    "sqlite3.h": ("src/store/sqlite",),
    "zlib.h": ("src/packet/",),
    "nettle/": ("src/base/",),
}
PROCESS_CALLS = re.compile(r"(?<![A-Za-z0-9_.>])(?:::|std::)?"
                           r"(fork|vfork|execve|execv|execvp|execvpe|execl|execlp|posix_spawnp?|system|popen)\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")', re.M)


def layer_of(path):
    parts = path.split(os.sep)
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def include_complaints(path, spelled, line):
    name = spelled[1:-1]
    where = f"{path}:{line}: "
    if path.startswith("include/"):
        if not PUBLIC_MAY_INCLUDE.fullmatch(spelled):
            yield where + f"a public header may not include {spelled}"
        return
    layer = layer_of(path)
    if spelled[0] == '"':
        target = name.split("/")[0]
        if "/" not in name or target not in BELOW:
            yield where + f"{spelled} is no path from src/"
        elif layer and target != layer and target not in BELOW[layer]:
            yield where + f"{layer} may not include {target} ({spelled})"
    if source_files.is_test(path):
        return
    if spelled[0] == "<" and name in HEAVY:
        yield where + f"{spelled} is too heavy for production code"
    for beginning, allowed in ONLY_IN.items():
        if name.startswith(beginning) and not path.startswith(allowed):
            yield where + f"{spelled} is for {', '.join(allowed)} only"


def check(root):
    complaints = []
    for path in source_files.files(root, ("src", "include")):
        text = source_files.read(root, path)
        layer = layer_of(path)
        if path.startswith("src/") and layer not in BELOW:
            complaints.append(f"{path}: {layer} is no layer; add it to the table in tests/tidy/layers.py")
            continue
        for match in INCLUDE.finditer(text):
            line = text.count("\n", 0, match.start(1)) + 1
            complaints += include_complaints(path, match[1], line)
        if layer == "exec" or source_files.is_test(path):
            continue
        code = source_files.without_comments(text)
        for match in PROCESS_CALLS.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            complaints.append(f"{path}:{line}: {match[1]}() creates a process outside exec/")
    return complaints


CANARIES = [
    ("src/base/io.cc", '\n#include "packet/variables.h"\n', "base may not include packet"),
    ("src/exec/planted.h", '#include "spool/scan.h"\n', "exec may not include spool"),
    ("src/packet/planted_test.cc", '#include "exec/spawn.h"\n', "packet may not include exec"),
    ("src/spool/scan.cc", "\n#include <fstream>\n", "too heavy"),
    ("src/spool/planted.cc", "#include <nlohmann/json.hpp>\n", "is for src/fspl/json_text.h, "),
    ("src/jobs/job.cc", "\n#include <nlohmann/json.hpp>\n", "is for src/fspl/json_text.h, "),
    ("src/store/planted.cc", "#include <fuse_lowlevel.h>\n", "src/mount/ only"),
    ("src/mount/planted.cc", "#include <sqlite3.h>\n", "src/store/sqlite only"),
    ("src/fspl/planted.cc", "#include <zlib.h>\n", "src/packet/ only"),
    ("src/fspl/planted.cc", "#include <nettle/sha2.h>\n", "src/base/ only"),
    ("src/fspl/main.cc", '\nvoid planted() { ::system("true"); }\n', "system() creates a process"),
    ("src/spool/planted.cc", "int planted() { return fork(); }\n", "fork() creates a process"),
    ("include/bobbin/error.h", '\n#include "base/fd.h"\n', "a public header may not include"),
    ("src/base/planted.h", '#include "fd.h"\n', "no path from src/"),
]

if __name__ == "__main__":
    source_files.main(check, CANARIES, __doc__)
