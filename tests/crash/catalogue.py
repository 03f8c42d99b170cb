# SPDX-License-Identifier: Apache-2.0
"""Every scenario, by name: each command that changes files, in each of its ways."""
from process_scenarios import (
    JOBS,
    QueueGc,
    QueueProcess,
    QueueProcessDuplicates,
    QueueProcessStopping,
)
from scenarios import (
    FIRST,
    PAYLOAD,
    Prepare,
    PrepareIntoQueue,
    QueueInit,
    QueueWrite,
    QueueWriteFromFile,
    SetNext,
    queue_tree,
)

SEQFILE = {"s": b"9\n"}
SET_QUEUE = ["queue-set-next", "-q", "root/q"]
INPUT = ["-i", "root/input"]
STALE = queue_tree(4, JOBS, temp=3)  # what a killed queue-process leaves

_all = [
    QueueInit(append_only=False),
    QueueInit(append_only=True),
    QueueWrite(),
    QueueWriteFromFile(),
    Prepare("prepare, new seqfile", ["prepare"], start=None),
    Prepare("prepare -i FILE", ["prepare", *INPUT], PAYLOAD),
    Prepare("prepare -i FILE | ...", ["prepare", *INPUT], PAYLOAD, to_pipe=True),
    Prepare("prepare -i -", ["prepare", "-i", "-"], PAYLOAD, input=PAYLOAD),
    Prepare("prepare-nop", ["prepare-nop"]),
    Prepare("prepare-fail", ["prepare-fail"]),
    PrepareIntoQueue("prepare --queuedir", ["prepare", *INPUT], PAYLOAD),
    PrepareIntoQueue("prepare --queuedir -i -", ["prepare", "-i", "-"], PAYLOAD, input=PAYLOAD),
    SetNext("prepare-set-next", ["prepare-set-next", "-s", "root/s"], "s", SEQFILE, 20),
    SetNext("queue-set-next", SET_QUEUE, "q/nextseq", queue_tree(FIRST), 20),
    SetNext("queue-set-next, left-over", SET_QUEUE, "q/nextseq", STALE, 2),
    QueueProcess(),
    QueueProcess(name="queue-process, one job", jobs=[(9, b"payload-9\n")]),
    QueueProcess(["--on-error", "Leave"], fails=10, keeps=(10,)),
    QueueProcess(["--on-error", "Delete"], fails=10),
    QueueProcessStopping(["--on-error", "Retry"], fails=10),
    QueueProcess(["--output-to", "SaveBoth"]),
    QueueProcess(["-d", "cat"]),
    QueueProcess(["--never-delete"], keeps=(9, 10, 11)),
    QueueProcess(["--order-by", "Timestamp"], by_time=True),
    QueueProcess(["--overlap-sync"], slack=1, offered_by=("queue-process", "--overlap-sync")),
    QueueProcess(
        name="queue-process after a crash",
        next=10,
        temp=11,
        history=(9, 10, 11),
        offered_by=("queue-gc", None),
    ),
    QueueProcessDuplicates(
        ["--on-duplicate", "absorb"],
        jobs=[*JOBS, (9, b"another\n")],
        offered_by=("queue-process", "--on-duplicate"),
    ),
    QueueGc(),
]
SCENARIOS = {scenario.name: scenario for scenario in _all}
