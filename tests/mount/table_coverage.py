# SPDX-License-Identifier: Apache-2.0
"""Holds the tests of a class against its table: each cell has a test named after it, test_OPERATION_STATE, and each test
has a cell, or its name says that it is beside the table. BOBBIN_PLANT=uncovered plants a row that has no tests."""

import os

from queue_under_test import STATES


def cells(table):
    rows = [line.split("|") for line in table.strip().splitlines()]
    assert all(len(row) == 1 + len(STATES) for row in rows), "every operation has a cell for each directory"
    return {f"{row[0].strip()}_{state}" for row in rows for state in STATES}


class TableCase:
    """To be inherited beside a TestCase, which has `table`: a line an operation, `name | pending | active | ...`."""

    table = ""

    def test_beside_every_cell_has_a_test(self):
        planted = "planted | 1 | 2 | 3 | 4" if os.environ.get("BOBBIN_PLANT") == "uncovered" else ""
        tests = {name.removeprefix("test_") for name in dir(self) if name.startswith("test_")}
        in_table = {name for name in tests if not name.startswith("beside_")}
        self.assertEqual(in_table, cells(self.table.strip() + "\n" + planted))
