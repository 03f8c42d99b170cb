# A command line that is wrong says what is wrong, and exits with 2.
$ fspl queue-process -q q
fspl: error: COMMAND is missing; it stands before any --; see "fspl help queue-process"
?2
$ fspl queue-process true
fspl: error: --queuedir DIR is missing; see "fspl help queue-process"
?2
$ fspl queue-process -q q -n many true
fspl: error: the value many of -n is not right: it must be a whole number from 0 to 18446744073709551615; see "fspl help queue-process"
?2
$ fspl queue-process -q q --on-error=explode true
fspl: error: the value explode of --on-error is not right: it must be one of Retry, Delete, Leave; see "fspl help queue-process"
?2
$ fspl queue-process -q q --backoff-base -1 true
fspl: error: --backoff-base needs a value; write --backoff-base=-1 if -1 is meant; see "fspl help queue-process"
?2
$ fspl queue-process -q q --stop-signal HELLO true
fspl: error: the value HELLO of --stop-signal is not right: it must be a signal's name or number; see "fspl help queue-process"
?2
$ fspl queue-ls -q q -q r
fspl: error: --queuedir is given twice; see "fspl help queue-ls"
?2
$ fspl queue-ls -q q --jso
fspl: error: there is no option --jso; see "fspl help queue-ls"
?2
$ fspl queue-ls -q q --json=yes
fspl: error: --json takes no value; see "fspl help queue-ls"
?2
$ fspl queue-ls -q q extra
fspl: error: extra is more than queue-ls takes; see "fspl help queue-ls"
?2
$ fspl queue-procss
fspl: error: there is no command queue-procss; see "fspl help"
?2
$ fspl help queue-procss
fspl: error: there is no command queue-procss; see "fspl help"
?2
$ fspl -l loud gen-uuid
fspl: error: loud is not a log level; see "fspl help"
fspl: the levels are trace, debug, info, warn and error, or 5 to 1
?2
$ fspl 2>&1 | head -n 1; echo ${PIPESTATUS[0]}
fspl: a job becomes a file, travels by any means that moves a file, and runs in
2
$ fspl --version
fspl (Bobbin) *, compatible with filespooler 1.2.2 (glob)

# A mistake touches nothing.
$ ls
