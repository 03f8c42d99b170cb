#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual says what the program does: every command, option, value name and choice of `fspl help` stands in it, and
nothing else; every difference from Filespooler is listed; the bytes in docs/format.md are what fspl says they are;
links in the documentation lead somewhere; and no tracked file names a directory of somebody's machine.

With --canary a copy of the manual is spoiled in several ways, and each must be noticed.
"""
import argparse
import json
import os
import re
import subprocess
import sys

OPTION = re.compile(r"^  (?:-(\w), |    )--([a-z-]+)(?: ([A-Z]+))?$", re.M)
EXIT_STATUSES = ("0", "1", "2", "3", "70")
MACHINE_PATH = re.compile(r"(?<![\w.~$}])/(?:home|work|Users)/[\w.-]+")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def read(source, name):
    with open(os.path.join(source, name), encoding="utf-8") as file:
        return file.read()


def help_of(fspl, command):
    """{long name: (letter, value name, choices, default)} and the names of positionals."""
    text = run(fspl, "help", command)
    options = {}
    parts = OPTION.split(text)
    for letter, name, value, body in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4]):
        body = " ".join(body.split())
        choices = re.search(r"One of: ([^.]*)\.", body)
        default = re.search(r"Default: (\w+)\.", body)
        options[name] = (letter, value, choices[1].split(", ") if choices else [], default and default[1])
    options.pop("help")
    usage = re.search(r"^Usage: fspl \S+ ?(.*)$", text, re.M)[1]
    optional_removed = usage.replace("[-- PARAMS...]", "").replace("[OPTIONS]", "")
    return options, re.findall(r"(?<![-\w] )\b([A-Z]{2,})\b", re.sub(r"-\w [A-Z]+", "", optional_removed))


def sections(manual):
    """{heading: text} of "# " and "## " headings."""
    parts = re.split(r"^##? (.+)$", manual, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def definitions(text):
    """{long name: (line, body)} of the options that a section explains."""
    found = {}
    for match in re.finditer(r"^(\*-[^\n]*)\n((?:\t[^\n]*\n)+)", text, re.M):
        name = re.search(r"\*--([a-z-]+)\*", match[1])
        found[name[1]] = (match[1], match[2])
    return found


def check_options(command, options, synopsis, explained):
    named = set(re.findall(r"\*--([a-z-]+)\*", synopsis.replace("[*--* _PARAMS_", "")))
    for name in sorted(named ^ set(options)):
        where = "the manual's synopsis" if name in named else "fspl help"
        yield f"{command}: --{name} stands in {where} only"
    for name, (letter, value, choices, default) in options.items():
        if name not in explained:
            yield f"{command}: --{name} is not explained"
            continue
        line, body = explained[name]
        wanted = (f"*-{letter}*, " if letter else "") + f"*--{name}*" + (f" _{value}_" if value else "")
        if line != wanted:
            yield f"{command}: the manual has {line}, fspl help has {wanted}"
        if value and name in named and f"*--{name}* _{value}_" not in synopsis:
            yield f"{command}: the synopsis lacks the value of --{name}"
        for choice in choices:
            if f"_{choice}_" not in body:
                yield f"{command}: --{name} {choice} is not explained"
        if default and f"default is {default}" not in body and f"_{default}_ (the default)" not in body:
            yield f"{command}: the default of --{name}, {default}, is not said"


def check_manual(fspl, manual):
    parts = sections(manual)
    commands = [name for name in re.findall(r"^  ([a-z-]+)$", run(fspl, "help"), re.M) if name != "help"]
    shared = definitions(parts.get("OPTIONS OF SEVERAL COMMANDS", ""))
    documented = [name for name in parts if re.fullmatch(r"[a-z]+(-[a-z]+)+|prepare", name)]
    for name in sorted(set(documented) ^ set(commands)):
        yield f"{name}: stands in {'the manual' if name in documented else 'fspl help'} only"
    used = set()
    for command in set(commands) & set(documented):
        options, positionals = help_of(fspl, command)
        used |= set(options)
        own = definitions(parts[command])
        synopsis = parts[command].strip().split("\n")[0]
        yield from check_options(command, options, synopsis, {**shared, **own})
        for name in set(own) - set(options):
            yield f"{command}: the manual explains --{name}, which it does not have"
        for name in positionals:
            if f"_{name}_" not in synopsis:
                yield f"{command}: the synopsis lacks {name}"
    for name in set(shared) - used:
        yield f"the manual explains --{name}, which no command has"
    for name in OPTION.findall(run(fspl, "help")):
        if f"*--{name[1]}*" not in parts["GLOBAL OPTIONS"]:
            yield f"global option --{name[1]} is not explained"
    for status in EXIT_STATUSES:
        if f"*{status}*\n\t" not in parts.get("EXIT STATUS", ""):
            yield f"exit status {status} is not explained"


def check_differences(fspl, source, text):
    """Scenarios in which Filespooler does wrong: listed in differences.txt if and only if fspl differs there."""
    folder = os.path.join(source, "tests", "conformance")
    lines = [line.split(None, 1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    listed = {line[0] for line in lines if len(line) == 2}
    output = run(sys.executable, os.path.join(folder, "conformance.py"), "--golden",
                 os.path.join(folder, "golden.json"), "--candidate", fspl, "--only", "bug_*")
    results = dict(reversed(line) for line in re.findall(r"^(PASS|FAIL) (\S+)", output, re.M))
    if not results:
        yield "the conformance kit has no scenario whose name begins with bug_"
    for name, result in results.items():
        if result == "FAIL" and name not in listed:
            yield f"{name}: fspl differs from Filespooler, and differences.txt does not say so"
        if result == "PASS" and name in listed:
            yield f"{name}: differences.txt names a difference that is none"
    for name in listed - set(results):
        yield f"{name}: differences.txt names a scenario that is not there"


def check_format(fspl, text):
    """Blocks marked "packet" (offset, bytes, comment), each followed by what stdin-info --json says of it."""
    packets = re.findall(r"^```packet\n(.*?)^```$", text, re.M | re.S)
    answers = re.findall(r"^```json stdin-info\n(.*?)^```$", text, re.M | re.S)
    if not packets or len(packets) != len(answers):
        yield f"docs/format.md has {len(packets)} packets and {len(answers)} answers"
    for block, answer in zip(packets, answers):
        content = b""
        for line in block.splitlines():
            offset, digits = re.match(r"([0-9a-f]{4})((?: {1,2}[0-9a-f]{2}(?= |$))+)", line).groups()
            if int(offset, 16) != len(content):
                yield f"docs/format.md: offset {offset} should be {len(content):04x}"
            content += bytes.fromhex(digits)
        said = subprocess.run([fspl, "stdin-info", "--json"], input=content, capture_output=True, check=False)
        if said.returncode != 0 or json.loads(said.stdout) != json.loads(answer):
            yield f"docs/format.md: fspl says of a packet there: {(said.stdout or said.stderr).decode()}"


def tracked_files(source):
    names = run("git", "-C", source, "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    return [name for name in names if os.path.isfile(os.path.join(source, name))]


def check_links(source, names):
    for name in names:
        if not name.endswith(".md"):
            continue
        with open(os.path.join(source, name), encoding="utf-8") as file:
            text = re.sub(r"^```.*?^```", "", file.read(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            path = target.split("#")[0]
            if path and "://" not in path and not path.startswith("mailto:"):
                if not os.path.exists(os.path.join(source, os.path.dirname(name), path)):
                    yield f"{name}: the link to {target} leads nowhere"


def check_machine(source, names):
    for name in names:
        if "/vectors/" in name or "/corpus/" in name:
            continue
        with open(os.path.join(source, name), encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                found = MACHINE_PATH.search(line)
                if found and "${" not in line[:found.start()][-8:]:
                    yield f"{name}:{number}: names {found[0]}"


def spoiled(manual):
    """(what was done, a manual in which it is done)."""
    yield "an option is missing in a synopsis", manual.replace("[*--digest*] ", "", 1)
    yield "an option is not explained", manual.replace("*--overlap-sync*\n", "*--overlap*\n", 1)
    yield "an option has another value", manual.replace("*--retries* _N_\n", "*--retries* _TIMES_\n", 1)
    yield "an option lost its letter", manual.replace("*-n*, *--maxjobs*", "*--maxjobs*", 1)
    yield "a choice is not explained", manual.replace("_quarantine_: move", "move", 1)
    yield "a default is another", manual.replace("The default is 3600", "The default is 60", 1)
    yield "a command is missing", manual.replace("## queue-gc", "## queue-clean", 1)
    yield "an exit status is missing", manual.replace("*70*\n", "*71*\n", 1)
    yield "an argument is missing", manual.replace("[*--wait*] _ID_", "[*--wait*]", 1)


def canaries(options, manual, format_text, differences):
    tries = [(what, text != manual and any(check_manual(options.fspl, text))) for what, text in spoiled(manual)]
    tries += [
        ("a byte in docs/format.md is wrong",
         any(check_format(options.fspl, format_text.replace("cd 01 2c", "cd 01 2d")))),
        ("a difference is not listed",
         any(check_differences(options.fspl, options.source, differences.replace("bug_timeout_zero", "#")))),
        ("a difference is listed that is none",
         any(check_differences(options.fspl, options.source, differences + "bug_nothing  nothing\n"))),
        ("a directory of a machine", MACHINE_PATH.search("see /home/" + "me/x")),
    ]
    for what, caught in tries:
        print(f"canary: {what}: {'caught' if caught else 'NOT CAUGHT'}")
    return 0 if all(caught for _, caught in tries) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--fspl", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--canary", action="store_true")
    options = parser.parse_args()
    manual = read(options.source, "docs/man/fspl.1.scd")
    format_text = read(options.source, "docs/format.md")
    differences = read(options.source, "tests/conformance/differences.txt")
    if options.canary:
        return canaries(options, manual, format_text, differences)
    names = tracked_files(options.source)
    complaints = [*check_manual(options.fspl, manual), *check_differences(options.fspl, options.source, differences),
                  *check_format(options.fspl, format_text), *check_links(options.source, names), *check_machine(options.source, names)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
