# SPDX-License-Identifier: Apache-2.0
"""The table of operations and directories (filed(5)), one test a cell: the attributes of jobs, and what the mount does not
have. What becomes of the jobs is in operation_table_test.py."""

import errno
import os
import stat
import time

from harness import IS_ROOT, STATES, MountCase, eventually, main
from queue_under_test import PREFIX
from table_coverage import TableCase

# operation: what it does in pending, active, failed, complete
TABLE = """
chmod   | kept                    | kept                  | kept          | kept
chown   | kept                    | kept                  | kept          | kept
mtime   | last change; not before | last output           | end           | end
xattr   | state, next start, ...  | pid, started, attempt | how it ended  | the same
mkdir   | EPERM                   | EPERM                 | EPERM         | EPERM
link    | EPERM                   | EPERM                 | EPERM         | EPERM
symlink | EPERM                   | EPERM                 | EPERM         | EPERM
mknod   | EPERM                   | EPERM                 | EPERM         | EPERM
fsync   | durable                 | durable               | durable       | durable
statfs  | free job slots          | free job slots        | free job slots| free job slots
"""
ENDED_XATTRS = {"exit_status", "reason", "started", "ended", "wall_seconds", "user_seconds", "system_seconds",
                "peak_rss_bytes"}


class Attributes(TableCase, MountCase):
    table = TABLE

    def moves_on(self, state):
        """The job goes one directory further: by its time, its end, or by mv. The path it has then."""
        q = self.queue
        if state == "pending":
            os.utime(q.path("pending", "job"))
            q.wait_in("complete", "job")
            return q.path("complete", "job")
        q.configure(max_job_count=0)
        os.rename(q.path(state, "job"), q.path("pending", "job"))
        return q.path("pending", "job")

    # ---- chmod, chown

    def chmod_is_kept(self, state):
        path = self.place(state)
        self.works("chmod", "604", path)
        self.assertEqual(self.works("stat", "-c", "%a", path), b"604\n")
        self.assertEqual(stat.S_IMODE(os.stat(self.moves_on(state)).st_mode), 0o604)

    def test_chmod_pending(self):
        self.chmod_is_kept("pending")

    def test_chmod_active(self):
        self.chmod_is_kept("active")

    def test_chmod_failed(self):
        self.chmod_is_kept("failed")

    def test_chmod_complete(self):
        self.chmod_is_kept("complete")

    def chown_is_kept(self, state):
        path = self.place(state)
        uid, gid = ("1234", "2345") if IS_ROOT else (str(os.getuid()), str(os.getgid()))
        self.works("chown", f"{uid}:{gid}", path)
        self.assertEqual(self.works("stat", "-c", "%u %g", path), f"{uid} {gid}\n".encode())
        now = os.stat(self.moves_on(state))
        self.assertEqual((now.st_uid, now.st_gid), (int(uid), int(gid)))

    def test_chown_pending(self):
        self.chown_is_kept("pending")

    def test_chown_active(self):
        self.chown_is_kept("active")

    def test_chown_failed(self):
        self.chown_is_kept("failed")

    def test_chown_complete(self):
        self.chown_is_kept("complete")

    # ---- mtime

    def test_mtime_pending(self):
        q = self.queue
        q.configure(max_job_count=0)
        before = time.time() - 0.1
        q.submit("job", "echo ran")
        path = q.path("pending", "job")
        self.assertTrue(before <= os.stat(path).st_mtime <= time.time() + 0.1)
        self.works("touch", "-d", "2001-02-03 04:05:06.789 UTC", path)
        self.assertEqual(self.works("stat", "-c", "%.3Y", path), b"981173106.789\n")
        self.shell('printf "; true" >> "$1"', path)
        self.assertGreaterEqual(os.stat(path).st_mtime, before, "the last change")
        self.works("touch", "-d", "tomorrow", path)
        self.assertGreater(os.stat(path).st_mtime, time.time() + 1)
        q.configure(max_job_count=1)
        q.submit("after", "true")
        q.wait_in("complete", "after")
        self.assertEqual(q.where("job"), ["pending"], "not before that time")
        self.works("touch", path)
        q.wait_in("complete", "job")

    def test_mtime_active(self):
        path, open_gate = self.gate()
        self.queue.submit("job", f"echo one; read x < {path}; echo two; read x < {path}")
        self.queue.wait_log("job", "\none\n")
        active = self.queue.path("active", "job")
        first = os.stat(active).st_mtime_ns
        open_gate()
        self.queue.wait_log("job", "\ntwo\n")
        eventually(lambda: os.stat(active).st_mtime_ns > first, "the time of the last output")
        open_gate()
        self.queue.wait_in("complete", "job")

    def mtime_is_the_end(self, state, script):
        path, open_gate = self.gate()
        self.queue.submit("job", f"echo out; read x < {path}; {script}")
        self.queue.wait_log("job", "\nout\n")
        before = time.time()
        open_gate()
        self.queue.wait_in(state, "job")
        self.assertTrue(before - 0.02 <= os.stat(self.queue.path(state, "job")).st_mtime <= time.time() + 0.02)
        self.works("touch", "-d", "2001-02-03 UTC", self.queue.path(state, "job"))
        self.assertEqual(self.works("stat", "-c", "%Y", self.queue.path(state, "job")), b"981158400\n")

    def test_mtime_failed(self):
        self.mtime_is_the_end("failed", "exit 1")

    def test_mtime_complete(self):
        self.mtime_is_the_end("complete", "true")

    # ---- xattr

    def test_xattr_pending(self):
        path = self.place("pending")
        self.assertEqual(self.works("getfattr", "--only-values", "-n", PREFIX + "state", path), b"pending")
        self.assertEqual(self.queue.attribute("pending", "job", "attempts"), "0")
        self.assertIn("next_start", self.queue.attributes("pending", "job"))
        self.works("setfattr", "-n", PREFIX + "priority", "-v", "7", path)
        self.assertEqual(self.works("getfattr", "--only-values", "-n", PREFIX + "priority", path), b"7")
        for value in (b"", b"x", b"1x", b"99999999999999999999", b"1.5"):
            with self.error(errno.EINVAL):
                os.setxattr(path, PREFIX + "priority", value)
        self.assertEqual(self.queue.attribute("pending", "job", "priority"), "7")
        self.only_the_priority_is_writable("pending")

    def only_the_priority_is_writable(self, state):
        path = self.queue.path(state, "job")
        known = self.queue.attributes(state, "job")
        for key in known:
            if key != "priority":
                self.is_refused(lambda key=key: os.removexattr(path, PREFIX + key))
        for key in {"user.other", PREFIX + "nonsense"} | {PREFIX + key for key in known.keys() - {"priority"}}:
            self.is_refused(lambda key=key: os.setxattr(path, key, b"1"))
        for key in ("user.other", PREFIX + "nonsense"):
            with self.assertRaises(OSError) as caught:
                os.getxattr(path, key)
            self.assertIn(caught.exception.errno, (errno.ENODATA, errno.EOPNOTSUPP))
        self.assertEqual(known.keys(), self.queue.attributes(state, "job").keys())

    def is_refused(self, change):
        with self.assertRaises(OSError) as caught:
            change()
        self.assertIn(caught.exception.errno, (errno.EPERM, errno.EOPNOTSUPP))

    def test_xattr_active(self):
        self.place("active")
        seen = self.queue.attributes("active", "job")
        self.assertEqual((seen["state"], seen["attempt"]), ("active", "1"))
        self.assertTrue(os.path.isdir("/proc/" + seen["pid"]))
        with open(f"/proc/{seen['pid']}/cmdline", "rb") as file:
            self.assertIn(b"sleep", file.read())
        self.assertIn("started", seen)
        self.only_the_priority_is_writable("active")

    def how_it_ended(self, state, expected):
        self.place(state)
        seen = self.queue.attributes(state, "job")
        self.assertLessEqual(ENDED_XATTRS, seen.keys())
        self.assertEqual({key: seen[key] for key in expected}, expected)
        self.assertGreater(int(seen["peak_rss_bytes"]), 0)
        self.only_the_priority_is_writable(state)

    def test_xattr_failed(self):
        self.how_it_ended("failed", {"state": "failed", "exit_status": "3", "reason": "exit status 3", "attempts": "1"})

    def test_xattr_complete(self):
        self.how_it_ended("complete", {"state": "complete", "exit_status": "0", "attempts": "1"})

    # ---- what there is not

    def test_mkdir_pending(self):
        self.there_is_no("mkdir", "pending")

    def test_mkdir_active(self):
        self.there_is_no("mkdir", "active")

    def test_mkdir_failed(self):
        self.there_is_no("mkdir", "failed")

    def test_mkdir_complete(self):
        self.there_is_no("mkdir", "complete")

    def there_is_no(self, operation, state):
        new, job = self.queue.path(state, "new"), self.place(state)
        command = {"mkdir": ("mkdir", new), "link": ("ln", job, new), "symlink": ("ln", "-s", "job", new),
                   "mknod": ("mkfifo", new)}[operation]
        self.fails(errno.EPERM, *command)
        if operation == "mknod":
            with self.error(errno.EPERM):
                os.mknod(new, 0o644 | stat.S_IFREG)
        self.assertEqual(self.queue.list(state), ["job"])

    def test_link_pending(self):
        self.there_is_no("link", "pending")

    def test_link_active(self):
        self.there_is_no("link", "active")

    def test_link_failed(self):
        self.there_is_no("link", "failed")

    def test_link_complete(self):
        self.there_is_no("link", "complete")

    def test_symlink_pending(self):
        self.there_is_no("symlink", "pending")

    def test_symlink_active(self):
        self.there_is_no("symlink", "active")

    def test_symlink_failed(self):
        self.there_is_no("symlink", "failed")

    def test_symlink_complete(self):
        self.there_is_no("symlink", "complete")

    def test_mknod_pending(self):
        self.there_is_no("mknod", "pending")

    def test_mknod_active(self):
        self.there_is_no("mknod", "active")

    def test_mknod_failed(self):
        self.there_is_no("mknod", "failed")

    def test_mknod_complete(self):
        self.there_is_no("mknod", "complete")

    # ---- fsync, statfs

    def can_be_synced(self, state):
        path = self.place(state)
        for file in (path, self.queue.path(state), self.queue.path()):
            self.works("sync", file)
            self.works("sync", "-d", file)
        self.works("sync", "-f", path)

    def test_fsync_pending(self):
        self.can_be_synced("pending")
        file = os.open(self.queue.path("pending", "job"), os.O_WRONLY)
        os.pwrite(file, b"cat", 0)
        os.fsync(file)
        os.fdatasync(file)
        os.close(file)

    def test_fsync_active(self):
        self.can_be_synced("active")

    def test_fsync_failed(self):
        self.can_be_synced("failed")

    def test_fsync_complete(self):
        self.can_be_synced("complete")

    def statfs_of(self, state):
        self.queue.configure(max_pending=10, max_job_count=2)
        path = self.place(state)
        free = 9 if state == "pending" else 10
        for place in (path, self.queue.path(state), self.queue.path()):
            self.assertEqual(os.statvfs(place).f_ffree, free)
            self.assertEqual(self.works("df", "--output=iavail", place).split()[-1], str(free).encode())
            self.works("df", place)

    def test_statfs_pending(self):
        self.statfs_of("pending")

    def test_statfs_active(self):
        self.statfs_of("active")

    def test_statfs_failed(self):
        self.statfs_of("failed")

    def test_statfs_complete(self):
        self.statfs_of("complete")

    def test_beside_the_directories_keep_their_rights(self):
        for state in STATES:
            self.works("chmod", "711", self.queue.path(state))
            self.assertEqual(stat.S_IMODE(os.stat(self.queue.path(state)).st_mode), 0o711)


if __name__ == "__main__":
    main()
