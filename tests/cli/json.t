# --json: one object a line, for programs. Names that are not UTF-8 have their exact bytes in NAME_hex.
$ fspl queue-init -q q; FSPL_SET_color=red fspl prepare -s seq -- 'first one' "$(printf 'tab\there')" > q/jobs/fspl-a.fspl
$ fspl queue-ls -q q --json
{"sequence":1,"created":{"seconds":*,"nanoseconds":*},"created_utc":"20*Z","filename":"fspl-a.fspl"} (glob)
$ fspl queue-info -q q -j 1 --json
{"sequence":1,"kind":"command","created":{"seconds":*,"nanoseconds":*},"created_utc":"*Z","filename":"fspl-a.fspl","queue":"q","parameters":[{"value":"first one"},{"value":"tab\there"}],"variables":[{"name":"FSPL_SET_color","value":"red"}]} (glob)
$ fspl prepare-fail -s - | fspl stdin-info --json
{"sequence":1,"kind":"fail","created":{"seconds":*,"nanoseconds":*},"created_utc":"*Z","parameters":[],"variables":[]} (glob)
$ fspl prepare-nop -s - | fspl stdin-info --json | grep -o '"kind":"nop"'
"kind":"nop"

# Whatever the names, the JSON is valid and the bytes are there.
$ cp q/jobs/fspl-a.fspl "$(printf 'q/jobs/fspl-\377 "\\\n.fspl')"; rm q/jobs/fspl-a.fspl; head -c 9 q/jobs/* > "$(printf 'q/jobs/fspl-\376.fspl')"
$ fspl queue-ls -q q --json | python3 -c 'import json, sys
> line = json.loads(sys.stdin.read()); print(bytes.fromhex(line["filename_hex"]))'
b'fspl-\xff "\\\n.fspl'
$ fspl queue-status -q q --json | python3 -c 'import json, sys
> print(bytes.fromhex(json.load(sys.stdin)["unreadable"][0]["filename_hex"]))'
b'fspl-\xfe.fspl'
$ env "$(printf 'FSPL_SET_n\377=v\376')" fspl prepare -s - | fspl stdin-info --json | python3 -c 'import json, sys
> v = json.load(sys.stdin)["variables"][0]; print(bytes.fromhex(v["name_hex"]), bytes.fromhex(v["value_hex"]))'
b'FSPL_SET_n\xff' b'v\xfe'

# An empty queue is no lines.
$ fspl queue-init -q empty; fspl queue-ls -q empty --json
