# SPDX-License-Identifier: Apache-2.0
"""What a test may leave behind on the machine, found by what it is and not by what the test remembers: mounts below its
directory, and processes that have this directory in their environment or a file of it open. The harness ends both,
whatever happened, and says what there was."""

import os
import re
import signal
import subprocess
import time


def mounts_below(directory):
    """Mountpoints below this directory, innermost first."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            path = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4])
            if path.startswith(directory + "/"):
                found.append(path)
    return sorted(found, reverse=True)


def unmount(mountpoint):
    """Takes it away even while it is in use or its server is dead."""
    command = ["umount", "-l", mountpoint] if os.geteuid() == 0 else ["fusermount3", "-u", "-z", mountpoint]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=20)


def links_in(folder):
    """Where the symbolic links of a folder lead, as far as one may look."""
    try:
        for name in os.listdir(folder):
            yield os.readlink(os.path.join(folder, name))
    except OSError:
        return


def _belongs(pid, directory):
    folder = f"/proc/{pid}"
    try:
        with open(folder + "/environ", "rb") as file:
            if os.fsencode(directory) in file.read():
                return True
    except OSError:
        pass
    return any(link.startswith(directory + "/") for link in links_in(folder + "/fd"))


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_of(directory):
    """Live processes that work in or for this directory, without ourselves: {pid: command line}."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid() and is_alive(entry) and _belongs(entry, directory):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    found[int(entry)] = file.read().replace(b"\0", b" ").decode("utf-8", "replace").strip()
            except OSError:
                continue
    return found


def wait_until_none(directory, seconds):
    """The processes that are still there after this time; none: {}."""
    deadline = time.monotonic() + seconds
    while True:
        left = processes_of(directory)
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.01)


def end_processes(directory):
    for _ in range(100):  # what is killed may have started another meanwhile
        left = processes_of(directory)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.01)


def clear(directory):
    """Ends and unmounts everything; what there was, as lines of text."""
    found = [f"process {pid}: {command}" for pid, command in processes_of(directory).items()]
    end_processes(directory)
    for mountpoint in mounts_below(directory):
        found.append(f"mount {mountpoint}")
        unmount(mountpoint)
    return found
