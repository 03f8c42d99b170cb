# SPDX-License-Identifier: Apache-2.0
"""The harness itself: it notices what is wrong, and cleans up whatever happens."""

import os
import subprocess
import sys
import unittest

import leftovers
from harness import main

HERE = os.path.dirname(os.path.abspath(__file__))


class Harness(unittest.TestCase):
    def fails(self, module, test, saying, **variables):
        """This test of a module must fail and say this. Its output."""
        done = subprocess.run([sys.executable, os.path.join(HERE, module), "-v", test], check=False, text=True,
                              env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=100, cwd=HERE)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn(saying, done.stdout)
        return done.stdout

    def leaves_nothing(self, test, saying):
        output = self.fails("canary/faults.py", test, saying)
        directory = next(line.split(" ")[-1] for line in output.splitlines() if "directory: " in line)
        self.assertEqual(leftovers.mounts_below(directory), [])
        self.assertEqual(leftovers.processes_of(directory), {})
        self.assertFalse(os.path.exists(directory))

    def test_a_failed_test_leaves_nothing(self):
        self.leaves_nothing("Planted.test_fails_with_all_at_work", "planted")
        self.leaves_nothing("Planted.test_fails_with_a_dead_mount", "planted")
        self.leaves_nothing("Planted.test_an_error_is_a_failure_too", "planted")

    def test_a_hanging_test_is_ended_and_leaves_nothing(self):
        self.leaves_nothing("Hanging.test_filed_does_not_answer", "takes longer than 3 s")

    def test_what_is_wrong_with_filed_is_noticed(self):
        self.leaves_nothing("Wrapped.test_its_log_smells", "AddressSanitizer: planted")
        self.leaves_nothing("Wrapped.test_it_ends_with_a_wrong_status", "status 3")
        self.leaves_nothing("Wrapped.test_it_leaves_a_process", "sleep 1000")
        self.leaves_nothing("Wrapped.test_it_never_gets_ready", "filed is not ready")

    def test_a_cell_without_a_test_is_noticed(self):
        for module, case in (("operation_table_test.py", "Operations"), ("attribute_table_test.py", "Attributes")):
            self.fails(module, case + ".test_beside_every_cell_has_a_test", "planted_pending", BOBBIN_PLANT="uncovered")

    def test_a_job_that_is_lost_or_runs_twice_is_noticed(self):
        for plant, saying in (("lost", "was accepted and is in None"), ("twice", "ran 2 times"), ("torn", "is not whole")):
            self.fails("crash_test.py", "UnderLoad.test_the_daemon_is_killed", saying, BOBBIN_PLANT=plant, BOBBIN_ROUNDS="1")


if __name__ == "__main__":
    main()
