# --digest sends size and SHA-256 of the payload along; Bobbin's fspl runs the command only on exactly those bytes.
$ fspl queue-init -q q; printf 'twelve bytes' > file
$ fspl prepare -s seq --digest -i file > file.pkt; fspl stdin-info < file.pkt | grep FSPL_SET | cut -d = -f 1
FSPL_SET_BOBBIN_SIZE
FSPL_SET_BOBBIN_SHA256
$ fspl prepare -s seq --digest -i - < file > stdin.pkt; fspl prepare -s seq --digest > nothing.pkt
$ cat file | fspl prepare -s seq --digest -i - > pipe.pkt
$ for p in file stdin nothing pipe; do fspl queue-write -q q < $p.pkt; done
$ fspl queue-process -q q sh -- -c 'echo "$FSPL_SEQ: $(cat)"'
1: twelve bytes
2: twelve bytes
3: 
4: twelve bytes

# The same from standard input, a file or a pipe.
$ fspl stdin-process cat < file.pkt; cat pipe.pkt | fspl stdin-process cat; fspl stdin-payload < pipe.pkt
twelve bytestwelve bytestwelve bytes

# And behind a decoder.
$ fspl queue-set-next -q q 1; gzip -c < file.pkt > q/jobs/fspl-z.fspl; fspl queue-process -q q -d zcat cat; ls q/jobs
twelve bytes

# Damaged on the way: the command is not even started.
$ fspl queue-set-next -q q 1; sed s/twelve/TWELVE/ file.pkt > q/jobs/fspl-d.fspl; fspl queue-process -q q cat
ERROR fspl: job 1 (q/jobs/fspl-d.fspl) does not run: its payload is damaged (the SHA-256 does not match)
?1
$ head -c -3 file.pkt > q/jobs/fspl-d.fspl; fspl queue-process -q q cat
ERROR fspl: job 1 (q/jobs/fspl-d.fspl) does not run: its payload has 9 bytes, the sender sent 12
?1
$ { cat file.pkt; echo more; } > q/jobs/fspl-d.fspl; fspl queue-process -q q cat
ERROR fspl: job 1 (q/jobs/fspl-d.fspl) does not run: its payload has 17 bytes, the sender sent 12
?1
$ fspl queue-get-next -q q; fspl stdin-process cat < q/jobs/fspl-d.fspl; head -c -1 file.pkt | fspl stdin-process cat
1
fspl: error: * (glob)
fspl: error: * (glob)
?1
$ gzip -c < q/jobs/fspl-d.fspl > z; mv z q/jobs/fspl-d.fspl; fspl queue-process -q q -d zcat cat
ERROR fspl: job 1 (q/jobs/fspl-d.fspl) does not run: its payload has 17 bytes, the sender sent 12
?1

# An encoded packet that was cut is refused for its digest, or its decoder.
$ seq 100000 | fspl prepare -s - -i - --digest | gzip > whole.gz; head -c $(($(stat -c %s whole.gz) / 2)) whole.gz > q/jobs/fspl-d.fspl
$ fspl queue-process -q q -d zcat cat 2>&1 | grep -v '^gzip\|^$'
ERROR fspl: job 1 (q/jobs/fspl-d.fspl) does not run: the decoder failed (*) (glob)
$ fspl queue-get-next -q q
1
