# Two files with one number. By default nothing runs, as in Filespooler; the files are named.
$ fspl queue-init -q q; for t in one two; do echo $t | fspl prepare -s seq -i - > $t.pkt; done
$ cp one.pkt q/jobs/fspl-a.fspl; cp two.pkt q/jobs/fspl-b.fspl; cp two.pkt q/jobs/fspl-c.fspl
$ fspl queue-process -q q cat 2>&1 | sed -E 's/fspl-[bc].fspl/X/g'
fspl: error: sequence number 2 stands in two files of q/jobs: X and X; remove the wrong one, or process with --on-duplicate absorb
$ fspl queue-info -q q -j 1
fspl: error: sequence number 2 stands in two files of q/jobs: * (glob)
?1

# absorb: identical copies go.
$ fspl queue-process -q q --on-duplicate absorb cat
 INFO fspl: job 2: removed q/jobs/fspl-c.fspl, an identical copy of fspl-b.fspl
one
two

# Copies that differ: the ordinary name stays before the one that a sync tool made up.
$ echo three | fspl prepare -s seq -i - > three.pkt; sed s/three/THREE/ three.pkt > 'q/jobs/fspl-3.sync-conflict-20200101-111111-ABCDEFG.fspl'
$ cp three.pkt q/jobs/fspl-x.fspl; fspl queue-process -q q cat
fspl: error: sequence number 3 stands in two files of q/jobs: * (one is a sync tool's conflict copy); remove the wrong one, or process with --on-duplicate absorb (glob)
?1
$ fspl queue-process -q q --on-duplicate absorb cat
 WARN fspl: job 3: moved fspl-3.sync-conflict-20200101-111111-ABCDEFG.fspl to q/quarantine/fspl-3.sync-conflict-20200101-111111-ABCDEFG.fspl: it has the sequence number 3 of fspl-x.fspl but other content (a sync tool's conflict copy)
three
$ ls q/quarantine
fspl-3.sync-conflict-20200101-111111-ABCDEFG.fspl
fspl-3.sync-conflict-20200101-111111-ABCDEFG.fspl.reason

# A copy that was cut short loses against the whole one, whatever their names.
$ echo four | fspl prepare -s seq -i - > 'q/jobs/fspl-4 (conflicted copy).fspl'; head -c -2 q/jobs/fspl-4* > q/jobs/fspl-4.fspl
$ fspl -l error queue-process -q q --on-duplicate absorb cat; ls q/quarantine | grep 4.fspl
four
fspl-4.fspl
fspl-4.fspl.reason

# Numbers that have been passed do not matter.
$ cp one.pkt q/jobs/fspl-a.fspl; sed s/one/ONE/ one.pkt > q/jobs/fspl-b.fspl
$ fspl queue-process -q q --on-duplicate absorb cat; ls q/jobs
fspl-a.fspl
fspl-b.fspl
