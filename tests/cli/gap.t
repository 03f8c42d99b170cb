# A missing number stops the stream. Filespooler's exit status is kept (0: nothing went wrong here), but the reason is
# said, once, in one line on standard error.
$ fspl queue-init -q q
$ for text in one two three; do echo $text | fspl prepare -s seq -i - > $text.pkt; done
$ fspl queue-write -q q < two.pkt; fspl queue-write -q q < three.pkt
$ fspl queue-process -q q cat
 INFO fspl: the queue q waits for job 1 since 20??-??-??T??:??:??+00:00; 2 packets wait behind it, the first is 2 (glob)

# One packet behind the gap is one packet.
$ rm "$(grep -l two q/jobs/*)"; fspl queue-process -q q cat
 INFO fspl: the queue q waits for job 1 since 20*; 1 packet waits behind it, the first is 3 (glob)

# A file that can't be read may well be the missing one.
$ head -c 20 one.pkt > q/jobs/fspl-cut.fspl
$ fspl queue-process -q q cat
 INFO fspl: the queue q waits for job 1 since 20*; 1 packet waits behind it, the first is 3; 1 file in jobs/ can't be read, see queue-status (glob)

# Less talkative on request.
$ fspl -l warn queue-process -q q cat

# Nothing waits: nothing is said. Once the missing one is there, all run.
$ cp one.pkt q/jobs/fspl-cut.fspl; fspl queue-write -q q < two.pkt
$ fspl queue-process -q q cat
one
two
three
$ fspl queue-process -q q cat
$ fspl queue-get-next -q q
4

# What was asked for by number (-n) is no gap.
$ for i in 4 5; do fspl prepare-nop -s seq | fspl queue-write -q q; done
$ fspl queue-process -q q -n 1 true
$ fspl queue-get-next -q q
5
