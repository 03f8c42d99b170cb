# --on-invalid quarantine: a packet that was damaged steps aside, with its reason, and a good copy can take its place.
$ fspl queue-init -q q; for t in one two; do echo $t | fspl prepare -s seq -i - --digest > $t.pkt; done
$ sed s/one/ONE/ one.pkt > q/jobs/fspl-1.fspl; cp two.pkt q/jobs/fspl-2.fspl
$ fspl queue-process -q q --on-invalid quarantine cat
ERROR fspl: job 1: moved fspl-1.fspl to q/quarantine/fspl-1.fspl: its payload is damaged (the SHA-256 does not match); the stream waits for a good copy
 INFO fspl: the queue q waits for job 1 since *; 1 packet waits behind it, the first is 2 (glob)
$ ls q/quarantine q/jobs; cat q/quarantine/*.reason
q/jobs:
fspl-2.fspl

q/quarantine:
fspl-1.fspl
fspl-1.fspl.reason
20??-??-??T??:??:??Z its payload is damaged (the SHA-256 does not match) (glob)
$ fspl queue-status -q q | grep -A1 quarantined
quarantined          1
  fspl-1.fspl

# Damaged again under the same name: both are kept.
$ sed s/one/oNe/ one.pkt > q/jobs/fspl-1.fspl; fspl -l error queue-process -q q --on-invalid quarantine cat
ERROR fspl: job 1: moved fspl-1.fspl to q/quarantine/fspl-1.fspl.*: its payload is damaged (the SHA-256 does not match); the stream waits for a good copy (glob)
$ ls q/quarantine | wc -l
4

# The copy that was sent again.
$ cp one.pkt q/jobs/fspl-1.fspl; fspl queue-process -q q --on-invalid quarantine cat
one
two

# A quarantine that is a link is not followed: nothing leaves the queue that way.
$ rm -r q/quarantine; mkdir elsewhere; ln -s ../elsewhere q/quarantine
$ fspl queue-set-next -q q 1; sed s/one/ONE/ one.pkt > q/jobs/fspl-1.fspl
$ fspl queue-process -q q --on-invalid quarantine cat; ls q/jobs elsewhere
fspl: error: cannot open q/quarantine: Not a directory
elsewhere:

q/jobs:
fspl-1.fspl
