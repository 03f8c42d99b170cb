# queue-status tells a human how a queue stands, and a script by its exit status: 3 means that jobs are there and none
# can run.
$ fspl queue-init -q q; fspl queue-status -q q
state                nothing to do
next                 1
highest contiguous   none
runnable             0
missing numbers      none
waiting behind a gap 0
duplicate numbers    0
unreadable files     0
conflict copies      0
stale (below next)   0
temporary files      0
quarantined          0
locked by            nobody

# Jobs 1, 2 | 4 | 7: two can run, 3 and 5-6 are missing. Not stalled, as job 1 can run.
$ for i in 1 2 4 7; do
>   fspl prepare-set-next -s seq $i; fspl prepare-nop -s seq > q/jobs/fspl-$i.fspl
> done
$ fspl queue-status -q q | head -n 6
state                job 1 can run
next                 1
highest contiguous   2
runnable             2
missing numbers      3, 5-6
waiting behind a gap 2

$ fspl queue-process -q q true
 INFO fspl: the queue q waits for job 3 since * (glob)
$ fspl queue-status -q q > report; echo "exit status $?"; head -n 6 report
exit status 3
state                stands still since 20*: job 3 is missing; send it again, or skip it with queue-set-next (glob)
next                 3
highest contiguous   none
runnable             0
missing numbers      3, 5-6
waiting behind a gap 2

# For programs, one JSON object.
$ fspl queue-status -q q --json | python3 -c 'import json, sys
> s = json.load(sys.stdin)
> print(s["stalled"], s["next"], s["jobs"], s["runnable"], s["waiting"], s["gaps"], s["gap_count"])'
True 3 2 0 2 [{'first': 3, 'last': 3}, {'first': 5, 'last': 6}] 2

# Two files with one number stall the queue, too, wherever they stand.
$ fspl queue-set-next -q q 4; fspl queue-status -q q | head -n 1
state                job 4 can run
$ cp q/jobs/fspl-7.fspl 'q/jobs/fspl-7 (conflicted copy).fspl'
$ fspl queue-status -q q > report; echo "exit status $?"; sed -n '1p; /^duplicate/p; /^conflict/,/^stale/p' report
exit status 3
state                stands still: number 7 stands in more than one file; remove the wrong one, or process with --on-duplicate absorb
duplicate numbers    1
conflict copies      1
  "fspl-7 (conflicted copy).fspl"
stale (below next)   0
$ grep -o '^  7: .*' report | grep -c 'fspl-7.fspl'
1

# Jobs below the next number never run again.
$ rm q/jobs/*copy*; fspl queue-set-next -q q 5; fspl queue-status -q q | grep -A1 stale
stale (below next)   1
  4 fspl-4.fspl

# A writer at work, or a dead one's left-over.
$ touch q/jobs/tmp-fspl-x.fspl.tmp; fspl queue-status -q q | grep -A1 temporary
temporary files      1
  tmp-fspl-x.fspl.tmp

# A spool that only takes jobs.
$ fspl queue-init -q box --append-only; fspl prepare-nop -s - | fspl queue-write -q box
$ fspl queue-status -q box | head -n 2
state                append-only: this queue takes jobs and does not run them
next                 none
$ fspl queue-status -q box --json | grep -o '"next":null'
"next":null

$ fspl queue-status -q none
fspl: error: *none* (glob)
?1
