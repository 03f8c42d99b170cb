# SPDX-License-Identifier: Apache-2.0
"""What the jobs of the fuzzer hold: lines of a few known kinds. As long as a job is made of whole lines, what it prints and
how it ends can be told from its text; what was cut or overwritten in the middle may do anything, and does no harm."""

import re

LARGE = 5000  # more than what is kept beside the other data of a job
SLEEP = "sleeps"
LINE_KINDS = ("true", "word", "exit", "kill", "sleep", "output", "comment", "run")


def line(kind, number):
    return {
        "true": "true\n",
        "word": f"echo word{number}\n",
        "exit": f"exit {number % 7 + 1}\n",
        "kill": "kill -9 $$\n",
        "sleep": "sleep 1000\n",
        "output": f"head -c {LARGE} /dev/zero | tr '\\000' x\n",
        "comment": "# " + "c" * LARGE + "\n",
        "run": f'echo "R{number:06} $FILED_ATTEMPT" >> runs\n',
    }[kind].encode()


def meaning(content):
    """(what it prints, how it ends: "", SLEEP or the words of the log), or None if nobody knows."""
    output = b""
    if b"\0" in content:
        return None
    for text in content.decode("ascii").split("\n"):
        if text in ("", "true") or re.fullmatch(f"# c{{{LARGE}}}", text) \
                or re.fullmatch(r'echo "R\d{6} \$FILED_ATTEMPT" >> runs', text):
            continue
        if re.fullmatch(r"echo word\d+", text):
            output += text[5:].encode() + b"\n"
        elif text == line("output", 0)[:-1].decode():
            output += b"x" * LARGE
        elif re.fullmatch(r"exit [1-7]", text):
            return output, f"exit status {text[5:]}"
        elif text == "kill -9 $$":
            return output, "signal: killed"
        elif text == "sleep 1000":
            return output, SLEEP
        else:
            return None
    return output, ""


def run_numbers(content):
    """The lines that leave a trace in the file `runs`, if the job is whole."""
    return re.findall(rb"R\d{6}", content)


def head(content):
    return b">>> " + content.rstrip(b"\n") + b"\n"


def tail(words):
    return b"\n\n[System Error]: " + words.encode() + b"\n" if words else b""


def _attempt_pattern(content):
    known = meaning(content)
    output = rb"[\s\S]*?"
    if known is not None:  # an attempt that was ended may have said less
        said, words = known
        cut = b"|".join(re.escape(said[:end]) for end in sorted({0, *_line_ends(said), len(said)}, reverse=True))
        output = b"(?:" + cut + (b"|x{0,%d}" % len(said) if b"x" in said else b"") + b")"
    return re.escape(head(content)) + output + rb"(?:\n\n\[System Error\]: [^\n]+\n)?"


def _line_ends(text):
    return [found.end() for found in re.finditer(rb"\n", text)]


def log_complaint(log, contents, state, was_set_aside):
    """What is wrong with the log of an ended job that has had these contents; None: nothing."""
    if not was_set_aside:
        known = meaning(contents[-1])
        if known is not None and not log.endswith(head(contents[-1]) + known[0] + tail(known[1])):
            return f"the log in {state} does not end with its last attempt"
        if known is not None and known[1] != SLEEP and (state == "complete") != (known[1] == ""):
            return f"it is in {state}"
    attempts = b"|".join(_attempt_pattern(content) for content in reversed(contents))
    # Each begins on a line of its own.
    if contents and not re.fullmatch(b"(?:" + attempts + rb"(?:\n(?=>>> ))?)*", log):
        return "the log is not one attempt after the other"
    return None


def short(value):
    """Of anything, for a failure to show."""
    return re.sub(r"(.{1,4}?)\1{30,}", r"\1...\1", repr(value))
