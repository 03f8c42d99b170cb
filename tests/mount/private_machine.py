# SPDX-License-Identifier: Apache-2.0
"""Mounts that only this process and its children see, with a /dev/fuse that every user may open, as distributions have
it: for tests that need root and an ordinary user at once. They end with the process."""

import ctypes
import os
import stat
import subprocess

CLONE_NEWNS = 0x00020000
DIRECTORY = "/mnt"  # is there everywhere; what is in it is hidden from us
FUSE_CONF = "/etc/fuse.conf"


class Unavailable(Exception):
    pass


def _mount(*arguments):
    done = subprocess.run(["mount", *arguments], stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Unavailable(f"mount {' '.join(arguments)}: {done.stderr.decode('utf-8', 'replace').strip()}")


def enter():
    """For good. Only for root, and before there are threads. Brings a directory on a file system of its own."""
    if os.geteuid() != 0:
        raise Unavailable("only root can have mounts of its own")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise Unavailable("unshare: " + os.strerror(ctypes.get_errno()))
    _mount("--make-rprivate", "/")
    _mount("-t", "tmpfs", "-o", "mode=755", "filed-test", DIRECTORY)
    device = DIRECTORY + "/fuse"
    os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(10, 229))
    os.chmod(device, 0o666)
    _mount("--bind", device, "/dev/fuse")
    let_users_allow_others(False)
    if not os.path.exists(FUSE_CONF):
        raise Unavailable("there is no " + FUSE_CONF)
    _mount("--bind", DIRECTORY + "/fuse.conf", FUSE_CONF)
    return DIRECTORY


def let_users_allow_others(allowed):
    with open(DIRECTORY + "/fuse.conf", "w", encoding="ascii") as file:
        file.write("user_allow_other\n" if allowed else "# empty\n")
