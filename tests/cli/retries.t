# --retries tries a failed job again, in its place: what comes behind it waits. FSPL_ATTEMPT counts from 1.
$ fspl queue-init -q q; for i in 1 2 3; do fspl prepare -s seq -q q; done
$ cat > job <<'END'
> #!/bin/sh
> echo "job $FSPL_SEQ attempt $FSPL_ATTEMPT"
> test $FSPL_SEQ != 2 || test $FSPL_ATTEMPT = 3
> END
$ chmod +x job; fspl queue-process -q q --retries 4 --backoff-base 0.01 --backoff-mult 1.5 ./job
job 1 attempt 1
job 2 attempt 1
ERROR fspl: job 2 (q/jobs/*): * (glob)
 INFO fspl: job 2: attempt 1 of 5 failed, trying again in 0.01 s
job 2 attempt 2
ERROR fspl: job 2 (q/jobs/*): * (glob)
 INFO fspl: job 2: attempt 2 of 5 failed, trying again in 0.015 s
job 2 attempt 3
job 3 attempt 1

# When the last attempt has failed, --on-error decides: stop (Retry), or go on.
$ for i in 4 5; do fspl prepare -s seq -q q; done
$ fspl -l error queue-process -q q --retries 2 --backoff-base 0 sh -- -c 'echo $FSPL_SEQ.$FSPL_ATTEMPT; exit 7'
4.1
ERROR * (glob)
4.2
ERROR * (glob)
4.3
ERROR * (glob)
ERROR fspl: stopped at job 4; it runs again next time, and nothing runs before it has succeeded
?1
$ fspl -l error queue-process -q q --retries 1 --backoff-base 0 --on-error delete sh -- -c 'echo $FSPL_SEQ.$FSPL_ATTEMPT; exit 7' 2>/dev/null
4.1
4.2
5.1
5.2
$ fspl queue-get-next -q q; ls q/jobs
6

# --backoff-max bounds the pauses.
$ fspl prepare -s seq -q q
$ fspl queue-process -q q --retries 2 --backoff-base 0.01 --backoff-mult 1000000 --backoff-max 0.02 --on-error delete false 2>&1 | grep trying
 INFO fspl: job 6: attempt 1 of 3 failed, trying again in 0.01 s
 INFO fspl: job 6: attempt 2 of 3 failed, trying again in 0.02 s

# Without --retries the variable is not set, not even by the caller.
$ fspl prepare -s seq -q q; FSPL_ATTEMPT=9 fspl queue-process -q q sh -- -c 'echo "attempt=$FSPL_ATTEMPT"'
attempt=
