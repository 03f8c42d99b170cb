# A large queue keeps an index of what a run left unread, jobs.index, so that the next run need not read it all. It must
# never be wrong: what was kept runs, also number 0, and what arrives is noticed.
$ fspl queue-init -q q; fspl prepare-set-next -s seq 0; fspl prepare-nop -s seq > q/jobs/fspl-0.fspl
$ for i in {1..400}; do fspl prepare-nop -s seq > q/jobs/fspl-$i.fspl; done; fspl queue-set-next -q q 0
$ fspl queue-process -q q -n 0 true; ls q/jobs.index; fspl queue-process -q q -n 3 true; fspl queue-get-next -q q
q/jobs.index
3

# A removed job is a gap, one that comes is seen, a damaged or lost index is no loss.
$ mv q/jobs/fspl-3.fspl .; fspl queue-process -q q true
 INFO fspl: the queue q waits for job 3 since *; 397 packets wait behind it, the first is 4 (glob)
$ mv fspl-3.fspl q/jobs; fspl queue-process -q q -n 1 true; fspl queue-get-next -q q
4
$ ls q/jobs.index; echo nonsense > q/jobs.index; fspl queue-process -q q -n 1 true; fspl queue-get-next -q q
q/jobs.index
5
$ rm -f q/jobs.index; fspl queue-process -q q -n 1 true; fspl queue-get-next -q q
6

# A job that failed is kept as well: it runs again.
$ rm q/jobs.index; fspl prepare-set-next -s six 6; fspl prepare -s six > q/jobs/fspl-6.fspl
$ fspl queue-process -q q false 2> said; ls q/jobs.index; fspl queue-process -q q -n 1 true; fspl queue-get-next -q q
q/jobs.index
7

# A job that the index knows and that does not prove good leaves both.
$ fspl prepare-set-next -s seven 7; echo good | fspl prepare -s seven -i - --digest > q/jobs/fspl-7.fspl; cp q/jobs/fspl-7.fspl good
$ echo bad >> q/jobs/fspl-7.fspl; ls q/jobs.index; fspl queue-process -q q --on-invalid quarantine true 2> said; echo $?; cut -c1-45 said
q/jobs.index
0
ERROR fspl: job 7: moved fspl-7.fspl to q/qua
 INFO fspl: the queue q waits for job 7 since
$ cp good q/jobs/fspl-7.fspl; fspl queue-process -q q -n 1 true; fspl queue-get-next -q q; rm -r q/quarantine
8

# A second file with a number is noticed, index or not.
$ cp q/jobs/fspl-350.fspl q/jobs/fspl-again.fspl; fspl queue-process -q q -n 1 true
fspl: error: sequence number 350 stands in two files of q/jobs: * (glob)
?1
$ rm q/jobs/fspl-again.fspl; fspl queue-set-next -q q 380; fspl queue-process -q q true; fspl queue-get-next -q q; ls q
401
jobs
nextseq
nextseq.lock
