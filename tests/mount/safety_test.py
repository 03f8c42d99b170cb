# SPDX-License-Identifier: Apache-2.0
"""Other users: they see and do what the modes of files and directories say, no more and no less, as on the file system
beside; and jobs that run as who submitted them reach neither the state nor the daemon. All of it needs root."""

import errno
import json
import os

import private_machine
from harness import NOBODY, FiledCase, MountCase, NeverHappened, eventually, leftovers, main, needs_root

OWNER, MEMBER, STRANGER, GROUP = 2001, 2002, 2003, 2100
USERS = {"owner": (OWNER, OWNER, []), "member": (MEMBER, MEMBER, [GROUP]), "stranger": (STRANGER, STRANGER, [])}
UNAVAILABLE = []  # why there are no ordinary users here


def setUpModule():
    try:
        private_machine.enter()
    except private_machine.Unavailable as why:
        UNAVAILABLE.append(str(why))


def as_user(user, work):
    """What `work` returns when another user does it: in a process of its own."""
    uid, gid, groups = user
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            os.write(theirs, json.dumps(work()).encode())
            os._exit(0)
        except BaseException as error:
            os.write(2, repr(error).encode() + b"\n")
            os._exit(1)
    os.close(theirs)
    with open(ours, "rb") as pipe:
        answer = pipe.read()
    if os.waitpid(child, 0)[1] != 0:
        raise AssertionError("the child failed")
    return json.loads(answer)


def outcome(operation):
    try:
        operation()
        return "done"
    except OSError as error:
        return errno.errorcode[error.errno]


def everything(folder, key):
    """What one can do with a file `job` in a folder, mildest first: {operation: "done" or the errno}."""
    job, new = folder + "/job", folder + "/new"
    status = os.lstat(job) if outcome(lambda: os.lstat(job)) == "done" else None
    operations = {
        "list": lambda: os.listdir(folder),
        "stat": lambda: os.lstat(job),
        "read": lambda: os.close(os.open(job, os.O_RDONLY)),
        "open to write": lambda: os.close(os.open(job, os.O_WRONLY)),
        "open for both": lambda: os.close(os.open(job, os.O_RDWR)),
        "truncate": lambda: os.truncate(job, 1),
        "touch": lambda: os.utime(job),
        "set its time": lambda: os.utime(job, (1, 4e9)),
        "get an attribute": lambda: os.getxattr(job, key),
        "set an attribute": lambda: os.setxattr(job, key, b"1"),
        "chmod": lambda: os.chmod(job, status.st_mode & 0o777 if status else 0o600),
        "give it away": lambda: os.chown(job, STRANGER, -1),
        "give it to a group": lambda: os.chown(job, -1, GROUP),
        "create": lambda: os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)),
        "rename": lambda: os.rename(job, folder + "/renamed"),
        "rename back": lambda: os.rename(folder + "/renamed", job),
        "remove": lambda: os.unlink(job),
    }
    return {name: outcome(operation) for name, operation in operations.items()}


@needs_root
class OtherUsers(MountCase):
    options = ("--allow-other",)
    settings = {**MountCase.settings, "max_job_count": 0}

    def set_up(self, folder, folder_mode, mode):
        for name in os.listdir(folder):
            os.unlink(folder + "/" + name)
        with open(folder + "/job", "w", encoding="ascii") as file:
            file.write("echo out")
        os.chown(folder + "/job", OWNER, GROUP)
        os.chmod(folder + "/job", mode)
        os.utime(folder + "/job", (4e9, 4e9))
        os.chown(folder, OWNER, GROUP)
        os.chmod(folder, folder_mode)

    def test_the_modes_mean_what_they_mean_elsewhere(self):
        os.chmod(self.queue.path(), 0o755)
        plain = self.file("plain/pending")
        os.mkdir(plain)
        mounted = self.queue.path("pending")
        for folder_mode in (0o777, 0o755, 0o711, 0o733, 0o750, 0o1777, 0o700):
            for mode in (0o644, 0o600, 0o660, 0o606, 0o444, 0o000):
                for name, user in USERS.items():
                    with self.subTest(folder=oct(folder_mode), file=oct(mode), user=name):
                        self.set_up(plain, folder_mode, mode)
                        os.setxattr(plain + "/job", "user.priority", b"0")
                        self.set_up(mounted, folder_mode, mode)
                        self.assertEqual(as_user(user, lambda: everything(mounted, "user.filed.priority")),
                                         as_user(user, lambda: everything(plain, "user.priority")))

    def test_by_default_others_see_nothing(self):
        self.queue.configure(max_job_count=1)
        self.place("failed")
        def look():
            return [outcome(lambda: os.listdir(self.queue.path())), outcome(lambda: self.queue.read("config.json")),
                    outcome(lambda: self.queue.submit_myself("new", "true")), outcome(lambda: self.queue.read("failed", "job")),
                    outcome(lambda: self.queue.read("new-id")), outcome(lambda: self.queue.read("events"))]
        self.assertEqual(as_user(USERS["stranger"], look), ["EACCES"] * 6)

    def test_a_letter_box(self):
        """Strangers may drop jobs and read what became of their own."""
        os.chmod(self.queue.path(), 0o711)
        for state in ("pending", "complete"):
            os.chmod(self.queue.path(state), 0o733 if state == "pending" else 0o711)
        self.queue.configure(max_job_count=1)
        os.umask(0o027)
        self.queue.submit("of-root", "echo secret")
        as_user(USERS["stranger"], lambda: self.queue.submit_myself("job", "echo out"))
        self.queue.wait_in("complete", "job", "of-root")
        status = os.stat(self.queue.path("complete", "job"))
        self.assertEqual((status.st_uid, status.st_gid), (STRANGER, STRANGER))
        def look():
            return [self.queue.read("complete", "job").decode(), outcome(lambda: self.queue.read("complete", "of-root")),
                    outcome(lambda: self.queue.list("complete")), outcome(lambda: os.unlink(self.queue.path("complete", "job"))),
                    outcome(lambda: self.queue.configure(max_retries=1))]
        self.assertEqual(as_user(USERS["stranger"], look), [">>> echo out\nout\n"] + ["EACCES"] * 4)
        os.umask(0o022)

    def test_rights_of_the_other_directories(self):
        os.chmod(self.queue.path(), 0o711)
        self.queue.configure(max_job_count=2)
        for state in ("active", "failed", "complete"):
            self.place(state, "in-" + state)
            os.chmod(self.queue.path(state), 0o755)
            os.chmod(self.queue.path(state, "in-" + state), 0o644)
        def work():
            found = []
            for state in ("active", "failed", "complete"):
                path = self.queue.path(state, "in-" + state)
                found += [outcome(lambda path=path: open(path, "rb").close()), outcome(lambda path=path: os.unlink(path)),
                          outcome(lambda path=path: os.rename(path, self.queue.path("pending", "moved"))),
                          outcome(lambda path=path: os.chmod(path, 0o777))]
            return found
        self.assertEqual(as_user(USERS["stranger"], work), ["done", "EACCES", "EACCES", "EPERM"] * 3)
        for state in ("active", "failed", "complete"):
            os.chmod(self.queue.path(state), 0o757)
            self.assertEqual(as_user(USERS["stranger"], lambda state=state: outcome(
                lambda: os.unlink(self.queue.path(state, "in-" + state)))), "done")

    def test_nobody_reads_the_state(self):
        for folder, names, files in os.walk(os.path.dirname(self.queue.state)):
            for name in names + files:
                self.assertEqual(os.lstat(os.path.join(folder, name)).st_mode & 0o077, 0, name)


@needs_root
class AsSubmitter(MountCase):
    options = ("--run-as", "submitter")

    def setUp(self):
        super().setUp()
        os.chmod(self.queue.path(), 0o711)
        for state in ("pending", "complete", "failed"):
            os.chmod(self.queue.path(state), 0o733)

    def run_as(self, user, content, state="complete", name="job"):
        as_user(user, lambda: self.queue.submit_myself(name, content))
        self.queue.wait_in(state, name)
        return self.queue.log(name).removeprefix(b">>> " + content.encode() + b"\n").decode()

    def test_who_it_is(self):
        self.assertEqual(self.run_as((NOBODY, NOBODY, [GROUP]), "id -ru; id -u; id -rg; id -g; id -G; touch made").split(),
                         [str(NOBODY)] * 5)
        self.assertEqual(os.stat(self.file("work/made")).st_uid, NOBODY)
        self.queue.submit("of-root", "id -u; grep ^Cap /proc/self/status > of-root")
        self.queue.wait_in("complete", "of-root")
        self.assertTrue(self.queue.log("of-root").endswith(b"\n0\n"))

    def test_it_has_no_capabilities_and_can_gain_none(self):
        found = self.run_as((NOBODY, NOBODY, []), "grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs)' /proc/self/status")
        values = dict(line.split(":\t") for line in found.splitlines())
        self.assertEqual({int(value, 16) for name, value in values.items() if name.startswith("Cap")}, {0})
        self.assertEqual(values["NoNewPrivs"], "1")

    def test_it_has_its_own_home(self):
        found = self.run_as((NOBODY, NOBODY, []), 'echo "$HOME $USER $LOGNAME"').split()
        self.assertEqual(found, ["/nonexistent", "nobody", "nobody"])

    def test_it_reaches_neither_the_daemon_nor_the_state(self):
        pid, slots = self.queue.process.pid, self.queue.slots()
        targets = [str(pid), *map(str, slots), "$PPID"]
        script = "; ".join(
            [f"kill -0 {target} && echo could signal {target}" for target in targets] +
            [f"cat /proc/{target}/environ /proc/{target}/maps && echo could look at {target}" for target in targets] +
            [f"cat {self.queue.state} && echo could read", f"ls {self.queue.state}.d && echo could list",
             f"ls /proc/{pid}/fd/ && echo could list descriptors", f"echo x > {self.queue.state} && echo could write",
             "cat /proc/$PPID/fd/* && echo could read descriptors", "echo end"])
        found = self.run_as((NOBODY, NOBODY, []), script)
        self.assertNotIn("could ", found.replace("could not", ""))
        self.assertTrue(found.endswith("\nend\n"))

    def test_its_log_stays_its_own(self):
        as_user((NOBODY, NOBODY, []), lambda: self.queue.submit_myself("job", "echo secret"))
        self.queue.wait_in("complete", "job")
        self.assertEqual(as_user(USERS["stranger"], lambda: outcome(lambda: self.queue.read("complete", "job"))), "EACCES")

    def test_it_is_ended_like_any_other(self):
        as_user((NOBODY, NOBODY, []), lambda: self.queue.submit_myself("job", "setsid sleep 1000 & echo $! > pid; exec sleep 1000"))
        pid = int(self.wait_file("work/pid", b"\n"))
        os.unlink(self.queue.path("active", "job"))
        eventually(lambda: not leftovers.is_alive(pid), "its child ended")

    def test_large_content_and_scripts(self):
        found = self.run_as((NOBODY, NOBODY, []), "#!/bin/sh\nid -u #" + "x" * 9000)
        self.assertEqual(found, f"{NOBODY}\n")


@needs_root
class OrdinaryUser(FiledCase):
    """A queue of an ordinary user, as others see it."""

    AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")

    def mounted(self, *options, user_allow_other=False, lets_us_in=False):
        if UNAVAILABLE:
            self.skipTest("; ".join(UNAVAILABLE))
        private_machine.let_users_allow_others(user_allow_other)
        queue = self.queue_of(*options, wrapper=self.AS_NOBODY)
        queue.lets_us_in = lets_us_in
        for folder in (queue.mountpoint, os.path.dirname(queue.state)):
            os.chown(folder, NOBODY, NOBODY)
        os.chmod(os.path.dirname(queue.log_path), 0o755)
        return queue

    def test_without_allow_other_nobody_else_gets_in(self):
        queue = self.mounted().start()
        self.assertEqual(outcome(lambda: os.listdir(queue.path())), "EACCES", "not even root")
        self.assertEqual(as_user(USERS["stranger"], lambda: outcome(lambda: os.listdir(queue.path()))), "EACCES")
        owner = (NOBODY, NOBODY, [])
        as_user(owner, lambda: queue.configure(directory="/"))
        as_user(owner, lambda: queue.submit_myself("job", "id -u"))
        def has_run():
            return as_user(owner, lambda: queue.is_in("complete", "job"))
        eventually(has_run, "the job has run")
        self.assertEqual(as_user(owner, lambda: queue.read("complete", "job").decode()), f">>> id -u\n{NOBODY}\n")

    def test_allow_other_needs_a_line_in_fuse_conf(self):
        queue = self.mounted("--allow-other")
        with self.assertRaises(NeverHappened):
            queue.start()
        self.assertEqual(queue.process.wait(20), 1)
        self.assertIn("user_allow_other", queue.words())
        self.assertIn("/etc/fuse.conf", queue.words())
        queue.process = None

    def test_allow_other_lets_others_in_as_the_modes_say(self):
        queue = self.mounted("--allow-other", user_allow_other=True, lets_us_in=True).start()
        self.assertEqual(as_user(USERS["stranger"], lambda: outcome(lambda: os.listdir(queue.path()))), "EACCES")
        os.chmod(queue.path(), 0o755)
        self.assertEqual(as_user(USERS["stranger"], lambda: outcome(lambda: os.listdir(queue.path()))), "done")
        self.assertEqual(as_user(USERS["stranger"], lambda: outcome(lambda: os.listdir(queue.path("pending")))), "EACCES")


if __name__ == "__main__":
    main()
