# queue-gc removes what dead programs left, says what it removed, and leaves alone what may be alive.
$ fspl queue-init -q q; for i in 1 2 3; do fspl prepare-nop -s seq > q/jobs/fspl-$i.fspl; done
$ fspl queue-process -q q -n 2 --never-delete true
$ echo 9 > q/nextseq.temp; touch q/jobs/tmp-fspl-dead.fspl.tmp q/jobs/other
$ fspl queue-gc -q q --dry-run | LC_ALL=C sort
would remove q/jobs/fspl-1.fspl: job 1 is below the next number 3 and never runs again
would remove q/jobs/fspl-2.fspl: job 2 is below the next number 3 and never runs again
would remove q/jobs/tmp-fspl-dead.fspl.tmp: its writer is gone
would remove q/nextseq.temp: an interrupted run left it
$ ls q q/jobs
q:
jobs
nextseq
nextseq.lock
nextseq.temp

q/jobs:
fspl-1.fspl
fspl-2.fspl
fspl-3.fspl
other
tmp-fspl-dead.fspl.tmp
$ fspl queue-gc -q q | LC_ALL=C sort
removed q/jobs/fspl-1.fspl: job 1 is below the next number 3 and never runs again
removed q/jobs/fspl-2.fspl: job 2 is below the next number 3 and never runs again
removed q/jobs/tmp-fspl-dead.fspl.tmp: its writer is gone
removed q/nextseq.temp: an interrupted run left it
$ ls q q/jobs
q:
jobs
nextseq
nextseq.lock

q/jobs:
fspl-3.fspl
other
$ fspl queue-gc -q q

# A number that an interrupted run had already passed counts (see docs/format.md).
$ printf '3\nin a run\n' > q/nextseq; printf '4\nin a run\n' > q/nextseq.temp; fspl queue-get-next -q q
4

# But not a left-over beside a number that was set since, by hand or by Filespooler.
$ echo 3 > q/nextseq; printf '4\nin a run\n' > q/nextseq.temp; fspl queue-get-next -q q
3
