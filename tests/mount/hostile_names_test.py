# SPDX-License-Identifier: Apache-2.0
"""Names from strangers: any bytes that a file name may have. They do no harm in the log, in status.json, metrics and
events, in the environment of the job, or in the shell of who cleans up."""

import json
import os
import re

from harness import STATES, MountCase, main

NAMES = [
    b"new\nline", b"a\nfiled: error: forged", b"tab\tand\rreturn", b"\x01\x02\x1b[31mred\x1b[0m", b"\x7f", b"x" * 255,
    b"\xff\xfe\xc0\xaf", b"\xed\xa0\x80", "é\u202e\u0000".encode().rstrip(b"\0"), b"-rf", b"--help", b"-", b"*", b"?",
    b"[a-z]*", b"a b", b" ", b"'", b'"', b"'\"\\", b"\\", b"\\n", b"$(touch pwned)", b"`touch pwned`", b";touch pwned",
    b"&touch pwned", b"|touch pwned", b">pwned", b"$HOME", b"${IFS}", b"!!", b"%s%n%d", b"{}", b'{"job":1}', b'","x":"',
    b"}\n{", b"a=b", b"COM1", b"pending", b"new-id", b"1", b"0", b"-1", b"NaN", b"null", b"a\\..\\x",
    b"\xe2\x80\xa8", b"\xf0\x9f\x92\xa9", b"\xc3", b"<script>", b"a\\\"b", b"#".join([b"a", b"b"]), b"~root", b"a~b",
]
WAITING = [b"..x", b"...", b".\n", b"#\xff", b"$(touch pwned)~", b".-rf"]


class Names(MountCase):
    options = ("--log-level", "trace")
    settings = {**MountCase.settings, "max_job_count": 8}
    seconds = 120

    def submit_all(self, content):
        for number, name in enumerate(NAMES):
            self.queue.submit(name, content.replace("NUMBER", str(number)))

    def wait_all(self, state):
        self.queue.wait(lambda: set(os.listdir(os.fsencode(self.queue.path(state)))) >= set(NAMES), f"all in {state}", 60)

    def looks_whole(self, name):
        """JSON text of a name: what is not UTF-8 may be replaced, nothing else."""
        return [part for part in re.split("\ufffd+", name.decode("utf-8", "replace")) if part]

    def test_all_of_it(self):
        q = self.queue
        before = set(os.listdir(self.directory)) | set(os.listdir(self.file("work")))
        for name in WAITING:
            q.submit(name, "touch pwned")
        self.submit_all('printf %s "$FILED_JOB" > name.NUMBER; exit 3')
        self.wait_all("failed")
        for number, name in enumerate(NAMES):
            self.assertEqual(self.get(f"work/name.{number}"), name)
        self.events_are_one_line_each()
        self.json_and_metrics_parse()
        for name in NAMES:
            os.rename(q.path("failed", name), q.path("pending", name))
        self.wait_all("failed")
        self.assertEqual(sorted(os.listdir(os.fsencode(q.path("pending")))), sorted(WAITING))
        self.the_log_is_not_fooled()
        self.assertEqual(q.stop(), 0)
        q.start()
        self.wait_all("failed")
        self.the_shell_is_not_fooled()
        after = set(os.listdir(self.directory)) | set(os.listdir(self.file("work")))
        self.assertEqual({name for name in after - before if not name.startswith("name.")}, set())

    def events_are_one_line_each(self):
        lines = list(self.queue.events.lines)
        self.assertGreaterEqual(len(lines), 3 * len(NAMES))
        seen = []
        for line in lines:
            event = json.loads(line)
            self.assertIn("time", event)
            seen.append(event["job"])
        for name in NAMES:
            parts = self.looks_whole(name)
            self.assertTrue(any(re.split("\ufffd+", job) and [part for part in re.split("\ufffd+", job) if part] == parts
                                for job in seen), name)

    def json_and_metrics_parse(self):
        self.assertEqual(self.queue.status()["jobs"]["failed"], len(NAMES))
        for line in self.queue.read("metrics").decode("ascii").splitlines():
            self.assertRegex(line, r"^(#.*|[a-z_]+(\{[^{}]*\})? -?[0-9.e+-]+)$")

    def the_log_is_not_fooled(self):
        for line in self.queue.words().rstrip("\n").split("\n"):
            self.assertRegex(line, r"^ *[A-Z]+ filed: ")
            self.assertNotRegex(line, r"[\x00-\x08\x0b-\x1f\x7f]")
        self.assertNotRegex(self.queue.words(), "(?m)^filed: error: forged")

    def the_shell_is_not_fooled(self):
        for state in STATES:
            self.works("ls", "-la", self.queue.path(state))
        self.shell('cd "$1" && for job in *; do cat < "$job" > /dev/null || exit; done', self.queue.path("failed"))
        self.works("find", self.queue.path("failed"), "-type", "f", "-name", "*x*", "-mtime", "-1", "-print0")
        self.shell('cd "$1" && rm -- *', self.queue.path("failed"))
        self.shell('find "$1" -type f -delete', self.queue.path("pending"))
        for state in STATES:
            self.assertEqual(os.listdir(self.queue.path(state)), [])

    def test_while_they_run(self):
        path, open_gate = self.gate()
        self.queue.configure(max_job_count=len(NAMES))
        self.submit_all(f"read x < {path}")
        self.wait_all("active")
        running = json.dumps(self.queue.status(), ensure_ascii=False)
        for name in (b"a b", b"*", b"-rf", b"COM1"):
            self.assertIn(f'"{name.decode()}"', running)
        self.json_text_has_no_raw_controls()
        for name in NAMES:
            self.assertEqual(os.getxattr(self.queue.path("active", name), "user.filed.state"), b"active")
        open_gate(len(NAMES))
        self.wait_all("complete")

    def json_text_has_no_raw_controls(self):
        for line in self.queue.read("status.json").decode("utf-8").splitlines():
            self.assertNotRegex(line, r"[\x00-\x1f]")


if __name__ == "__main__":
    main()
