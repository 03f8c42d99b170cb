# One processor a queue, one sender a sequence file at a time: who is late hears who was first.
$ fspl queue-init -q q; fspl prepare-nop -s seq | fspl queue-write -q q
$ exec 9> q/nextseq.lock; flock -n 9; fspl queue-process -q q true; fspl queue-set-next -q q 5; fspl queue-gc -q q
fspl: error: q/nextseq is locked by process *; wait until it is done, or use --wait (glob)
fspl: error: q/nextseq is locked by process *; wait until it is done, or use --wait (glob)
fspl: error: q/nextseq is locked by process *; wait until it is done, or use --wait (glob)
?1

# The holder is named by number and program.
$ cat > holder.py <<END
> import fcntl, subprocess, sys
> lock = open("q/nextseq.lock"); fcntl.flock(lock, fcntl.LOCK_EX)
> name = open("/proc/self/comm").read().strip()
> import os; print("holder:", os.getpid(), name, flush=True)
> subprocess.run(["fspl", "queue-process", "-q", "q", "true"])
> END
$ python3 holder.py 2>&1 | sed -E 'N; s/holder: ([0-9]+) (.*)\n.*is locked by process \1 \(\2\).*/the holder was named/'
the holder was named

# Looking takes no lock, writing a job does not either.
$ exec 9> q/nextseq.lock; flock -n 9; fspl prepare-nop -s - | fspl queue-write -q q; fspl queue-ls -q q | wc -l
> fspl queue-status -q q | grep 'locked by'
3
locked by            process * (glob)

# A killed holder leaves no lock behind: no file to remove, ever.
$ fspl queue-status -q q | grep 'locked by'
locked by            nobody
