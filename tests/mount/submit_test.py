# SPDX-License-Identifier: Apache-2.0
"""When a job is submitted: whatever program writes it, and however many pieces it writes, it runs once and whole."""

import errno
import os
import shutil
import threading
import time
import unittest

from harness import MountCase, eventually, main

JOB = 'echo "$FILED_JOB" >> ran; echo done\n'


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed")


class Submit(MountCase):
    def ran_once(self, name="job", content=JOB):
        """It is complete, has run once, and with this content."""
        self.queue.wait_in("complete", name)
        self.assertEqual(self.get("work/ran"), name.encode() + b"\n")
        self.assertEqual(self.queue.log(name), f">>> {content.rstrip(chr(10))}\ndone\n".encode())
        self.assertEqual(self.queue.attribute("complete", name, "attempt"), "1")

    def does_not_run(self, *names):
        """Later work overtakes them."""
        self.queue.submit("overtakes", "true")
        self.queue.wait_in("complete", "overtakes")
        for name in names:
            self.assertEqual(self.queue.where(name), ["pending"])
        self.assertEqual(self.get("work/ran"), b"")

    # ---- programs

    def test_printf(self):
        self.shell('printf %s "$1" > "$2"', JOB, self.queue.path("pending", "job"))
        self.ran_once()

    def test_a_name_from_new_id(self):
        script = 'name=$(cat "$2/new-id") && printf %s "$1" > "$2/pending/$name" && echo $name'
        name = self.shell(script, JOB, self.queue.mountpoint).decode().strip()
        self.ran_once(name)

    def test_in_pieces_and_not_before_the_last_one(self):
        first, second = JOB[:9], JOB[9:]
        path, open_gate = self.gate("pieces")
        writer = self.background("sh", "-c", f'{{ printf %s "$1"; touch begun; read x < {path}; printf %s "$2"; }} > "$3"',
                                 "sh", first, second, self.queue.path("pending", "job"))
        self.wait_file("begun")
        self.assertEqual(self.queue.read("pending", "job"), first.encode())
        self.does_not_run("job")
        open_gate()
        self.assertEqual(writer.wait(20), 0)
        self.ran_once()

    def test_a_copy_of_the_descriptor_keeps_it_open(self):
        file = os.open(self.queue.path("pending", "job"), os.O_WRONLY | os.O_CREAT)
        copy = os.dup(file)
        os.write(file, JOB[:5].encode())
        os.close(file)  # a flush, and not the end
        self.does_not_run("job")
        os.write(copy, JOB[5:].encode())
        os.close(copy)
        self.ran_once()

    def test_two_writers_and_the_last_close_counts(self):
        path = self.queue.path("pending", "job")
        first = os.open(path, os.O_WRONLY | os.O_CREAT)
        second = os.open(path, os.O_WRONLY)
        os.write(first, JOB.encode())
        os.close(first)
        self.does_not_run("job")
        os.close(second)
        self.ran_once()

    def test_a_reader_does_not_keep_it_from_starting(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB)
        with open(self.queue.path("pending", "job"), "rb") as reader:
            self.queue.configure(max_job_count=1)
            self.ran_once()
            reader.read()

    def test_cp(self):
        self.works("cp", self.put("source", JOB), self.queue.path("pending", "job"))
        self.ran_once()

    def test_cp_p_of_an_old_file(self):
        source = self.put("source", JOB)
        os.utime(source, (981158400, 981158400))
        os.chmod(source, 0o754)
        self.works("cp", "-p", source, self.queue.path("pending", "job"))
        self.ran_once()
        self.assertEqual(os.stat(self.queue.path("complete", "job")).st_mode & 0o7777, 0o754)

    def test_mv_from_another_file_system(self):
        self.works("mv", self.put("source", JOB), self.queue.path("pending", "job"))
        self.ran_once()
        self.assertFalse(os.path.exists(self.file("source")))

    def test_install(self):
        self.works("install", "-m", "640", self.put("source", JOB), self.queue.path("pending", "job"))
        self.ran_once()

    @needs("rsync")
    def test_rsync(self):
        self.works("rsync", "-a", self.put("source/job", JOB), self.queue.path("pending") + "/")
        self.ran_once()

    @needs("rsync")
    def test_rsync_in_place(self):
        # Its last words may come too late: the file is closed, and so has been submitted, before it sets the time.
        self.run_program("rsync", "-a", "--inplace", self.put("source/job", JOB), self.queue.path("pending") + "/")
        self.ran_once()

    def test_dd_with_fsync(self):
        self.works("dd", "of=" + self.queue.path("pending", "job"), "bs=7", "conv=fsync", stdin=JOB.encode())
        self.ran_once()

    def test_tee(self):
        self.works("tee", self.queue.path("pending", "job"), stdin=JOB.encode())
        self.ran_once()

    def test_python_with_fsync(self):
        with open(self.queue.path("pending", "job"), "w", encoding="utf-8") as file:
            file.write(JOB)
            file.flush()
            os.fsync(file.fileno())
        self.ran_once()

    def test_tar(self):
        self.put("source/job", JOB)
        self.works("tar", "-C", self.file("source"), "-cf", self.file("a.tar"), "job")
        self.works("tar", "-C", self.queue.path("pending"), "-xf", self.file("a.tar"))
        self.ran_once()

    def vim(self, program, name):
        """Writes a waiting job anew in two saves; swap and backup files come and go meanwhile."""
        self.works(program, "-es", "-N", "-u", "NONE", "-c", "set backup writebackup swapfile directory=.",
                   "-c", "%s/before/half/", "-c", "w", "-c", "%s/half/done/", "-c", "x", self.queue.path("pending", name))

    def edited_in_vim(self, program):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB.replace("done", "before"))
        self.vim(program, "job")
        self.assertEqual(self.queue.read("pending", "job"), JOB.encode())
        self.queue.configure(max_job_count=1)
        self.ran_once()
        self.assertEqual(self.queue.list("complete"), ["job"])

    @needs("vim.tiny")
    def test_vim_tiny(self):
        self.edited_in_vim("vim.tiny")

    @needs("vim")
    def test_vim(self):
        self.edited_in_vim("vim")

    @needs("vim")
    def test_vim_writes_a_new_job(self):
        self.works("vim", "-es", "-N", "-u", "NONE", "-c", f"call setline(1, '{JOB.strip()}')", "-c", "x",
                   self.queue.path("pending", "job"))
        self.ran_once()

    def test_sed_in_place(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB.replace("done", "before"))
        self.works("sed", "-i", "s/before/done/", self.queue.path("pending", "job"))
        self.assertEqual(self.queue.list("pending"), ["job"])
        self.queue.configure(max_job_count=1)
        self.ran_once()

    # ---- what waits

    def test_unfinished_names_wait_until_renamed(self):
        names = [".job", "#job", "job~", "..job", ".~", "#job#"]
        for name in names:
            self.queue.submit(name, JOB)
        self.does_not_run(*names)
        for name in names[1:]:
            os.unlink(self.queue.path("pending", name))
        os.rename(self.queue.path("pending", ".job"), self.queue.path("pending", "job"))
        self.ran_once()

    def test_a_name_that_becomes_unfinished_waits_again(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB)
        os.rename(self.queue.path("pending", "job"), self.queue.path("pending", ".job"))
        self.queue.configure(max_job_count=1)
        self.does_not_run(".job")

    def test_an_empty_file_waits_for_content(self):
        path = self.queue.path("pending", "job")
        self.works("touch", path)
        self.does_not_run("job")
        self.assertEqual(os.stat(path).st_size, 0)
        self.shell('printf %s "$1" >> "$2"', JOB, path)
        self.ran_once()

    def test_emptied_again_it_waits(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB)
        self.works("truncate", "-s", "0", self.queue.path("pending", "job"))
        self.queue.configure(max_job_count=1)
        self.does_not_run("job")

    def test_a_time_in_the_future(self):
        path = self.queue.path("pending", "job")
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB)
        self.works("touch", "-d", "+1 hour", path)
        self.queue.configure(max_job_count=1)
        self.does_not_run("job")
        self.works("touch", "-d", "1 second ago", path)
        self.ran_once()

    def test_it_starts_when_its_time_comes(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", JOB)
        due = time.time() + 1
        os.utime(self.queue.path("pending", "job"), (due, due))
        self.queue.configure(max_job_count=1)
        self.ran_once()
        self.assertTrue(due <= float(self.started("job")) < due + 1)

    def started(self, name):
        event = next(event for event in self.queue.events.parsed(name) if event.get("to") == "active")
        clock, fraction = event["time"].rstrip("Z").split(".")
        return float(self.works("date", "-ud", clock + "Z", "+%s")) + float("0." + fraction) + 0.001

    def test_write_then_rename_is_atomic(self):
        self.queue.submit(".job.tmp", JOB)
        self.works("mv", self.queue.path("pending", ".job.tmp"), self.queue.path("pending", "job"))
        self.ran_once()

    def test_rename_over_a_waiting_one_replaces_it(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", "echo old >> ran")
        self.queue.submit(".new", JOB)
        os.rename(self.queue.path("pending", ".new"), self.queue.path("pending", "job"))
        self.assertEqual(self.queue.list("pending"), ["job"])
        self.queue.configure(max_job_count=1)
        self.ran_once()

    def test_rename_without_replacing(self):
        self.place("pending", "a")
        self.place("pending", "b")
        self.works("mv", "-n", self.queue.path("pending", "a"), self.queue.path("pending", "b"))
        self.assertEqual(self.queue.list("pending"), ["a", "b"])

    # ---- limits, errors, many at once

    def test_too_large(self):
        self.queue.configure(max_content=1000)
        file = os.open(self.queue.path("pending", "job"), os.O_WRONLY | os.O_CREAT)
        with self.error(errno.EFBIG):
            while True:
                os.write(file, b"#" * 300)
        # The beginning alone must not run.
        with self.error(errno.EFBIG):
            os.close(file)
        os.unlink(self.queue.path("pending", "job"))
        with self.error(errno.EFBIG):
            os.truncate(self.place("pending", "other"), 1001)
        self.fails(errno.EFBIG, "cp", self.put("source", "#" * 2000), self.queue.path("pending", "third"))

    def test_a_full_queue(self):
        self.queue.configure(max_pending=2, max_job_count=0)
        for name in ("a", "b"):
            self.queue.submit(name, "true")
        with self.error(errno.ENOSPC):
            self.queue.submit("c", "true")
        self.shell_fails(errno.ENOSPC, 'printf true > "$1"', self.queue.path("pending", "c"))
        self.assertEqual(self.queue.list("pending"), ["a", "b"])
        self.queue.configure(max_job_count=1)
        self.queue.wait_idle()
        self.queue.submit("c", "true")

    def test_no_space_is_kept_free(self):
        self.queue.configure(min_free_space=1 << 60)
        with self.error(errno.ENOSPC):
            self.queue.submit("a", "true")
        self.queue.configure(min_free_space=0)
        self.queue.submit("a", "true")

    def test_a_large_job(self):
        content = "# " + "x" * 200_000 + "\n" + JOB
        self.queue.submit("job", content)
        self.ran_once(content=content)

    def test_many_at_once(self):
        def submit(writer):
            for number in range(25):
                self.queue.submit(f"{writer}-{number}", 'echo "$FILED_JOB" >> ran')
        writers = [threading.Thread(target=submit, args=[writer]) for writer in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        names = sorted(f"{writer}-{number}" for writer in range(8) for number in range(25))
        self.queue.wait(lambda: len(self.queue.list("complete")) == 200, "all have run")
        self.assertEqual(self.queue.list("complete"), names)
        self.assertEqual(sorted(self.get("work/ran").decode().split()), names)

    def test_its_submitter_moves_it_back_at_once(self):
        """For a moment a submitter still finds its job in pending; that must not make a rename do nothing."""
        q = self.queue
        q.submit_myself("job", 'echo "$FILED_JOB" >> ran')
        q.wait(lambda: "job" in q.list("complete"), "it is complete")
        os.rename(q.path("complete", "job"), q.path("pending", "job"))
        q.wait(lambda: self.get("work/ran") == b"job\njob\n", "it runs again")
        q.wait(lambda: "job" in q.list("complete"), "it is complete again")

    def test_its_submitter_uses_the_name_again_at_once(self):
        q = self.queue
        q.submit_myself("job", "true")
        q.wait(lambda: "job" in q.list("complete"), "it is complete")
        with self.error(errno.EEXIST):
            os.open(q.path("pending", "job"), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.unlink(q.path("complete", "job"))
        q.submit_myself("job", "true")
        q.wait(lambda: "job" in q.list("complete"), "the other is complete")

    def test_only_one_of_many_gets_a_name(self):
        won = []
        def submit(number):
            try:
                self.queue.submit("job", f"echo {number}")
                won.append(number)
            except FileExistsError:
                pass
        writers = [threading.Thread(target=submit, args=[number]) for number in range(16)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.queue.wait_in("complete", "job")
        self.assertEqual([f">>> echo {number}\n{number}\n".encode() for number in won], [self.queue.log("job")])

    def test_removed_while_it_is_written(self):
        file = os.open(self.queue.path("pending", "job"), os.O_WRONLY | os.O_CREAT)
        os.write(file, JOB.encode())
        os.unlink(self.queue.path("pending", "job"))
        try:
            os.write(file, b"more")
            os.close(file)
        except OSError as error:
            self.assertIn(error.errno, (errno.ENOENT, errno.ESTALE))
        self.assertEqual(self.queue.where("job"), [])
        self.queue.submit("after", "true")
        self.queue.wait_in("complete", "after")
        eventually(lambda: self.queue.where("job") == [], "it never runs")
        self.assertEqual(self.get("work/ran"), b"")


if __name__ == "__main__":
    main()
