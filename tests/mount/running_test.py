# SPDX-License-Identifier: Apache-2.0
"""How jobs run: their logs to the byte, retries, time-outs, being ended, and being run again."""

import os
import shutil
import unittest
from datetime import datetime

from harness import IS_SANITIZED, MountCase, eventually, leftovers, main

ERROR = b"\n\n[System Error]: "


def when(event):
    return datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%S.%fZ").timestamp()


class Logs(MountCase):
    def ends(self, state, content, log, name="job"):
        self.queue.submit(name, content)
        self.queue.wait_in(state, name)
        self.assertEqual(self.queue.read(state, name), log)
        self.assertEqual(os.stat(self.queue.path(state, name)).st_size, len(log))

    def test_success(self):
        self.ends("complete", "echo 'hello world'", b">>> echo 'hello world'\nhello world\n")

    @unittest.skipUnless(os.path.realpath("/bin/sh").endswith("dash"), "these are the words of dash")
    def test_the_documented_failure(self):
        self.ends("failed", "ech this-will-fail",
                  b">>> ech this-will-fail\nsh: 1: ech: not found\n\n\n[System Error]: exit status 127\n")

    def test_no_output(self):
        self.ends("complete", "true\n", b">>> true\n")
        self.ends("failed", "exit 7", b">>> exit 7\n" + ERROR + b"exit status 7\n", "other")

    def test_output_without_a_newline(self):
        self.ends("complete", "printf x", b">>> printf x\nx")
        self.ends("failed", "printf x; exit 1", b">>> printf x; exit 1\nx" + ERROR + b"exit status 1\n", "other")

    def test_trailing_newlines_of_the_content_are_left_out(self):
        self.ends("complete", "echo a\n\necho b\n\n\n", b">>> echo a\n\necho b\na\nb\n")

    def test_both_streams_in_order(self):
        content = "for i in 1 2 3; do echo out$i; echo err$i >&2; done"
        expected = b"".join(b"out%d\nerr%d\n" % (i, i) for i in (1, 2, 3))
        self.ends("complete", content, b">>> " + content.encode() + b"\n" + expected)

    def test_bytes_are_kept(self):
        self.ends("complete", b"printf '\\377\\0\\r' # \xff\xfe", b">>> printf '\\377\\0\\r' # \xff\xfe\n\xff\x00\r")

    def test_killed_by_a_signal(self):
        self.ends("failed", "kill -KILL $$", b">>> kill -KILL $$\n" + ERROR + b"signal: killed\n")
        self.ends("failed", "kill $$", b">>> kill $$\n" + ERROR + b"signal: terminated\n", "other")

    def test_time_out(self):
        self.queue.configure(timeout=1)
        self.ends("failed", "echo out; exec sleep 1000",
                  b">>> echo out; exec sleep 1000\nout\n" + ERROR + b"timeout after 1s\n")
        self.assertEqual(self.queue.attribute("failed", "job", "reason"), "timeout after 1s")

    def test_a_script_with_an_interpreter(self):
        content = "#!/usr/bin/env -S sh -e\necho begun\nfalse\necho never\n"
        self.ends("failed", content, b">>> " + content.rstrip("\n").encode() + b"\nbegun\n" + ERROR + b"exit status 1\n")

    def test_an_interpreter_that_is_not_there(self):
        self.ends("failed", "#!/no/such/thing\n",
                  b">>> #!/no/such/thing\n" + ERROR + b"could not start: No such file or directory\n")

    def test_a_directory_that_is_not_there(self):
        self.queue.configure(directory=self.file("missing/x") + "/y")
        self.ends("failed", "echo out", b">>> echo out\n" + ERROR + b"could not start: No such file or directory\n")

    def test_nothing_of_a_command_with_a_nul_byte_runs(self):
        self.queue.submit("job", b"echo ran > ran\0; echo more")
        self.queue.wait_in("failed", "job")
        self.assertFalse(os.path.exists(self.file("work/ran")))
        self.assertIn(b"[System Error]: could not start: ", self.queue.log("job"))

    def test_each_attempt_appends(self):
        self.queue.configure(max_retries=2)
        content = "echo try $FILED_ATTEMPT; test $FILED_ATTEMPT = 3"
        head = b">>> " + content.encode() + b"\n"
        tail = ERROR + b"exit status 1\n"
        self.ends("complete", content, head + b"try 1\n" + tail + head + b"try 2\n" + tail + head + b"try 3\n")

    def test_large_logs_append_too(self):
        self.queue.configure(max_retries=2)
        content = "head -c 10000 /dev/zero | tr '\\0' $FILED_ATTEMPT; test $FILED_ATTEMPT = 3"
        head = b">>> " + content.encode() + b"\n"
        tail = ERROR + b"exit status 1\n"
        self.ends("complete", content, head + b"1" * 10000 + tail + head + b"2" * 10000 + tail + head + b"3" * 10000)

    def test_a_small_log_grows_large(self):
        self.queue.configure(max_retries=1)
        content = "test $FILED_ATTEMPT = 2 && head -c 10000 /dev/zero"
        head = b">>> " + content.encode() + b"\n"
        self.ends("complete", content, head + ERROR + b"exit status 1\n" + head + b"\0" * 10000)

    def test_64_mib(self):
        size = 64 << 20
        content = f"head -c {size} /dev/zero"
        self.queue.submit("job", content)
        self.queue.wait_in("complete", "job")
        path = self.queue.path("complete", "job")
        self.assertEqual(os.stat(path).st_size, len(content) + 5 + size)
        self.shell('tail -c +$(($2 + 1)) "$1" | cmp -n "$3" - /dev/zero', path, str(len(content) + 5), str(size))
        if not IS_SANITIZED:
            with open(f"/proc/{self.queue.process.pid}/status", encoding="ascii") as file:
                peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
            self.assertLess(peak, 32 << 10, "KiB that the daemon needed")

    def test_more_output_than_is_allowed(self):
        self.queue.configure(max_output=100_000)
        self.queue.submit("job", "cat /dev/zero")
        self.queue.wait_in("failed", "job")
        log = self.queue.log("job")
        self.assertTrue(log.endswith(ERROR + b"output limit reached\n"), log[-100:])
        self.assertLess(len(log), 8 << 20)

    def test_tail_follows_from_active_to_complete(self):
        path, open_gate = self.gate()
        self.queue.submit("job", f"echo one; read x < {path}; echo two")
        self.queue.wait_log("job", "\none\n")
        with open(self.file("followed"), "wb") as out:
            self.background("tail", "-c", "+1", "-s", "0.02", "-f", self.queue.path("active", "job"), stdout=out)
            self.wait_file("followed", b"\none\n")
            open_gate()
            self.queue.wait_in("complete", "job")
            self.wait_file("followed", b"\none\ntwo\n")
        self.assertEqual(self.get("followed"), self.queue.log("job"))


class Attempts(MountCase):
    def runs(self):
        return self.get("work/runs").split()

    def test_as_many_attempts_as_retries_and_one(self):
        for retries in (0, 1, 3):
            with self.subTest(max_retries=retries):
                self.queue.configure(max_retries=retries, backoff_base=0)
                self.queue.submit(f"job{retries}", "echo $FILED_ATTEMPT >> $FILED_JOB; false")
                self.queue.wait_in("failed", f"job{retries}")
                numbers = [int(number) for number in self.get(f"work/job{retries}").split()]
                self.assertEqual(numbers, list(range(1, retries + 2)))
                self.assertEqual(self.queue.attribute("failed", f"job{retries}", "attempt"), str(retries + 1))

    def test_back_off(self):
        self.queue.configure(max_retries=3, backoff_base=0.2, backoff_mult=2, backoff_max=0.5)
        self.queue.submit("job", "false")
        self.queue.wait(lambda: sum("end" in event for event in self.queue.events.parsed("job")) == 4, "four ends")
        events = self.queue.events.parsed("job")
        starts = [when(event) for event in events if event.get("to") == "active"]
        ends = [when(event) for event in events if event.get("end")]
        self.assertEqual((len(starts), len(ends)), (4, 4))
        for number, pause in enumerate((0.2, 0.4, 0.5)):
            self.assertTrue(pause - 0.003 <= starts[number + 1] - ends[number] < pause + 0.3, (number, starts, ends))

    def test_between_attempts_it_is_pending_with_its_time(self):
        self.queue.configure(max_retries=1, backoff_base=1000)
        self.queue.submit("job", "echo run >> runs; test -e mended")
        self.queue.wait_attempt("job", 1)
        self.assertEqual(self.queue.where("job"), ["pending"])
        self.assertEqual(self.queue.attribute("pending", "job", "attempts"), "1")
        self.assertEqual(self.queue.read("pending", "job"), b"echo run >> runs; test -e mended")

    def test_run_again_by_hand(self):
        q = self.queue
        q.submit("job", "echo run >> runs; test -e mended")
        q.wait_in("failed", "job")
        self.works("mv", q.path("failed", "job"), q.path("pending"))
        q.wait(lambda: len(self.runs()) == 2 and q.is_in("failed", "job"), "the second run")
        self.put("work/mended", "")
        self.works("mv", q.path("failed", "job"), q.path("pending"))
        q.wait_in("complete", "job")
        self.works("mv", q.path("complete", "job"), q.path("pending"))
        q.wait(lambda: len(self.runs()) == 4 and q.is_in("complete", "job"), "the fourth run")
        self.assertEqual(q.log("job").count(b">>> "), 4)

    def test_an_edited_job_runs_as_edited(self):
        q = self.queue
        q.submit("job", "echo wrong; false")
        q.wait_in("failed", "job")
        q.configure(max_job_count=0)
        self.works("mv", q.path("failed", "job"), q.path("pending"))
        self.works("sed", "-i", "s/wrong; false/right/", q.path("pending", "job"))
        q.configure(max_job_count=1)
        q.wait_in("complete", "job")
        self.assertTrue(q.log("job").endswith(b">>> echo right\nright\n"))

    def test_time_outs_are_retried(self):
        self.queue.configure(max_retries=1, timeout=0.4, backoff_base=0)
        self.queue.submit("job", "test $FILED_ATTEMPT = 2 || exec sleep 1000")
        self.queue.wait_in("complete", "job")
        self.assertIn(b"[System Error]: timeout after 400ms\n", self.queue.log("job"))

    def test_a_time_out_that_is_not_reached_does_nothing(self):
        self.queue.configure(timeout=300)
        self.queue.submit("job", "echo out")
        self.queue.wait_in("complete", "job")


class Ending(MountCase):
    FAMILY = """
echo $$ >> pids
sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.05; done' &
setsid sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 0.05; done' > /dev/null 2>&1 &
setsid setsid sh -c 'echo $$ >> pids; exec sleep 1000' &
while test "$(wc -l < pids)" -lt 4; do sleep 0.01; done
touch ready
"""

    def all_ended(self):
        pids = [int(pid) for pid in self.get("work/pids").split()]
        self.assertEqual(len(pids), 4)
        for pid in pids:
            eventually(lambda pid=pid: not leftovers.is_alive(pid), f"process {pid} ended")

    def test_a_time_out_ends_the_whole_tree(self):
        self.queue.configure(timeout=1, stop_grace=0.2)
        self.queue.submit("job", self.FAMILY + "wait")
        self.queue.wait_in("failed", "job")
        self.all_ended()

    def test_removing_ends_the_whole_tree(self):
        self.queue.submit("job", self.FAMILY + "wait")
        self.wait_file("work/ready")
        os.unlink(self.queue.path("active", "job"))
        self.assertEqual(self.queue.where("job"), [])
        self.all_ended()

    def test_what_a_job_leaves_behind_is_ended(self):
        self.queue.submit("job", self.FAMILY + "echo done")
        self.queue.wait_in("complete", "job")
        self.all_ended()
        self.assertTrue(self.queue.log("job").endswith(b"\ndone\n"))

    def test_it_may_tidy_up_within_the_grace(self):
        self.queue.configure(stop_grace=30)
        self.queue.submit("job", "trap 'echo tidied > tidied; exit' TERM; touch ready; while :; do sleep 0.01; done")
        self.wait_file("work/ready")
        self.works("rm", self.queue.path("active", "job"))
        self.wait_file("work/tidied")

    def test_set_aside_its_log_says_who_ended_it(self):
        self.queue.submit("job", "echo out; exec sleep 1000")
        self.queue.wait_log("job", "\nout\n")
        os.rename(self.queue.path("active", "job"), self.queue.path("failed", "job"))
        self.queue.wait_log("job", f"killed by user {os.getuid()}\n")
        self.assertEqual(self.queue.log("job"), b">>> echo out; exec sleep 1000\nout\n" + ERROR +
                         b"killed by user %d\n" % os.getuid())

    def test_the_slot_is_free_again(self):
        self.queue.configure(max_job_count=1, stop_grace=0.2)
        for number in range(5):
            self.queue.submit(f"job{number}", "trap '' TERM; touch ready; while :; do sleep 0.01; done")
            self.wait_file("work/ready")
            os.unlink(self.file("work/ready"))
            os.unlink(self.queue.path("active", f"job{number}"))
        self.queue.submit("after", "true")
        self.queue.wait_in("complete", "after")

    def test_many_short_jobs_one_after_another(self):
        for number in range(150):
            self.queue.submit(f"{number:03}", "echo $FILED_JOB >> ran")
        self.queue.wait(lambda: len(self.queue.list("complete")) == 150, "all have run")
        self.assertEqual(sorted(self.get("work/ran").split()), [b"%03d" % number for number in range(150)])
        self.assertLessEqual(len(self.queue.slots()), 4)


@unittest.skipUnless(shutil.which("setsid"), "setsid is not installed")
class Again(MountCase):
    def test_a_running_job_is_run_again_only_after_it_ended(self):
        self.queue.configure(stop_grace=30)
        path, open_gate = self.gate()
        self.queue.submit("job", f"trap 'read x < {path}; echo end >> trace; exit' TERM; echo begin >> trace;"
                                 "test $FILED_ATTEMPT = 2 || while :; do sleep 0.01; done")
        self.wait_file("work/trace", b"begin\n")
        self.works("mv", self.queue.path("active", "job"), self.queue.path("pending"))
        self.assertEqual(self.queue.where("job"), ["pending"])
        open_gate()
        self.queue.wait_in("complete", "job")
        self.assertEqual(self.get("work/trace"), b"begin\nend\nbegin\n")


if __name__ == "__main__":
    main()
