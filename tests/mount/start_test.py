# SPDX-License-Identifier: Apache-2.0
"""How filed starts, and what it refuses to start with: with which status, and that it says what is wrong."""

import os
import shutil
import socket
import sqlite3
import subprocess
import unittest

import leftovers
from harness import IS_ROOT, NOBODY, FiledCase, NeverHappened, main, needs_root
from queue_under_test import LIMIT_SECONDS, PROGRAM

USAGE, FAILED = 2, 1


class StartCase(FiledCase):
    def setUp(self):
        os.mkdir(self.file("mnt"))
        os.mkdir(self.file("state"))

    def mount(self, *options, **more):
        queue = super().mount(*options, **more)
        queue.configure(directory="/", stop_grace=0.5)  # not every user has a home
        return queue

    def ends(self, status, *arguments, saying=(), environment=None, **options):
        """filed ends by itself with this status and has said all of this; nothing is mounted. Its stderr."""
        variables = {"PATH": os.environ["PATH"], "HOME": self.directory, "FILED_STATE_FILE": self.file("state/filed.db"),
                     "BOBBIN_TEST": self.directory, **(environment or {})}
        result = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, cwd=self.directory, timeout=LIMIT_SECONDS, check=False,
                                env={name: value for name, value in variables.items() if value is not None}, **options)
        words = result.stderr.decode("utf-8", "replace")
        self.assertEqual(result.returncode, status, words)
        for word in [saying] if isinstance(saying, str) else saying:
            self.assertIn(word, words)
        if status == FAILED:
            self.assertRegex(words, r"(?m)^ERROR filed: .*\S\n\Z")
        return result.stdout.decode() if status == 0 else words

    def refuses(self, *saying, mountpoint="mnt", **options):
        return self.ends(FAILED, self.file(mountpoint), saying=saying, **options)


class CommandLine(StartCase):
    def test_help_and_version(self):
        text = self.ends(0, "--help")
        for option in ("--ready-fd", "--allow-other", "--run-as", "--ro", "--rof", "--rw", "--rwf", "--sync"):
            self.assertIn(option + " ", text + " ")
        self.assertIn("Bobbin", self.ends(0, "--version"))

    def test_usage_errors(self):
        mountpoint = self.file("mnt")
        for arguments in ((), (mountpoint, "more"), ("--nonsense", mountpoint), ("--sync",), ("--sync", "often", mountpoint),
                          ("--run-as", "root", mountpoint), ("--ready-fd", "x", mountpoint), ("--ready-fd", "", mountpoint),
                          ("--ready-fd", "1", mountpoint), ("--ro",), ("--allow-other=yes", mountpoint), ("",)):
            with self.subTest(arguments=arguments):
                self.ends(USAGE, *arguments, saying=("filed: ", "sage"))
        self.assertEqual(leftovers.mounts_below(self.directory), [])
        self.assertEqual(os.listdir(self.file("state")), [], "nothing is begun")

    def test_options_after_the_mountpoint_and_behind_two_dashes(self):
        os.mkdir(self.file("-mnt"))
        queue = self.queue_of(mountpoint="-mnt")
        queue.command = lambda *more: [PROGRAM, *more, "--sync=lazy", "--", "-mnt"]
        queue.start()
        self.assertEqual(queue.stop(), 0)

    def test_sync_lazy_works(self):
        queue = self.mount("--sync", "lazy")
        queue.submit("job", "echo out")
        queue.wait_in("complete", "job")
        self.assertEqual(queue.stop(), 0)
        queue.start()
        self.assertEqual(queue.log("job"), b">>> echo out\nout\n")


class Mountpoint(StartCase):
    def test_missing(self):
        self.refuses("nowhere", "No such file", mountpoint="nowhere")

    def test_a_file(self):
        self.put("file", "x")
        self.refuses("file", mountpoint="file")
        self.assertEqual(self.get("file"), b"x")

    def test_not_empty(self):
        self.put("mnt/precious", "x")
        self.refuses("mnt", "empty")
        self.assertEqual(self.get("mnt/precious"), b"x")

    def test_mounted_already(self):
        queue = self.mount()
        self.refuses("mnt", environment={"FILED_STATE_FILE": self.file("other/filed.db")})
        queue.submit("job", "true")
        queue.wait_in("complete", "job")

    def test_a_link_to_a_directory(self):
        os.mkdir(self.file("real"))
        os.symlink("real", self.file("link"))
        queue = self.queue_of(mountpoint="link")
        queue.start()
        self.assertEqual(leftovers.mounts_below(self.directory), [self.file("real")])
        self.assertEqual(queue.stop(), 0)

    def test_a_name_with_spaces_and_worse(self):
        queue = self.mount(mountpoint="a b\n'c\\040")
        queue.submit("job", 'cat "$FILED_QUEUE/new-id"')
        queue.wait_in("complete", "job")
        self.assertEqual(queue.stop(), 0)
        queue.start()
        queue.kill()
        queue.start()
        self.assertEqual(queue.list("complete"), ["job"])


class State(StartCase):
    def test_under_the_mountpoint(self):
        for state in ("mnt/filed.db", "mnt/sub/filed.db", "link/filed.db"):
            with self.subTest(state=state):
                if not os.path.lexists(self.file("link")):
                    os.symlink("mnt", self.file("link"))
                self.refuses("mountpoint", environment={"FILED_STATE_FILE": os.path.join(self.directory, state)})
                shutil.rmtree(self.file("mnt"))
                os.mkdir(self.file("mnt"))

    def in_use(self, state):
        queue = self.mount()
        queue.submit("job", "true")
        os.mkdir(self.file("second"))
        words = self.refuses(mountpoint="second", environment={"FILED_STATE_FILE": state(queue)})
        self.assertRegex(words, "in use|another|is used")
        queue.wait_in("complete", "job")
        queue.submit("other", "true")
        queue.wait_in("complete", "other")

    def test_in_use(self):
        self.in_use(lambda queue: queue.state)

    def test_in_use_by_another_name(self):
        def link(queue):
            os.symlink(queue.state, self.file("elsewhere/link.db"))
            return self.file("elsewhere/link.db")
        self.in_use(link)

    def test_in_use_by_slots_of_a_dead_one_is_no_obstacle(self):
        queue = self.mount()
        queue.submit("job", "exec sleep 1000")
        queue.wait_in("active", "job")
        queue.kill()
        queue.start()
        self.assertEqual(queue.where("job"), ["active"])

    def test_its_places(self):
        places = ((self.file("xdg/filed.db"), {"XDG_DATA_HOME": self.file("xdg"), "FILED_STATE_FILE": None}),
                  (self.file(".local/share/filed.db"), {"XDG_DATA_HOME": None, "FILED_STATE_FILE": None}),
                  (self.file(".local/share/filed.db"), {"XDG_DATA_HOME": "", "FILED_STATE_FILE": ""}))
        for expected, variables in places:
            with self.subTest(expected=expected):
                queue = self.queue_of()
                queue.environment = {name: value for name, value in {**queue.environment, "XDG_DATA_HOME": None,
                                     "HOME": self.directory, **variables}.items() if value is not None}
                queue.start()
                self.assertTrue(os.path.isfile(expected))
                self.assertEqual(os.stat(expected).st_mode & 0o077, 0, "nobody else reads it")
                self.assertEqual(os.stat(expected + ".d").st_mode & 0o077, 0)
                self.assertEqual(queue.stop(), 0)

    def test_no_place_for_it(self):
        self.refuses("state", environment={"HOME": None, "XDG_DATA_HOME": None, "FILED_STATE_FILE": None})
        self.refuses(environment={"FILED_STATE_FILE": "/proc/no/such/filed.db"})

    def test_corrupt(self):
        for name, content in (("garbage", b"garbage " * 1000), ("text", b"x"), ("head only", b"SQLite format 3\0" + b"x" * 84)):
            with self.subTest(state=name):
                self.put("state/filed.db", content)
                self.refuses("filed.db")
                self.assertEqual(self.get("state/filed.db"), content, "it is left as it was")

    def test_damaged_in_the_middle(self):
        queue = self.mount()
        for number in range(30):
            queue.submit(f"job{number}", "echo " + "x" * 500)
        queue.wait(lambda: len(queue.list("complete")) == 30, "all have run")
        self.assertEqual(queue.stop(), 0)
        size = os.path.getsize(queue.state)
        with open(queue.state, "r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (size - 4096))
        self.refuses("filed.db")

    def test_of_another_program(self):
        database = sqlite3.connect(self.file("state/filed.db"))
        database.execute("create table precious (x)")
        database.execute("insert into precious values (1)")
        database.commit()
        database.close()
        self.refuses("filed.db")
        database = sqlite3.connect(self.file("state/filed.db"))
        self.assertEqual(database.execute("select x from precious").fetchall(), [(1,)])
        database.close()

    def test_of_a_later_version(self):
        queue = self.mount()
        self.assertEqual(queue.stop(), 0)
        database = sqlite3.connect(queue.state)
        database.execute("pragma user_version = 1000000")
        database.close()
        self.refuses("filed.db")

    def test_locked_by_another_program(self):
        queue = self.mount()
        self.assertEqual(queue.stop(), 0)
        database = sqlite3.connect(queue.state, isolation_level=None)
        database.execute("pragma locking_mode = exclusive")
        database.execute("begin exclusive")
        self.refuses("filed.db")
        database.execute("rollback")
        database.close()
        queue.start()

    def test_a_directory_in_its_place(self):
        os.mkdir(self.file("state/filed.db"))
        self.refuses("filed.db")

    @needs_root
    def test_on_a_read_only_file_system(self):
        queue = self.queue_of()
        subprocess.run(["mount", "-t", "tmpfs", "filed-test", self.file("state")], check=True)
        self.addCleanup(leftovers.unmount, self.file("state"))
        queue.start()
        self.assertEqual(queue.stop(), 0)
        subprocess.run(["mount", "-o", "remount,ro", self.file("state")], check=True)
        self.refuses("filed.db")
        subprocess.run(["mount", "-o", "remount,rw", self.file("state")], check=True)
        queue.start()
        self.assertEqual(queue.stop(), 0)
        leftovers.unmount(self.file("state"))

    @unittest.skipIf(IS_ROOT, "root may write everywhere")
    def test_without_the_right_to_write(self):
        os.chmod(self.file("state"), 0o500)
        self.refuses("state")

    @needs_root
    def test_a_full_disk(self):
        queue = self.queue_of()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "filed-test", self.file("state")], check=True)
        self.addCleanup(leftovers.unmount, self.file("state"))
        queue.start()
        queue.configure(max_job_count=0)
        accepted = []
        try:
            for number in range(400):
                queue.submit(f"job{number:03}", "# " + "x" * 10_000 + "\necho out")
                accepted.append(f"job{number:03}")
        except OSError as error:
            self.assertEqual(os.strerror(error.errno), "No space left on device")
        self.assertTrue(20 < len(accepted) < 400, len(accepted))
        self.assertTrue(queue.is_running())
        queue.kill()
        subprocess.run(["mount", "-o", "remount,size=20m", self.file("state")], check=True)
        queue.start()
        self.assertLessEqual(set(accepted), set(queue.list("pending")), "nothing that was accepted is lost")
        queue.configure(max_job_count=2)
        queue.wait(lambda: set(accepted) <= set(queue.list("complete")), "they run once there is room")
        self.expected_words = ("filed",)
        self.assertEqual(queue.stop(), 0)
        leftovers.unmount(self.file("state"))


class Readiness(StartCase):
    def test_ready_fd_gets_one_byte_and_is_closed(self):
        ours, theirs = os.pipe()
        queue = self.queue_of()
        queue.process = subprocess.Popen(queue.command("--ready-fd", str(theirs)), pass_fds=[theirs],
                                         env=queue.environment, stderr=subprocess.DEVNULL)
        os.close(theirs)
        self.assertEqual(len(os.read(ours, 100)), 1)
        self.assertEqual(os.read(ours, 100), b"")
        os.close(ours)
        self.assertTrue(os.path.isdir(queue.path("pending")))

    def test_a_ready_fd_that_is_not_open(self):
        words = self.ends(FAILED, "--ready-fd", "77", self.file("mnt"))
        self.assertIn("77", words)

    def test_it_tells_the_service_manager(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(self.file("notify"))
            manager.settimeout(LIMIT_SECONDS)
            queue = self.mount(environment={"NOTIFY_SOCKET": self.file("notify")})
            self.assertIn(b"READY=1", manager.recv(1000).split(b"\n"))
            self.assertEqual(queue.stop(), 0)
            self.assertIn(b"STOPPING=1", manager.recv(1000).split(b"\n"))

    def test_a_failed_start_tells_nobody(self):
        self.put("mnt/precious", "x")
        queue = self.queue_of()
        with self.assertRaises(NeverHappened):
            queue.start()
        self.assertEqual(queue.process.wait(LIMIT_SECONDS), FAILED)
        queue.process = None

    @needs_root
    def test_run_as_needs_root(self):
        os.chmod(self.file("state"), 0o777)
        os.chmod(self.file("mnt"), 0o777)
        self.refuses_as_nobody("--run-as", "submitter", saying="root")

    def refuses_as_nobody(self, *arguments, saying):
        result = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", PROGRAM, *arguments,
                                 self.file("mnt")], stderr=subprocess.PIPE, cwd="/", check=False, timeout=LIMIT_SECONDS,
                                env={"PATH": os.environ["PATH"], "FILED_STATE_FILE": self.file("state/filed.db")})
        self.assertEqual(result.returncode, FAILED, result.stderr)
        self.assertIn(saying, result.stderr.decode())


if __name__ == "__main__":
    main()
