# SPDX-License-Identifier: Apache-2.0
"""The table of operations and directories (filed(5)), one test a cell, through the mount and with the programs that people
use: what becomes of the jobs. What becomes of their attributes is in attribute_table_test.py."""

import errno
import os

from harness import STATES, MountCase, eventually, leftovers, main
from table_coverage import TableCase

# operation: what it does in pending, active, failed, complete
TABLE = """
create             | a new job, EEXIST if taken | EPERM                 | EPERM     | EPERM
read               | as submitted               | log so far, tail -f   | log       | log
write              | until it starts            | EPERM                 | EPERM     | EPERM
truncate           | until it starts            | EPERM                 | EPERM     | EPERM
unlink             | cancel                     | end the tree, forget  | forget    | forget
rename_to_pending  | rename                     | kill, run again       | run again | run again
rename_to_failed   | set aside                  | kill, set aside       | rename    | EPERM
rename_to_active   | EPERM                      | EPERM                 | EPERM     | EPERM
rename_to_complete | EPERM                      | EPERM                 | EPERM     | rename
"""
ENDED = ("failed", "complete")
FAMILY = """
echo $$ >> pids; echo out
sh -c 'echo $$ >> pids; sleep 1000 & echo $! >> pids; wait' &
setsid sh -c 'echo $$ >> pids; exec sleep 1000' &
while test "$(wc -l < pids)" -lt 4; do sleep 0.01; done
touch ready
wait
"""


class Operations(TableCase, MountCase):
    table = TABLE

    # ---- create

    def test_create_pending(self):
        q = self.queue
        self.shell('printf "echo hi" > "$1"', q.path("pending", "a"))
        q.wait_in("complete", "a")
        self.assertEqual(q.read("complete", "a"), b">>> echo hi\nhi\n")
        for state in STATES:
            with self.subTest(taken=state):
                self.place(state, "taken-" + state)
                with self.error(errno.EEXIST):
                    os.open(q.path("pending", "taken-" + state), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                if state != "pending":
                    self.shell_fails(errno.EEXIST, 'printf x > "$1"', q.path("pending", "taken-" + state))
                    with self.error(errno.EEXIST):
                        os.open(q.path("pending", "taken-" + state), os.O_WRONLY | os.O_CREAT)
                self.assertEqual(q.where("taken-" + state), [state])

    def cannot_create(self, state):
        self.shell_fails(errno.EPERM, 'printf "echo hi" > "$1"', self.queue.path(state, "a"))
        self.fails(errno.EPERM, "cp", "/etc/hostname", self.queue.path(state, "a"))
        with self.error(errno.EPERM):
            os.open(self.queue.path(state, "a"), os.O_RDWR | os.O_CREAT | os.O_EXCL)
        self.assertEqual(self.queue.list(state), [])

    def test_create_active(self):
        self.cannot_create("active")

    def test_create_failed(self):
        self.cannot_create("failed")

    def test_create_complete(self):
        self.cannot_create("complete")

    # ---- read

    def test_read_pending(self):
        self.assertEqual(self.works("cat", self.place("pending")), b"echo out")

    def test_read_active(self):
        self.queue.configure(max_job_count=2)
        path, open_gate = self.gate()
        self.queue.submit("a", f"echo one; read x < {path}; echo two; read x < {path}")
        self.queue.wait_log("a", "\none\n")
        active = self.queue.path("active", "a")
        head = f">>> echo one; read x < {path}; echo two; read x < {path}\none\n".encode()
        self.assertEqual(self.works("cat", active), head)
        with open(self.file("followed"), "wb") as out:
            self.background("tail", "-c", "+1", "-s", "0.02", "-f", active, stdout=out)
            self.wait_file("followed", b"one\n")
            open_gate()
            self.wait_file("followed", b"two\n")
        self.assertEqual(self.get("followed"), head + b"two\n")
        open_gate()
        self.queue.wait_in("complete", "a")

    def test_read_failed(self):
        self.assertEqual(self.works("cat", self.place("failed")),
                         b">>> echo out; exit 3\nout\n\n\n[System Error]: exit status 3\n")

    def test_read_complete(self):
        self.assertEqual(self.works("cat", self.place("complete")), b">>> echo out\nout\n")

    # ---- write, truncate

    def test_write_pending(self):
        self.queue.configure(max_job_count=0)
        path = self.place("pending")
        self.shell('printf "; echo more" >> "$1"', path)
        self.assertEqual(self.works("cat", path), b"echo out; echo more")
        self.works("dd", "of=" + path, "bs=1", "seek=5", "conv=notrunc", stdin=b"two")
        self.assertEqual(self.works("cat", path), b"echo two; echo more")
        self.queue.configure(max_job_count=1)
        self.queue.wait_in("complete", "job")
        self.assertEqual(self.queue.log("job"), b">>> echo two; echo more\ntwo\nmore\n")

    def cannot_write(self, state):
        path = self.place(state)
        before = self.queue.read(state, "job")
        self.shell_fails(errno.EPERM, 'echo x >> "$1"', path)
        self.shell_fails(errno.EPERM, 'echo x > "$1"', path)
        for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC):
            with self.error(errno.EPERM):
                os.open(path, flags)
        self.assertEqual(self.queue.read(state, "job"), before)

    def test_write_active(self):
        self.cannot_write("active")

    def test_write_failed(self):
        self.cannot_write("failed")

    def test_write_complete(self):
        self.cannot_write("complete")

    def test_truncate_pending(self):
        self.queue.configure(max_job_count=0)
        path = self.place("pending")
        self.works("truncate", "-s", "6", path)
        self.assertEqual(self.works("cat", path), b"echo o")
        self.works("truncate", "-s", "8", path)
        self.assertEqual(os.stat(path).st_size, 8)
        self.assertEqual(self.works("cat", path), b"echo o\0\0")
        self.shell(': > "$1"', path)
        self.assertEqual(os.stat(path).st_size, 0)

    def cannot_truncate(self, state):
        path = self.place(state)
        before = self.queue.read(state, "job")
        self.fails(errno.EPERM, "truncate", "-s", "0", path)
        for size in (0, 1, len(before) + 100):
            with self.error(errno.EPERM):
                os.truncate(path, size)
        self.assertEqual(self.queue.read(state, "job"), before)

    def test_truncate_active(self):
        self.cannot_truncate("active")

    def test_truncate_failed(self):
        self.cannot_truncate("failed")

    def test_truncate_complete(self):
        self.cannot_truncate("complete")

    # ---- unlink

    def is_forgotten(self, name="job"):
        self.assertEqual(self.queue.where(name), [])
        self.queue.submit(name, "echo again")  # its name is free
        self.queue.wait_in("complete", name)
        self.assertEqual(self.queue.log(name), b">>> echo again\nagain\n")

    def test_unlink_pending(self):
        self.queue.configure(max_job_count=0)
        self.queue.submit("job", "echo never > ran")
        self.works("rm", self.queue.path("pending", "job"))
        self.queue.configure(max_job_count=1)
        self.is_forgotten()
        self.assertFalse(os.path.exists(self.file("work/ran")))

    def test_unlink_active(self):
        self.queue.submit("job", FAMILY)
        self.wait_file("work/ready")
        pids = [int(pid) for pid in self.get("work/pids").split()]
        self.assertEqual(len(pids), 4)
        self.works("rm", self.queue.path("active", "job"))
        self.assertEqual(self.queue.list("active"), [], "gone from the listing at once")
        for pid in pids:
            self.eventually_dead(pid)
        self.is_forgotten()

    def eventually_dead(self, pid):
        eventually(lambda: not leftovers.is_alive(pid), f"process {pid} ended")

    def test_unlink_failed(self):
        self.works("rm", self.place("failed"))
        self.is_forgotten()

    def test_unlink_complete(self):
        self.works("rm", self.place("complete"))
        self.is_forgotten()

    # ---- rename

    def test_rename_to_pending_pending(self):
        q = self.queue
        self.place("pending", "a")
        self.works("mv", q.path("pending", "a"), q.path("pending", "b"))
        self.assertEqual((q.where("a"), q.where("b")), ([], ["pending"]))
        self.assertEqual(q.read("pending", "b"), b"echo out")
        for state in ("active", *ENDED):
            self.place(state, "in-" + state)
            with self.error(errno.EEXIST):
                os.rename(q.path("pending", "b"), q.path("pending", "in-" + state))
        os.utime(q.path("pending", "b"))
        q.wait_in("complete", "b")

    def test_rename_to_pending_active(self):
        q = self.queue
        q.submit("job", "echo $FILED_ATTEMPT $$ >> runs; test $FILED_ATTEMPT = 2 || exec sleep 1000")
        pid = int(self.wait_file("work/runs", b"\n").split()[1])
        self.works("mv", q.path("active", "job"), q.path("pending", "job"))
        self.eventually_dead(pid)
        q.wait_in("complete", "job")
        self.assertEqual([line.split()[0] for line in self.get("work/runs").splitlines()], [b"1", b"2"])

    def test_rename_to_pending_failed(self):
        q = self.queue
        q.configure(max_retries=1)
        q.submit("job", "echo $FILED_ATTEMPT >> runs; test -e mended")
        q.wait_in("failed", "job")
        self.works("mv", q.path("failed", "job"), q.path("pending"))
        q.wait(lambda: self.get("work/runs").count(b"\n") == 4 and q.is_in("failed", "job"), "two attempts, from 0 again")
        self.put("work/mended", "")
        self.works("mv", q.path("failed", "job"), q.path("pending", "renamed"))
        q.wait_in("complete", "renamed")
        self.assertEqual(q.where("job"), [])
        self.assertEqual(len(self.get("work/runs").split()), 5)

    def test_rename_to_pending_complete(self):
        q = self.queue
        q.submit("job", "echo run >> runs")
        q.wait_in("complete", "job")
        self.works("mv", q.path("complete", "job"), q.path("pending"))
        q.wait(lambda: self.get("work/runs") == b"run\nrun\n" and q.is_in("complete", "job"), "run again")

    def test_rename_to_failed_pending(self):
        q = self.queue
        q.configure(max_job_count=0)
        q.submit("job", "echo ran > ran")
        self.works("mv", q.path("pending", "job"), q.path("failed"))
        q.configure(max_job_count=1)
        q.submit("after", "true")
        q.wait_in("complete", "after")
        self.assertEqual(q.where("job"), ["failed"])
        self.assertFalse(os.path.exists(self.file("work/ran")))
        self.works("mv", q.path("failed", "job"), q.path("pending"))
        q.wait_in("complete", "job")

    def test_rename_to_failed_active(self):
        q = self.queue
        q.configure(max_retries=3)
        q.submit("job", "echo $$ >> runs; exec sleep 1000")
        pid = int(self.wait_file("work/runs", b"\n"))
        self.works("mv", q.path("active", "job"), q.path("failed"))
        self.assertEqual(q.where("job"), ["failed"])
        self.eventually_dead(pid)
        q.wait_attempt("job", 1)
        self.assertEqual(q.where("job"), ["failed"])
        self.assertEqual(self.get("work/runs").count(b"\n"), 1)

    def test_rename_to_failed_failed(self):
        q = self.queue
        log = self.works("cat", self.place("failed"))
        self.works("mv", q.path("failed", "job"), q.path("failed", "other"))
        self.assertEqual((q.where("job"), q.where("other")), ([], ["failed"]))
        self.assertEqual(q.read("failed", "other"), log)

    def cannot_move(self, state, to):
        path = self.place(state)
        self.fails(errno.EPERM, "mv", path, self.queue.path(to, "moved"))
        with self.error(errno.EPERM):
            os.rename(path, self.queue.path(to, "moved"))
        self.assertEqual((self.queue.where("job"), self.queue.where("moved")), ([state], []))

    def test_rename_to_failed_complete(self):
        self.cannot_move("complete", "failed")

    def test_rename_to_active_pending(self):
        self.cannot_move("pending", "active")

    def test_rename_to_active_active(self):
        self.cannot_move("active", "active")

    def test_rename_to_active_failed(self):
        self.cannot_move("failed", "active")

    def test_rename_to_active_complete(self):
        self.cannot_move("complete", "active")

    def test_rename_to_complete_pending(self):
        self.cannot_move("pending", "complete")

    def test_rename_to_complete_active(self):
        self.cannot_move("active", "complete")

    def test_rename_to_complete_failed(self):
        self.cannot_move("failed", "complete")

    def test_rename_to_complete_complete(self):
        q = self.queue
        log = self.works("cat", self.place("complete"))
        self.works("mv", q.path("complete", "job"), q.path("complete", "other"))
        self.assertEqual((q.where("job"), q.where("other")), ([], ["complete"]))
        self.assertEqual(q.read("complete", "other"), log)

    # ---- beside the table

    def test_beside_rename_onto_a_name_that_is_taken(self):
        q = self.queue
        for state in ("active", *ENDED):
            self.place(state, "old-" + state)
        self.place("failed", "new-failed")
        self.place("complete", "new-complete")
        for state in ENDED:
            with self.error(errno.EEXIST):
                os.rename(q.path(state, "new-" + state), q.path(state, "old-" + state))
            for other in ("active", *ENDED):
                with self.error(errno.EEXIST):
                    os.rename(q.path(state, "new-" + state), q.path("pending", "old-" + other))
        with self.error(errno.ENOENT):
            os.rename(q.path("failed", "nobody"), q.path("pending", "nobody"))

    def test_beside_rename_out_of_the_mount(self):
        with self.error(errno.EXDEV):
            os.rename(self.place("complete"), self.file("job"))
        self.works("mv", self.queue.path("complete", "job"), self.file("job"))  # a copy and a removal
        self.assertEqual(self.get("job"), b">>> echo out\nout\n")
        self.assertEqual(self.queue.where("job"), [])

    def test_beside_names_that_are_too_long(self):
        with self.error(errno.ENAMETOOLONG):
            self.queue.submit("x" * 256, "true")
        with self.error(errno.ENAMETOOLONG):
            os.rename(self.place("failed"), self.queue.path("failed", "x" * 256))

    def test_beside_the_fixed_directories_and_files_stay(self):
        q = self.queue
        for state in STATES:
            with self.error(errno.EPERM):
                os.rmdir(q.path(state))
            with self.error(errno.EPERM):
                os.rename(q.path(state), q.path("other"))
        for name in ("new-id", "config.json", "status.json", "metrics", "events"):
            with self.error(errno.EPERM):
                os.unlink(q.path(name))
            with self.error(errno.EPERM):
                os.rename(q.path(name), q.path("pending", name))
        with self.error(errno.EPERM):
            os.open(q.path("file"), os.O_WRONLY | os.O_CREAT)


if __name__ == "__main__":
    main()
