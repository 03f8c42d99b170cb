# A queue that only takes jobs: it has no sequence, so it can't be processed where it is.
$ fspl queue-init -q box --append-only; ls box
jobs
$ fspl prepare-nop -s seq -i x 2>/dev/null; fspl prepare -s seq -q box; fspl queue-ls -q box | wc -l
2
$ fspl queue-process -q box true; echo $?; fspl queue-get-next -q box; echo $?; fspl queue-set-next -q box 3; echo $?
fspl: error: cannot open the lock file box/nextseq.lock: No such file or directory; if it is missing, this is no queue or an append-only one, which keeps no sequence
1
fspl: error: cannot open the lock file box/nextseq.lock: No such file or directory; if it is missing, this is no queue or an append-only one, which keeps no sequence
1
fspl: error: cannot open the lock file box/nextseq.lock: No such file or directory; if it is missing, this is no queue or an append-only one, which keeps no sequence
1
$ ls box
jobs

# queue-gc removes only what dead writers left; no number has been passed here.
$ touch box/jobs/tmp-fspl-dead.fspl.tmp; fspl queue-gc -q box
removed box/jobs/tmp-fspl-dead.fspl.tmp: its writer is gone
$ fspl queue-ls -q box | wc -l
2
