#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of at most 400 lines, functions of at most 60, lines of at most 100 columns; what every file begins with."""
import os
import re
from collections import Counter

import source_files

FILE_LINES = 400
FUNCTION_LINES = 60
COLUMNS = 100

# Longer on purpose: path or "path: function", and why.
ALLOWED = {
    "tests/conformance/conformance.py": "a kit that runs as one file against any implementation",
}
SPDX = "SPDX-License-Identifier: Apache-2.0"
FUNCTION_END = re.compile(r"^\}")
LATER = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X"))


def functions(code):
    """(first line, name, number of lines) of what clang-format leaves with a closing brace in the outermost column
    or, within a class, in the third."""
    lines = code.split("\n")
    for indent in ("", "  "):
        begin = None
        for number, line in enumerate(lines, 1):
            is_here = line.startswith(indent) and not line[len(indent):].startswith((" ", "}", "#"))
            if is_here and line.strip():
                if begin is None or not lines[number - 2].rstrip().endswith(("(", ",")):
                    begin = number
            if begin and line.startswith(indent + "}") and not line.startswith(indent + "} "):
                head = " ".join(lines[begin - 1:begin + 3])
                name = re.search(r"([\w:~]+)\s*\(", head)
                is_type = re.match(r"\s*(class|struct|enum|union|namespace|extern)\b", head)
                if name and not is_type and "=" not in head.split("(")[0]:
                    yield begin, name[1], number - begin + 1
                begin = None


def beginning_complaints(path, text):
    lines = text.split("\n")
    if SPDX not in "\n".join(lines[:2]):
        yield f"{path}: the SPDX line is missing"
    if path.endswith(".h"):
        if "#pragma once" not in lines:
            yield f"{path}: #pragma once is missing"
        code = [line for line in lines if line.strip() and not line.startswith(("//", "#"))]
        is_more_than_a_few_lines = len(code) > 30
        if is_more_than_a_few_lines and not (len(lines) > 1 and lines[1].startswith("// ")):
            yield f"{path}: no comment at the top says what it is"


def size_complaints(path, text):
    count = text.count("\n")
    if count > FILE_LINES and path not in ALLOWED:
        yield f"{path}: {count} lines, more than {FILE_LINES}"
    if not path.endswith((".h", ".cc")):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS:
            yield f"{path}:{number}: {len(line)} columns, more than {COLUMNS}"
    for begin, name, length in functions(source_files.without_comments(text)):
        if length > FUNCTION_LINES and f"{path}: {name}" not in ALLOWED:
            yield f"{path}:{begin}: {name} has {length} lines, more than {FUNCTION_LINES}"


def name_complaints(paths):
    for path in paths:
        stem = os.path.splitext(os.path.basename(path))[0]
        if not re.fullmatch(r"[a-z][a-z0-9_]*|__init__", stem):
            yield f"{path}: the name is not snake_case"
        if re.search(r"(^|_)(util|utils|common|helper|helpers|manager|misc)(_|$)", stem):
            yield f"{path}: the name says nothing"
    lower = Counter(path.lower() for path in paths)
    for path in paths:
        if lower[path.lower()] > 1:
            yield f"{path}: the name differs from another only in case"


def check(root):
    paths = source_files.files(root, endings=(".h", ".cc", ".py"))
    complaints = list(name_complaints(paths))
    for path in paths:
        text = source_files.read(root, path)
        if path not in ALLOWED:
            complaints += beginning_complaints(path, text)
        complaints += size_complaints(path, text)
        for match in re.finditer(rf"\b({LATER})\b", text):
            line = text.count("\n", 0, match.start()) + 1
            complaints.append(f"{path}:{line}: {match[1]}: what is to be done belongs into an issue")
    return complaints


LONG_FUNCTION = "\nint planted(int x) {\n" + "  x += 1;\n" * 60 + "  return x;\n}\n"
LONG_METHOD = "\nclass Planted {\n  int planted(int x) {\n" + "    x += 1;\n" * 60 + "    return x;\n  }\n};\n"
CANARIES = [
    ("src/base/io.cc", "//\n" * 400, "lines, more than 400"),
    ("src/base/io.cc", LONG_FUNCTION, "planted has 63 lines"),
    ("src/base/io.h", LONG_METHOD, "planted has 63 lines"),
    ("src/base/io.cc", "// " + "x" * 98 + "\n", "101 columns"),
    ("src/base/planted.cc", "int planted;\n", "SPDX"),
    ("src/base/planted.h", f"// {SPDX}\nint planted;\n", "#pragma once is missing"),
    ("src/base/planted.h", f"// {SPDX}\n#pragma once\n" + "int a;\n" * 40, "no comment at the top"),
    ("src/base/io.cc", "// TO" + "DO later\n", "TO" + "DO"),
    ("src/base/string_util.cc", f"// {SPDX}\n", "says nothing"),
    ("src/base/Planted.cc", f"// {SPDX}\n", "snake_case"),
]

if __name__ == "__main__":
    source_files.main(check, CANARIES, __doc__)
