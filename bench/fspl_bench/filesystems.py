# SPDX-License-Identifier: Apache-2.0
"""Where it is measured: a tmpfs, where only CPU time counts, and an ext4 with a journal on a loop
device, where syncing costs what it costs on a real disk. A root file system may be ext4 without a
journal, or anything else, and its figures could not be compared."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IMAGE_BYTES = 3 << 30


@dataclass(frozen=True)
class FileSystem:
    name: str
    path: Path


class Unavailable(Exception):
    """This machine cannot provide the file system; the text says why."""


@contextlib.contextmanager
def tmpfs() -> Iterator[FileSystem]:
    path = Path(tempfile.mkdtemp(prefix="bobbin-bench-", dir="/dev/shm"))
    try:
        yield FileSystem("tmpfs", path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def as_root(*command: str) -> None:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    try:
        result = subprocess.run([*sudo, *command], capture_output=True, text=True)
    except OSError as error:
        raise Unavailable(f"cannot run {error.filename}: {error.strerror}") from error
    if result.returncode != 0:
        raise Unavailable(f"{command[0]}: {result.stderr.strip() or result.returncode}")


def unmount(mount: Path) -> None:
    for _ in range(50):  # what was just killed may need a moment to let go
        try:
            return as_root("umount", str(mount))
        except Unavailable:
            time.sleep(0.1)
    as_root("umount", "--lazy", str(mount))


@contextlib.contextmanager
def journaled_ext4() -> Iterator[FileSystem]:
    place = Path(tempfile.mkdtemp(prefix="bobbin-bench-", dir="/var/tmp"))
    image, mount = place / "image", place / "mount"
    mounted = False
    try:
        mount.mkdir()
        try:
            with image.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, IMAGE_BYTES)
        except OSError as error:
            raise Unavailable(f"no room for {IMAGE_BYTES >> 30} GiB: {error}") from error
        # Nothing may be left for the kernel to initialise while something is measured.
        eager = ["-E", "lazy_itable_init=0,lazy_journal_init=0"]
        as_root("mkfs.ext4", "-q", "-F", "-O", "has_journal", *eager, "-i", "8192", str(image))
        as_root("mount", "-o", "loop", str(image), str(mount))
        mounted = True
        as_root("chown", str(os.getuid()), str(mount))
        yield FileSystem("ext4", mount)
    finally:
        if mounted:
            unmount(mount)
        shutil.rmtree(place, ignore_errors=True)
