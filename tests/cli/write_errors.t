# A full disk or a closed pipe is never success: every command that prints notices.
$ fspl queue-init -q q; echo text | fspl prepare -s seq -i - > p; fspl queue-write -q q < p
$ while read command; do
>   eval "fspl $command" > /dev/full 2> message && echo "not noticed: $command"
>   grep -q 'standard output.*No space left' message || echo "not said: $command: $(cat message)"
> done <<END
> help
> help queue-ls
> queue-ls --help
> --version
> prepare -s seq
> prepare -s seq -i p
> prepare-nop -s seq
> prepare-fail -s seq
> prepare-get-next -s seq
> queue-write -q q --print-name < p
> prepare -s seq -q q --print-name
> gen-filename
> gen-uuid
> gen-completions bash
> show-license
> stdin-info < p
> stdin-info --json < p
> stdin-payload < p
> queue-get-next -q q
> END
$ rm q/jobs/*; fspl queue-write -q q < p; while read command; do
>   eval "fspl $command" > /dev/full 2> message && echo "not noticed: $command"
>   grep -q 'standard output.*No space left' message || echo "not said: $command: $(cat message)"
> done <<END
> queue-ls -q q
> queue-ls -q q --json
> queue-status -q q
> queue-status -q q --json
> queue-info -q q -j 1
> queue-info -q q -j 1 --json
> queue-payload -q q -j 1
> END
$ touch q/jobs/tmp-fspl-d.fspl.tmp; fspl queue-gc -q q --dry-run > /dev/full
fspl: error: * (glob)
?1
$ seq 100000 | fspl prepare -s seq -i - 2> said | head -c 100 | wc -c; echo ${PIPESTATUS[1]}; cat said
100
1
fspl: error: cannot write to standard output: Broken pipe
