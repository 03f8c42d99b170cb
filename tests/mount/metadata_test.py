# SPDX-License-Identifier: Apache-2.0
"""The mount as a file system: sizes, times, owners and modes as on any other, before and after a restart, and no entry
that outlives the job it stood for."""

import os
import shutil
import stat
import time
import unittest

from harness import IS_ROOT, STATES, MountCase, eventually, main

FILES = ("new-id", "config.json", "status.json", "metrics", "events")


class Metadata(MountCase):
    def one_in_each(self):
        for state in ("complete", "failed", "active", "pending"):
            self.place(state, "in-" + state)
        return {state: self.queue.path(state, "in-" + state) for state in STATES}

    def seen(self, path):
        status = os.stat(path)
        return (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns, status.st_size, status.st_ino)

    # ---- kept

    def test_modes_owners_and_times_are_kept_over_a_restart(self):
        q = self.queue
        uid, gid = (1234, 2345) if IS_ROOT else (os.getuid(), os.getgid())
        paths = [self.place(state, "in-" + state) for state in ("complete", "failed", "pending")]
        for number, path in enumerate([*paths, q.path()] + [q.path(state) for state in STATES]):
            os.chown(path, uid, gid)
            os.chmod(path, 0o700 + number)
            if path in paths[:2]:
                os.utime(path, ns=(1, 981158400_123456789 + number))
        everything = [*paths, q.path(), *[q.path(state) for state in STATES]]
        before = {path: self.seen(path) for path in everything}
        self.assertEqual(q.stop(), 0)
        q.start()
        for path in everything:
            self.assertEqual(self.seen(path), before[path], path)

    def test_rights_of_the_files_are_kept(self):
        q = self.queue
        for name in FILES:
            os.chmod(q.path(name), 0o604)
        self.assertEqual(q.stop(), 0)
        q.start()
        for name in FILES:
            self.assertEqual(stat.S_IMODE(os.stat(q.path(name)).st_mode), 0o604, name)

    def test_default_rights(self):
        q = self.queue
        me = (os.getuid(), os.getgid())
        for path in [q.path(), *[q.path(state) for state in STATES], *[q.path(name) for name in FILES]]:
            status = os.stat(path)
            self.assertEqual((status.st_uid, status.st_gid), me, path)
            self.assertEqual(status.st_mode & 0o027, 0, f"group does not write, others nothing: {path}")
        self.shell('umask 022; printf "exit 1" > "$1"', q.path("pending", "job"))
        q.wait_in("failed", "job")
        self.assertEqual(os.stat(q.path("failed", "job")).st_mode & 0o137, 0)

    def test_inodes_stay_as_the_job_moves(self):
        """One of what was submitted, one of the log."""
        path, open_gate = self.gate()
        self.queue.submit(".job", f"echo out; read x < {path}; exit 1")
        before = os.stat(self.queue.path("pending", ".job")).st_ino
        os.rename(self.queue.path("pending", ".job"), self.queue.path("pending", "job"))
        self.queue.wait_in("active", "job")
        number = os.stat(self.queue.path("active", "job")).st_ino
        open_gate()
        self.queue.wait_in("failed", "job")
        self.assertEqual(os.stat(self.queue.path("failed", "job")).st_ino, number)
        self.queue.configure(max_job_count=0)
        os.rename(self.queue.path("failed", "job"), self.queue.path("pending", "job"))
        self.assertEqual(os.stat(self.queue.path("pending", "job")).st_ino, before)

    # ---- no stale entries, right sizes

    def test_no_entry_outlives_a_move(self):
        path, open_gate = self.gate()
        self.queue.configure(max_job_count=0)
        for number in range(10):
            name = f"job{number}"
            self.queue.submit(name, f"echo out; read x < {path}; test -e {self.file('work/ok')}")
            for state in STATES:  # the kernel has looked up all four
                self.assertEqual(self.queue.is_in(state, name), state == "pending")
        names = [f"job{number}" for number in range(10)]
        self.queue.configure(max_job_count=10)
        for name in names:
            self.queue.wait_in("active", name)
            self.assertEqual(self.queue.where(name), ["active"])
        open_gate(10)
        for name in names:
            self.queue.wait_in("failed", name)
            self.assertEqual(self.queue.where(name), ["failed"])
        self.assertEqual({state: self.queue.list(state) for state in STATES},
                         {"pending": [], "active": [], "failed": names, "complete": []})

    def test_the_size_follows_the_log(self):
        path, open_gate = self.gate()
        content = f"echo one; read x < {path}; echo three; read x < {path}"
        self.queue.submit("job", content)
        active, head = self.queue.path("active", "job"), len(content) + 5
        eventually(lambda: self.queue.is_in("active", "job") and os.stat(active).st_size == head + 4, "the first size")
        with open(active, "rb") as reader:
            open_gate()
            eventually(lambda: os.stat(active).st_size == head + 10, "the second size")
            self.assertEqual(os.fstat(reader.fileno()).st_size, head + 10)
            self.assertEqual(len(reader.read()), head + 10)
            open_gate()
            self.queue.wait_in("complete", "job")
            self.assertEqual(os.fstat(reader.fileno()).st_size, head + 10)

    def test_every_size_is_what_can_be_read(self):
        paths = self.one_in_each()
        for path in [*paths.values(), self.queue.path("config.json"), self.queue.path("status.json")]:
            data = self.works("cat", path)
            self.assertGreater(len(data), 0, path)
            if os.path.dirname(path) != self.queue.mountpoint:
                self.assertEqual(os.stat(path).st_size, len(data), path)

    def test_reading_at_an_offset(self):
        path = self.place("complete", output="0123456789" * 1000)
        data = self.queue.read("complete", "job")
        file = os.open(path, os.O_RDONLY)
        for offset in (0, 1, 4095, 4096, 9999, len(data) - 1, len(data), len(data) + 1000):
            self.assertEqual(os.pread(file, 100, offset), data[offset:offset + 100])
        os.close(file)

    # ---- programs

    def test_ls_and_stat(self):
        self.one_in_each()
        for state in STATES:
            listing = self.works("ls", "-l", "--time-style=full-iso", self.queue.path(state)).decode()
            self.assertIn("in-" + state, listing)
            self.assertNotIn("?", listing)
            self.works("ls", "-laiR", self.queue.path(state))
            self.works("stat", self.queue.path(state, "in-" + state))
        self.assertEqual(self.works("ls", self.queue.mountpoint).decode().split(),
                         sorted([*FILES, *STATES]))
        listed = self.works("ls", "-fi", self.queue.path("failed")).split()
        self.assertEqual(int(listed[listed.index(b"in-failed") - 1]), os.stat(self.queue.path("failed", "in-failed")).st_ino)

    def test_find_by_age_and_delete(self):
        for name in ("old", "new"):
            self.place("complete", name)
            self.place("failed", name + "-failed")
        for path in (self.queue.path("complete", "old"), self.queue.path("failed", "old-failed")):
            self.works("touch", "-d", "8 days ago", path)
        self.works("find", self.queue.path("complete"), self.queue.path("failed"), "-type", "f", "-mtime", "+7", "-delete")
        self.assertEqual((self.queue.list("complete"), self.queue.list("failed")), (["new"], ["new-failed"]))

    def test_find_newer(self):
        self.place("complete")
        found = self.works("find", self.queue.mountpoint, "-name", "job", "-newermt", "1 minute ago", "-type", "f")
        self.assertEqual(found.decode(), self.queue.path("complete", "job") + "\n")

    def test_du_and_df(self):
        self.place("complete", output="x" * 100_000)
        self.assertEqual(self.works("du", "-b", "--apparent-size", self.queue.path("complete", "job")).split()[0],
                         str(os.stat(self.queue.path("complete", "job")).st_size).encode())
        blocks = int(self.works("du", "-k", self.queue.path("complete", "job")).split()[0])
        self.assertTrue(90 <= blocks <= 300, blocks)
        self.works("df", self.queue.mountpoint)
        self.assertIn(b"filed", self.works("df", "-T", self.queue.mountpoint))

    def copied(self, *command):
        """All four directories come out byte for byte; of active, what is there so far."""
        paths = self.one_in_each()
        expected = {f"{state}/in-{state}": (self.works("cat", path), os.stat(path).st_mtime_ns // 10**9)
                    for state, path in paths.items()}
        os.mkdir(self.file("copy"))
        self.shell("set -e; umask 077; " + " ".join(command), self.queue.mountpoint, self.file("copy"))
        for name, (data, seconds) in expected.items():
            self.assertEqual(self.get("copy/" + name), data, name)
            self.assertEqual(os.stat(self.file("copy", name)).st_mtime_ns // 10**9, seconds, name)

    def test_tar(self):
        self.copied('tar -C "$1" -cf - pending active failed complete | tar -C "$2" -xf -')

    def test_cp_a(self):
        self.copied('cp -a "$1/pending" "$1/active" "$1/failed" "$1/complete" "$2"')

    @unittest.skipUnless(shutil.which("rsync"), "rsync is not installed")
    def test_rsync(self):
        self.copied('rsync -a --no-owner "$1/pending" "$1/active" "$1/failed" "$1/complete" "$2"')

    def test_a_large_directory(self):
        self.queue.configure(max_job_count=0)
        names = [f"{'x' * 100}-{number:04}" for number in range(1500)]
        for name in names:
            self.queue.submit(name, "true")
        self.assertEqual(self.queue.list("pending"), names)
        self.assertEqual(self.works("find", self.queue.path("pending"), "-type", "f").count(b"\n"), 1500)
        listing = os.scandir(self.queue.path("pending"))
        first = [next(listing).name for _ in range(300)]
        for name in first[:150] + names[-100:]:
            os.unlink(self.queue.path("pending", name))
        rest = [entry.name for entry in listing]
        self.assertEqual(len(first + rest), len(set(first + rest)), "no name twice while names go")
        self.assertLessEqual(set(names) - set(names[-100:]), set(first + rest), "none that stayed is left out")
        self.works("rm", "-r", "--interactive=never", "-f", *[self.queue.path("pending", name) for name in names[150:200]])
        self.shell('rm -f "$1"/*', self.queue.path("pending"))
        self.assertEqual(self.queue.list("pending"), [])

    def test_directories_change_their_time(self):
        before = os.stat(self.queue.path("pending")).st_mtime_ns
        time.sleep(0.02)  # of a file system's clock tick, not for anything to happen
        self.place("pending")
        self.assertGreater(os.stat(self.queue.path("pending")).st_mtime_ns, before)


if __name__ == "__main__":
    main()
