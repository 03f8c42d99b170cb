# --verify CMD: the stored file goes to CMD's standard input, and only exit status 0 lets the job run.
$ fspl queue-init -q q; echo payload | fspl prepare -s seq -i - > q/jobs/fspl-1.fspl
$ fspl queue-process -q q --verify 'wc -c; echo "looking at $FSPL_JOB_FILENAME" >&2' cat
93
looking at fspl-1.fspl
payload

$ fspl prepare -s seq > q/jobs/fspl-2.fspl; fspl queue-process -q q --verify 'exit 4' echo -- ran
ERROR fspl: job 2 (q/jobs/fspl-2.fspl) does not run: the verifier refused it (*) (glob)
?1
$ fspl queue-process -q q --verify false --on-invalid quarantine echo -- ran; ls q/quarantine
ERROR fspl: job 2: moved fspl-2.fspl to q/quarantine/fspl-2.fspl: the verifier refused it (*); the stream waits for a good copy (glob)
fspl-2.fspl
fspl-2.fspl.reason

# What was verified is what runs, even if the file changes under it.
$ echo good | fspl prepare -s - -i - > good; sed s/good/evil/ good > evil
$ fspl queue-set-next -q q 1; cp good q/jobs/fspl-v.fspl
$ fspl queue-process -q q --verify 'cat > /dev/null; cat evil > q/jobs/fspl-v.fspl' cat
good

# Before a decoder: what is verified is the file as it was sent.
$ fspl queue-set-next -q q 1; gzip < good > q/jobs/fspl-v.fspl
$ fspl queue-process -q q -d zcat --verify 'gzip -t && echo "a gzip file"' cat
a gzip file
good

# The other way to be sure: take all of the decoder's output first. Here the gzip file ends in the middle.
$ fspl queue-set-next -q q 1; seq 100000 | fspl prepare -s - -i - | gzip > whole; head -c 50000 whole > q/jobs/fspl-v.fspl
$ fspl queue-process -q q -d 'zcat 2>/dev/null' --require-decoder-success touch -- started; ls started
ERROR fspl: job 1 (q/jobs/fspl-v.fspl) does not run: the decoder failed (exit status 1)
ls: cannot access 'started': No such file or directory
?2

# By default the command runs on what there is, but the job counts as failed and is kept.
$ fspl queue-process -q q -d 'zcat 2>/dev/null' sh -- -c 'cat > got'; tail -n 1 got | grep -qx 100000; echo $?; fspl queue-get-next -q q; ls q/jobs
ERROR fspl: job 1 (q/jobs/fspl-v.fspl): the command succeeded, but the decoder failed (*), so the payload was not whole (glob)
ERROR fspl: stopped at job 1; it runs again next time, and nothing runs before it has succeeded
1
1
fspl-v.fspl
$ cp whole q/jobs/fspl-v.fspl; fspl queue-process -q q -d zcat --require-decoder-success tail -- -n 1
100000
