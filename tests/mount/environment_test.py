# SPDX-License-Identifier: Apache-2.0
"""What a job finds when it starts: its environment, descriptors, signals, directory; and what it must not find, which is
anything that is the daemon's own business."""

import os
import pwd
import signal
import sys
import unittest

from harness import FiledCase, MountCase, main

SECRETS = {"FILED_SECRET": "1", "NOTIFY_SOCKET": "/nowhere", "LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "x",
           "WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1", "PGPASSWORD": "secret", "DATABASE_URL": "secret"}
KEPT = {"FROM_THE_UNIT": "kept", "EMPTY": "", "WITH_NEWLINE": "a\nb"}


class Environment(MountCase):
    def setUp(self):
        os.mkdir(self.file("work"))
        self.queue = self.mount(environment={**SECRETS, **KEPT})
        self.queue.configure(directory=self.file("work"), **self.settings)

    def variables(self):
        self.queue.submit("job", "cat /proc/$$/environ > environment; true")
        self.queue.wait_in("complete", "job")
        pairs = [entry.split(b"=", 1) for entry in self.get("work/environment").split(b"\0") if entry]
        self.assertEqual(len(pairs), len({name for name, _ in pairs}), "no variable is there twice")
        found = {name.decode(): value.decode() for name, value in pairs}
        found.pop("PWD", None)  # the shell's own
        return found

    def test_the_daemons_without_what_is_its_own_business(self):
        found = self.variables()
        self.assertEqual({name: found.get(name) for name in KEPT}, KEPT)
        self.assertEqual([name for name in SECRETS if name in found], [])
        own = {name: value for name, value in found.items() if name.startswith("FILED_")}
        self.assertEqual(own, {"FILED_JOB": "job", "FILED_ATTEMPT": "1", "FILED_QUEUE": self.queue.mountpoint})
        self.assertEqual(found["PATH"], self.queue.environment["PATH"])

    def test_a_clean_one(self):
        self.queue.configure(clean_environment=True, environment={"ADDED": "yes", "LANG": "C"})
        found = self.variables()
        self.assertEqual(found.keys() - {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG"},
                         {"ADDED", "FILED_JOB", "FILED_ATTEMPT", "FILED_QUEUE"})
        self.assertEqual((found["ADDED"], found["LANG"]), ("yes", "C"))

    def test_what_config_json_adds(self):
        self.queue.configure(environment={"ADDED": "a'b\"c\n", "FROM_THE_UNIT": "changed"})
        found = self.variables()
        self.assertEqual((found["ADDED"], found["FROM_THE_UNIT"]), ("a'b\"c\n", "changed"))
        self.queue.configure(environment={})
        self.queue.submit("other", "echo ${ADDED-none} $FROM_THE_UNIT")
        self.queue.wait_in("complete", "other")
        self.assertTrue(self.queue.log("other").endswith(b"\nnone kept\n"))

    def test_the_attempt(self):
        self.queue.configure(max_retries=2, backoff_base=0)
        self.queue.submit("job", "echo $FILED_ATTEMPT >> attempts; test $FILED_ATTEMPT = 3")
        self.queue.wait_in("complete", "job")
        self.assertEqual(self.get("work/attempts"), b"1\n2\n3\n")

    def test_a_job_can_use_its_own_queue(self):
        self.queue.submit("job", 'printf "echo child" > "$FILED_QUEUE/pending/child"; head -c 5 "$FILED_QUEUE/active/$FILED_JOB"')
        self.queue.wait_in("complete", "job", "child")
        self.assertTrue(self.queue.log("job").startswith(b">>> printf "))


class Process(MountCase):
    def report(self, content, name="job"):
        self.queue.submit(name, content)
        self.queue.wait_in("complete", name)
        return self.queue.log(name).removeprefix(b">>> " + content.rstrip("\n").encode() + b"\n").decode()

    @staticmethod
    def listed(text):
        """{number: where it leads} of what `ls -l` says."""
        links = [line.split(" -> ") for line in text.splitlines() if " -> " in line]
        return {left.split()[-1]: right for left, right in links}

    def test_descriptors(self):
        found = self.listed(self.report("ls -l /proc/$$/fd; true"))
        self.assertEqual(found.keys() - {"0", "1", "2"}, set(), found)
        self.assertEqual(found["0"], "/dev/null")
        self.assertEqual(found["1"], found["2"])

    def test_descriptors_of_a_script(self):
        found = self.listed(self.report("#!/bin/sh\nls -l /proc/$$/fd\ntrue\n"))
        others = [found[number] for number in found.keys() - {"0", "1", "2"}]
        self.assertLessEqual(len(others), 2, found)  # the script: as the kernel hands it on, and as sh reads it
        self.assertEqual(set(others), {"/memfd:job (deleted)"})

    def test_stdin_is_empty(self):
        self.assertEqual(self.report("cat; echo end"), "end\n")

    def test_output_can_be_opened_again(self):
        self.assertEqual(self.report("echo a > /dev/stdout; echo b >> /dev/stderr; echo c").replace("a\n", ""), "b\nc\n")

    def test_session_and_group_are_its_own(self):
        fields = self.report("echo $$; cut -d' ' -f5,6,7 /proc/$$/stat").split()
        self.assertEqual(fields, [fields[0]] * 3 + ["0"], "process group, session, no terminal")

    def test_the_directory(self):
        self.assertEqual(self.report("pwd"), self.file("work") + "\n")
        self.queue.configure(directory="/")
        self.assertEqual(self.report("pwd", "other"), "/\n")

    @unittest.skipUnless(os.path.isdir(pwd.getpwuid(os.getuid()).pw_dir), "no home")
    def test_the_home_without_a_setting(self):
        self.queue.configure(directory="")
        self.assertEqual(self.report("pwd -P"), os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir) + "\n")

    def test_how_the_shell_is_called(self):
        self.assertEqual(self.report("tr '\\0' ' ' < /proc/$$/cmdline").split()[:2][-1], "-c")

    def test_only_the_daemons_limits_are_set(self):
        ours = self.shell("ulimit -a").decode()
        self.assertEqual(self.report("ulimit -a"), ours)


class Signals(FiledCase):
    """Started with signals ignored and blocked, as a careless parent would, filed gives its jobs a clean set."""

    WRAPPER = (sys.executable, "-c", "import os, signal, sys\n"
               "for number in (1, 2, 3, 10, 12, 13, 17, 20):\n    signal.signal(number, signal.SIG_IGN)\n"
               "signal.pthread_sigmask(signal.SIG_BLOCK, {10, 12, 14, 34})\nos.execv(sys.argv[1], sys.argv[1:])")

    def test_none_is_ignored_or_blocked(self):
        queue = self.mount(wrapper=self.WRAPPER)
        queue.configure(directory=self.directory)
        queue.submit("job", "#!/bin/cat /proc/self/status\n")
        queue.wait_in("complete", "job")
        masks = {line.split(b":")[0]: int(line.split()[1], 16) for line in queue.log("job").splitlines()
                 if line.startswith((b"SigBlk", b"SigIgn", b"SigPnd", b"ShdPnd"))}
        self.assertEqual(masks, {b"SigBlk": 0, b"SigIgn": 0, b"SigPnd": 0, b"ShdPnd": 0})

    def test_it_can_be_stopped_although_they_were_ignored(self):
        queue = self.mount(wrapper=self.WRAPPER)
        self.assertEqual(queue.stop(signal.SIGINT), 0)


if __name__ == "__main__":
    main()
