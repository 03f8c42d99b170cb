# SPDX-License-Identifier: Apache-2.0
"""The files beside the four directories: new-id, config.json, status.json, metrics, events."""

import errno
import json
import os
import re
import select
import subprocess
import threading

from events import Events
from harness import STATES, MountCase, eventually, leftovers, main

KEYS = {"max_retries", "max_job_count", "backoff_base", "backoff_mult", "backoff_max", "backoff_jitter", "timeout",
        "stop_grace", "max_output", "max_content", "max_pending", "min_free_space", "retain_complete", "retain_failed",
        "directory", "environment", "clean_environment"}


class NewId(MountCase):
    def test_every_read_brings_another(self):
        names = {self.works("cat", self.queue.path("new-id")).decode() for _ in range(20)}
        self.assertEqual(len(names), 20)
        for name in names:
            self.assertRegex(name, r"^[a-z0-9]+\n$")

    def test_many_readers_at_once(self):
        names = []
        threads = [threading.Thread(target=lambda: names.extend(self.queue.read("new-id") for _ in range(50)))
                   for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(names)), 300)

    def test_one_open_file_reads_one_name(self):
        with open(self.queue.path("new-id"), "rb", buffering=0) as file:
            name = file.read(5) + file.read(100)
            self.assertEqual(file.read(100), b"")
        self.assertRegex(name, rb"^[a-z0-9]+\n$")

    def test_it_is_not_writable(self):
        with self.assertRaises(OSError):
            os.open(self.queue.path("new-id"), os.O_WRONLY)


class ConfigJson(MountCase):
    def write(self, text):
        with open(self.queue.path("config.json"), "wb", buffering=0) as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    def test_it_shows_every_key(self):
        self.assertEqual(self.queue.config().keys(), KEYS)

    def test_what_is_not_named_stays(self):
        before = self.queue.config()
        self.write('{"max_retries": 9}')
        self.assertEqual(self.queue.config(), {**before, "max_retries": 9})

    def test_with_programs(self):
        path = self.queue.path("config.json")
        self.shell('printf \'{"timeout": 2.5}\' > "$1"', path)
        self.assertEqual(self.queue.config()["timeout"], 2.5)
        self.put("new.json", json.dumps({**self.queue.config(), "max_retries": 5}))
        self.works("cp", self.file("new.json"), path)
        self.assertEqual(self.queue.config()["max_retries"], 5)
        self.works("tee", path, stdin=b'{"max_retries": 6}')
        self.assertEqual(self.queue.config()["max_retries"], 6)

    def test_what_can_be_read_can_be_written(self):
        text = self.queue.read("config.json")
        self.write(text)
        self.assertEqual(self.queue.read("config.json"), text)
        self.assertTrue(text.endswith(b"}\n"))

    def test_it_is_kept(self):
        self.write('{"max_retries": 9, "environment": {"A": "b"}, "timeout": 0.25}')
        before = self.queue.config()
        self.assertEqual(self.queue.stop(), 0)
        self.queue.start()
        self.assertEqual(self.queue.config(), before)
        self.write('{"max_retries": 8}')
        self.queue.kill()
        self.queue.start()
        self.assertEqual(self.queue.config()["max_retries"], 8)

    def test_bad_input_is_refused_whole(self):
        before = self.queue.read("config.json")
        bad = ['{', ' ', 'null', '[]', '1', '"x"', '{} {}', '{"max_retries": 1', '{"max_retries": -1}',
               '{"max_retries": 1.5}', '{"max_retries": "3"}', '{"max_retries": null}', '{"max_retries": 1e99}',
               '{"max_retries": 99999999999999999999}', '{"max_job_count": 10001}', '{"max_job_count": true}',
               '{"no_such_key": 1}', '{"Max_retries": 1}', '{"max_retries": 1, "max_retries": 2}', '{"timeout": -1}',
               '{"timeout": NaN}', '{"timeout": 1e300}', '{"backoff_jitter": 1.5}', '{"backoff_mult": -2}',
               '{"max_content": 0}', '{"directory": 1}', '{"directory": "relative"}', '{"directory": "/a\\u0000b"}',
               '{"environment": []}', '{"environment": {"A": 1}}', '{"environment": {"A=B": "x"}}',
               '{"environment": {"": "x"}}', '{"environment": {"A": "x\\u0000y"}}', '{"clean_environment": 1}',
               '{"max_retries": 7, "timeout": "soon"}', "[" * 100_000, '{"a":' * 50_000, b'{"directory": "/\xff"}',
               b"\0", b'\xef\xbb\xbf{"max_retries": "x"}', '{"max_retries": 1} // no', "{'max_retries': 1}"]
        for text in bad:
            with self.subTest(text=text[:50]):
                with self.error(errno.EINVAL):
                    self.write(text)
                self.assertEqual(self.queue.read("config.json"), before)
        self.assertIn("no_such_key", self.queue.words())
        self.shell_fails(errno.EINVAL, 'cp "$1" "$2"', self.put("bad", "{"), self.queue.path("config.json"))

    def test_too_much_input(self):
        before = self.queue.read("config.json")
        with self.assertRaises(OSError) as caught:
            self.write(b"{" + b" " * (1 << 20) + b"}")
        self.assertIn(caught.exception.errno, (errno.EINVAL, errno.EFBIG))
        self.assertEqual(self.queue.read("config.json"), before)

    def test_touching_it_changes_nothing(self):
        before = self.queue.read("config.json")
        os.utime(self.queue.path("config.json"))
        os.close(os.open(self.queue.path("config.json"), os.O_RDWR))
        os.close(os.open(self.queue.path("config.json"), os.O_WRONLY | os.O_TRUNC))  # a shell closes copies first
        self.assertEqual(self.queue.read("config.json"), before)


class Status(MountCase):
    def counts(self):
        return {state: self.queue.status()["jobs"][state] for state in STATES}

    def test_it_counts(self):
        self.assertEqual(self.counts(), dict.fromkeys(STATES, 0))
        for state in ("complete", "failed", "active", "pending"):
            self.place(state, "in-" + state)
        self.assertEqual(self.counts(), dict.fromkeys(STATES, 1))
        self.assertIn("version", self.queue.status())
        self.assertIn("in-active", json.dumps(self.queue.status()))

    def test_metrics_are_prometheus_text(self):
        for state in ("complete", "failed"):
            self.place(state, "in-" + state)
        lines = self.queue.read("metrics").decode().splitlines()
        samples = [line for line in lines if not line.startswith("#")]
        for line in samples:
            self.assertRegex(line, r'^[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+$')
        names = {re.split(r"[{ ]", line)[0] for line in samples}
        for name in names:
            self.assertTrue(name.startswith(("filed_", "bobbin_build_info")), name)
            self.assertEqual(sum(line.startswith(f"# TYPE {name} ") for line in lines), 1, name)
        jobs = [line for line in samples if 'state="failed"' in line]
        self.assertEqual([line.split()[-1] for line in jobs], ["1"])

    def test_they_are_not_writable(self):
        for name in ("status.json", "metrics", "events"):
            with self.assertRaises(OSError):
                os.open(self.queue.path(name), os.O_WRONLY)


class EventsFile(MountCase):
    def is_reading(self, process):
        folder = f"/proc/{process.pid}/fd"
        eventually(lambda: any(link.endswith("/events") for link in leftovers.links_in(folder)), "events is open")

    def test_the_life_of_a_job(self):
        self.queue.configure(max_retries=1, backoff_base=0)
        self.queue.submit("job", "test $FILED_ATTEMPT = 2")
        self.queue.wait_in("complete", "job")
        os.unlink(self.queue.path("complete", "job"))
        self.queue.wait(lambda: len(self.queue.events.parsed("job")) >= 6, "six changes")
        seen = [(event.get("from"), event.get("to")) for event in self.queue.events.parsed("job")]
        self.assertEqual(seen, [(None, "pending"), ("pending", "active"), ("active", "pending"), ("pending", "active"),
                                ("active", "complete"), ("complete", None)])
        for event in self.queue.events.parsed("job"):
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")

    def test_a_read_waits(self):
        file = os.open(self.queue.path("events"), os.O_RDONLY)
        found = []
        reader = threading.Thread(target=lambda: found.append(os.read(file, 10000)), daemon=True)
        reader.start()
        reader.join(0.1)
        self.assertEqual(found, [])
        self.queue.submit("job", "true")
        reader.join(20)
        self.assertIn(b'"job"', found[0])
        self.assertTrue(found[0].endswith(b"\n"))
        os.close(file)

    def test_poll_and_nonblocking_reads(self):
        file = os.open(self.queue.path("events"), os.O_RDONLY | os.O_NONBLOCK)
        poll = select.poll()
        poll.register(file, select.POLLIN)
        self.assertEqual(poll.poll(100), [], "nothing yet")
        with self.error(errno.EAGAIN):
            os.read(file, 1000)
        self.queue.submit("job", "true")
        self.assertEqual(poll.poll(20000), [(file, select.POLLIN)])
        self.assertTrue(os.read(file, 10000).startswith(b"{"))
        os.close(file)

    def test_a_waiting_reader_can_be_interrupted(self):
        for name in ("cat", "head"):
            reader = self.background(name, self.queue.path("events"))
            self.is_reading(reader)
            reader.terminate()
            self.assertEqual(reader.wait(10), -15)

    def test_many_waiting_readers_hold_up_nobody(self):
        readers = [self.background("head", "-n", "1", self.queue.path("events"), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL) for _ in range(20)]
        for reader in readers:
            self.is_reading(reader)
        self.queue.submit("job", "true")
        self.queue.wait_in("complete", "job")
        for reader in readers:
            self.assertEqual(reader.wait(20), 0)

    def test_every_reader_sees_every_line(self):
        others = [Events(self.queue.path("events")) for _ in range(3)]
        for number in range(20):
            self.queue.submit(f"job{number}", "true")
        self.queue.wait(lambda: len(self.queue.list("complete")) == 20, "all have run")
        for reader in [self.queue.events, *others]:
            reader.wait(lambda reader=reader: len(reader.lines) >= 60, 20)
            self.assertEqual(len(reader.lines), 60)

    def test_tail_follows(self):
        with open(self.file("out"), "wb") as out:
            follower = self.background("cat", self.queue.path("events"), stdout=out)
            self.is_reading(follower)
            self.queue.submit("job", "true")
            self.wait_file("out", b'"complete"')


if __name__ == "__main__":
    main()
