# Whoever may write into a queue must not make its processor write elsewhere: links in the places of its files are not
# followed.
$ fspl queue-init -q q; echo precious > precious; fspl prepare -s seq > q/jobs/fspl-x.fspl; fspl prepare -s seq -q q
$ ln -s ../../precious q/jobs/fspl-x.fspl.out; fspl queue-process -q q --output-to SaveBoth echo -- hi; cat precious
fspl: error: cannot open the output file q/jobs/fspl-x.fspl.out: * (glob)
precious

$ rm q/jobs/*.out; ln -s ../precious q/nextseq.temp; fspl queue-process -q q echo -- hi; cat precious; fspl queue-get-next -q q; ls q
hi
hi
precious
3
jobs
nextseq
nextseq.lock

# Nor does a FIFO there hold it up.
$ fspl prepare -s seq -q q; fspl prepare -s seq -q q; mkfifo q/nextseq.temp; timeout 20 fspl queue-process -q q echo -- hi; ls -F q
hi
hi
jobs/
nextseq
nextseq.lock
