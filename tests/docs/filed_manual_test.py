#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is written about filed is what filed does: every option of `filed --help` stands in filed(1) and in the completions
of three shells, and nothing else; every setting stands in filed.config(5) with what it takes and its default; every metric,
member of status.json and extended attribute stands in filed(5); its table of operations, and the one in
docs/architecture.md, are those of the program; files that docs/architecture.md names are there; the units are units.

With --canary copies of all of them are spoiled in several ways, and each must be noticed.
"""
import argparse
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SHELLS = ("bash", "zsh", "fish")
STATES = ("pending", "active", "failed", "complete")
UNITS = {"system": "filed@.service", "user": "filed.service"}
EXIT_STATUSES = ("0", "1", "2")
# Rows of filed(5)'s table, and the operation in transitions.h that each shows.
OPERATIONS = {"write, truncate": "write", "remove": "remove", "rename in the directory": "rename in place",
              "move to pending": "move to pending", "move to active": "move to active",
              "move to failed": "move to failed", "move to complete": "move to complete"}


@dataclasses.dataclass(frozen=True)
class Texts:
    program: str       # filed(1)
    mount: str         # filed(5)
    config: str        # filed.config(5)
    architecture: str
    bash: str
    zsh: str
    fish: str


def read(source, *names):
    with open(os.path.join(source, *names), encoding="utf-8") as file:
        return file.read()


def read_all(source):
    return Texts(**{name: read(source, "docs", "man", page) for name, page in
                    (("program", "filed.1.scd"), ("mount", "filed.5.scd"), ("config", "filed.config.5.scd"))},
                 architecture=read(source, "docs", "architecture.md"),
                 **{shell: read(source, "packaging", "completions", f"filed.{shell}") for shell in SHELLS})


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def section(manual, heading):
    found = re.search(rf"^# {re.escape(heading)}\n(.*?)(?=^# |\Z)", manual, re.M | re.S)
    return found[1] if found else ""


def different(what, found, wanted):
    """Complaints about two sets that should be the same."""
    for name in sorted(found - wanted):
        yield f"{what}: {name} is not the program's"
    for name in sorted(wanted - found):
        yield f"{what}: {name} is missing"


# ---- options

def completed_options(texts):
    return {"bash": set(re.findall(r"--([a-z-]+)", "".join(re.findall(r"compgen -W '(--[^']*)'", texts.bash)))),
            "zsh": set(re.findall(r"^ *'\*?--([a-z-]+)\[", texts.zsh, re.M)),
            "fish": set(re.findall(r" -l ([a-z-]+)", texts.fish))}


def check_options(texts, help_text):
    known = dict(re.findall(r"^  --([a-z-]+)(?: (\S+))?", help_text, re.M))
    if "help" not in known:
        yield f"filed --help says no options: {help_text}"
    explained = dict(re.findall(r"^\*--([a-z-]+)\*(?: _(\S+)_)?$", section(texts.program, "OPTIONS"), re.M))
    synopsis = dict(re.findall(r"\*--([a-z-]+)\*(?: _([^_]+)_)?", section(texts.program, "SYNOPSIS")))
    for where, found in (("OPTIONS of filed(1)", explained), ("SYNOPSIS of filed(1)", synopsis)):
        yield from different(where, {" ".join(item).strip() for item in found.items()},
                             {" ".join(item).strip() for item in known.items()})
    for shell, found in completed_options(texts).items():
        yield from different(f"completions for {shell}", found, set(known))
    for status in EXIT_STATUSES:
        if f"*{status}*\n\t" not in section(texts.program, "EXIT STATUS"):
            yield f"filed(1): exit status {status} is not explained"


# ---- settings

def check_settings(texts, keys):
    explained = re.findall(r"^\*([a-z_]+)\*\n((?:\t[^\n]*\n|\n)+)", texts.config, re.M)
    yield from different("filed.config(5)", {name for name, _ in explained}, {key["name"] for key in keys})
    bodies = {name: body.replace("\\", "") for name, body in explained}
    for key in keys:
        wanted = f"Allowed: {key['allowed']}. Default: {key['default']}."
        if wanted not in bodies.get(key["name"], ""):
            yield f"filed.config(5): {key['name']} lacks: {wanted}"


# ---- the mount

def members_of_status(code):
    return set(re.findall(r'\bstatus\["([a-z_]+)"\]', code))


def check_mount(texts, source):
    names = re.findall(r"^\*([a-z_]+)\*(?:, \*([a-z_]+)\*)?$", section(texts.mount, "STATUS.JSON"), re.M)
    yield from different("STATUS.JSON of filed(5)", {name for pair in names for name in pair if name},
                         members_of_status(read(source, "src", "mount", "status_text.cc")))
    metrics = set(re.findall(r'"((?:filed|bobbin)_[a-z_]+)"', read(source, "src", "mount", "metrics_text.cc")))
    yield from different("METRICS of filed(5)",
                         set(re.findall(r"\*((?:filed|bobbin)_[a-z_]+)\*", section(texts.mount, "METRICS"))), metrics)
    attributes = set(re.findall(r'"user\.filed\.([a-z_]+)"', read(source, "src", "mount", "job_attributes.cc") +
                                read(source, "src", "mount", "job_attributes.h")))
    yield from different("extended attributes in filed(5)",
                         set(re.findall(r"\*user\.filed\.([a-z_]+)\*", texts.mount)), attributes)
    kinds = set(re.findall(r'case EndKind::\w+: return "([a-z_]+)"', read(source, "src", "mount", "event_log.cc")))
    named = set(re.findall(r"_([a-z_]+?)_(?=[ ,.])", re.search(r"^\*end\*.*\n\t(.*)$", texts.mount, re.M)[1]))
    yield from different("ends of attempts in filed(5)", named, kinds)


def rules(source):
    """{operation: states in which it is allowed}"""
    code = read(source, "src", "jobs", "transitions.h")
    table = re.findall(r'\{Operation::\w+, "([^"]+)",\s*\{([^}]*)\}\}', code)
    return {name: {state for state, word in zip(STATES, words.split(",")) if word.strip() == "true"}
            for name, words in table}


def manual_rules(mount):
    """The same from the table in filed(5): what is not EPERM is allowed, but for moving a job to where it stands."""
    table = re.search(r"^\[\[ \*Operation\*\n.*?\n\n", mount, re.M | re.S)[0]
    found = {}
    for row in re.findall(r"^\|  ([^\n]*)\n((?::[^\n]*\n)+)", table, re.M):
        cells = [cell[1:].strip() for cell in row[1].splitlines()]
        if row[0] in OPERATIONS:
            found[OPERATIONS[row[0]]] = {state for state, cell in zip(STATES, cells) if cell and cell != "EPERM"}
    return found


def architecture_rules(text):
    found = {}
    for name, cells in re.findall(r"^\| ([a-z ]+) ((?:\| (?:yes|no) ){4})\|$", text, re.M):
        found[name] = {state for state, cell in zip(STATES, re.findall("yes|no", cells)) if cell == "yes"}
    return found


def check_rules(texts, source):
    wanted = rules(source)
    if len(wanted) < 7:
        yield "src/jobs/transitions.h has no table of rules"
    elsewhere = {name: {state for state in states if name != f"move to {state}"} for name, states in wanted.items()}
    for where, found, expected in (("filed(5)", manual_rules(texts.mount), elsewhere),
                                   ("docs/architecture.md", architecture_rules(texts.architecture), wanted)):
        for name, states in expected.items():
            if found.get(name) != states:
                yield f"{where}: {name} is allowed in {sorted(found.get(name, ()))}, says the table; it is in {sorted(states)}"


def check_files(texts, source):
    """`folder/name.cc` in docs/architecture.md is there, below src or from the root."""
    for name in set(re.findall(r"`((?:[a-z]+/)+[a-z_0-9-]+\.(?:h|cc|md|py))`", texts.architecture)):
        if not any(os.path.exists(os.path.join(source, base, name)) for base in ("", "src", "src/fspl", "include")):
            yield f"docs/architecture.md: there is no {name}"


# ---- units

def check_unit(kind, text, filed):
    if not shutil.which("systemd-analyze"):
        return
    with tempfile.TemporaryDirectory(prefix="filed-units-") as folder:
        path = os.path.join(folder, UNITS[kind].replace("@", "@docs"))
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("ExecStart=filed ", f"ExecStart={filed} "))
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder, "SYSTEMD_LOG_LEVEL": "notice"}
        result = subprocess.run(["systemd-analyze", f"--{kind}", "--man=no", "verify", path], env=environment,
                                capture_output=True, text=True, check=False, timeout=60)
        words = [line for line in result.stderr.splitlines() if os.path.basename(path) in line]
        if result.returncode != 0 or words:
            yield f"{UNITS[kind]}: {' '.join(words) or result.stderr}"


def check_units(source, filed):
    for kind, name in UNITS.items():
        text = read(source, "packaging", "systemd", kind, name)
        yield from check_unit(kind, text, filed)
        for line in ("Type=notify", "KillMode=process", "Restart=on-failure"):
            if f"\n{line}\n" not in text:
                yield f"{name}: lacks {line}"


def complaints_about(texts, options):
    help_text = run(options.filed, "--help")
    keys = [json.loads(line) for line in run(options.config_keys).splitlines()]
    return [*check_options(texts, help_text), *check_settings(texts, keys), *check_mount(texts, options.source),
            *check_rules(texts, options.source), *check_files(texts, options.source)]


def spoiled(texts):
    """(what was done, where, from, to)."""
    yield "an option is not explained", "program", "*--sync* _full|lazy_\n", "*--synch* _full|lazy_\n"
    yield "an option has another value", "program", "*--ready-fd* _N_\n", "*--ready-fd* _FD_\n"
    yield "an option is missing in the synopsis", "program", " [*--allow-other*]", ""
    yield "an exit status is missing", "program", "*2*\n", "*3*\n"
    yield "bash does not complete an option", "bash", "--rwf --sync", "--sync"
    yield "zsh completes a strange option", "zsh", "'--version[", "'--release["
    yield "fish does not complete an option", "fish", "-l rof", "-s r"
    yield "a default is another", "config", "Default: 86400.", "Default: 3600."
    yield "a range is another", "config", "from 0 to 10000.", "from 1 to 10000."
    yield "a setting is missing", "config", "*timeout*\n", "*time_out*\n"
    yield "a metric is missing", "mount", "*filed_retries_total*", "retries"
    yield "a member of the status is missing", "mount", "*free_bytes*\n", "*free*\n"
    yield "an extended attribute is missing", "mount", "*user.filed.pid*\n", "*pid*\n"
    yield "an end of an attempt is missing", "mount", "_output_limit_, ", ""
    yield "the manual allows too much", "mount", "|  move to complete\n:  EPERM", "|  move to complete\n:  yes"
    yield "the architecture allows too little", "architecture", "| remove | yes |", "| remove | no |"
    yield "a file is not there", "architecture", "`sched/plan.cc`", "`sched/plans.cc`"


def canaries(texts, options):
    results = []
    known = set(complaints_about(texts, options))
    for what, where, old, new in spoiled(texts):
        changed = dataclasses.replace(texts, **{where: getattr(texts, where).replace(old, new, 1)})
        results.append((what, bool(set(complaints_about(changed, options)) - known)))
    if shutil.which("systemd-analyze"):
        unit = read(options.source, "packaging", "systemd", "system", UNITS["system"])
        results.append(("a line of a unit is unknown",
                        any(check_unit("system", unit.replace("KillMode=", "KilMode="), options.filed))))
    for what, caught in results:
        print(f"canary: {what}: {'caught' if caught else 'NOT CAUGHT'}")
    return 0 if all(caught for _, caught in results) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    for name in ("filed", "config-keys", "source"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--canary", action="store_true")
    options = parser.parse_args()
    texts = read_all(options.source)
    if options.canary:
        return canaries(texts, options)
    complaints = [*complaints_about(texts, options), *check_units(options.source, options.filed)]
    for complaint in complaints:
        print(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
