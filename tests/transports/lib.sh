# SPDX-License-Identifier: Apache-2.0
# What the transport tests share. Each test plays two machines, a sender and a receiver, as two home
# directories below one private directory, and runs the recipes of docs/transports.md as they are
# printed there: the manual is the test's script, so the two cannot drift apart.
#
# Not a test framework: a test is a plain bash script that sources this file first.
#
# Invariants:
#  1. Nothing outside the private directory is read or written, apart from programs.
#  2. Whatever way a test ends, its servers are stopped and the directory is removed.
#  3. Nothing waits for time to pass; wait_until polls a condition and gives up at a bound.
# shellcheck shell=bash disable=SC2034

set -euo pipefail
export LC_ALL=C TZ=UTC
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
manual=$here/../../docs/transports.md
test_name=$(basename "$0" .test)
cache=${BOBBIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bobbin}
FSPL=$(readlink -f "${FSPL:-$(command -v fspl || echo /usr/bin/fspl)}")

# The caller's agents, certificates and configuration must not leak into the two machines.
unset "${!AWS_@}" "${!RCLONE_@}" "${!XDG_@}" "${!FSPL_@}" "${!STNO@}" "${!RSYNC_@}" "${!SSH_@}"
unset GNUPGHOME NNCPCFG NNCPSPOOL NNCPLOG http_proxy https_proxy all_proxy
export SHELL=/bin/sh

work=$(mktemp -d "${TMPDIR:-/tmp}/bobbin-$test_name.XXXXXX")
sender=$work/sender receiver=$work/receiver
declare -A servers=()
exit_hooks=()
payload_sizes=([1]=12 [2]=100000 [3]=1600000 [4]=0 [5]=40000)

die() {
  echo "$test_name: FAILED: $*" >&2
  exit 1
}

skip() {
  echo "$test_name: skipped: $*"
  exit 77
}

note() { echo "$test_name: $*"; }

cleanup() {
  local status=$? hook name
  trap - EXIT HUP INT TERM
  set +e
  for name in "${!servers[@]}"; do stop_server "$name"; done
  for hook in "${exit_hooks[@]}"; do eval "$hook"; done
  if [ "$status" != 0 ] && [ "$status" != 77 ]; then
    {
      tail -n 30 "$work"/log/*
      ls -lA "$sender/outbox/jobs" "$receiver/queue" "$receiver/queue/jobs"
    } 2>/dev/null | cat >&2
  fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# need PACKAGE COMMAND...: skips the test where a command is missing.
need() {
  local package=$1 command
  shift
  for command; do
    command -v "$command" >/dev/null || skip "$command is missing, install $package"
  done
}

# ---- waiting and servers --------------------------------------------------------------------

# wait_until SECONDS WHAT COMMAND...: until COMMAND succeeds.
wait_until() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || die "waited too long: $what"
    sleep 0.05
  done
}

listening() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel takes the ports of outgoing connections.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)) && listening "$port"; do :; done
  echo "$port"
}

ready_or_dead() {
  local pid=$1
  shift
  "$@" || ! kill -0 "$pid"
}

# start_server NAME READY COMMAND...: in its own process group, until the command READY succeeds.
start_server() {
  local name=$1 ready=$2
  shift 2
  setsid "$@" >>"$work/log/$name" 2>&1 </dev/null &
  servers[$name]=$!
  wait_until 30 "start of $name" ready_or_dead "${servers[$name]}" eval "$ready"
  kill -0 "${servers[$name]}" 2>/dev/null || die "$name ended at its start"
}

group_is_gone() { ! kill -0 -- "-$1"; }

# stop_server NAME: TERM to its whole group, KILL to what is left after ten seconds.
stop_server() {
  local pid=${servers[$1]} end=$((SECONDS + 10))
  unset "servers[$1]"
  kill -TERM -- "-$pid" 2>/dev/null || return 0
  until group_is_gone "$pid" 2>/dev/null; do
    if [ "$SECONDS" -ge "$end" ]; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
    sleep 0.05
  done
  wait "$pid" 2>/dev/null || true
}

# ---- the manual's recipes -------------------------------------------------------------------

recipe_line() { grep -nE "^\`\`\`sh recipe=$1 on=(sender|receiver|both)\$" "$manual" || true; }

recipe_text() {
  awk -v start="recipe=$1" \
    '$1 == "```sh" && $2 == start {on = 1; next} /^```/ {on = 0} on' "$manual"
}

# recipe NAME: runs the fenced block of that name of docs/transports.md, where it says it belongs.
recipe() {
  local line text side
  line=$(recipe_line "$1")
  [ "$(grep -c . <<<"$line")" = 1 ] || die "docs/transports.md must have one recipe '$1'"
  text=$(recipe_text "$1")
  for side in sender receiver; do
    case $line in *"on=$side" | *on=both) ;; *) continue ;; esac
    (cd "$work/$side" && HOME=$work/$side bash -e -o pipefail -c "$text" </dev/null) || return
  done
}

# start_recipe NAME READY: a recipe that does not end, as a server, on the receiver.
start_recipe() {
  start_server "$1" "$2" env -C "$receiver" HOME="$receiver" bash -e -c "$(recipe_text "$1")"
}

has_option() { [[ $("$FSPL" "$1" --help) == *"$2"* ]]; }

# ---- jobs and what became of them -----------------------------------------------------------

# set_up: both homes, fspl in the PATH, a queue, an outbox and the job handler.
set_up() {
  [ -x "$FSPL" ] || die "no program at $FSPL"
  mkdir -p "$work"/{bin,log,payload,held} "$sender" "$receiver"
  ln -s "$FSPL" "$work/bin/fspl"
  export PATH=$work/bin:$PATH
  recipe setup-receiver
  recipe setup-sender
}

# make_job NUMBER RECIPE: prepares it and keeps it back in held/NUMBER/ until it is handed out.
make_job() {
  local number=$1
  head -c "${payload_sizes[$number]:-300000}" /dev/urandom >"$work/payload/$number"
  mkdir "$work/held/$number"
  FILE=$work/payload/$number recipe "$2"
  mv "$sender"/outbox/jobs/fspl-*.fspl "$work/held/$number/"
}

make_jobs() {
  local number
  for number in 1 2 3 4 5; do make_job "$number" "${1:-prepare}"; done
}

# hand_out NUMBER...: puts held packets into the outbox, under the names they were made with.
hand_out() {
  local number file
  for number; do
    for file in "$work/held/$number"/*; do
      cp "$file" "$sender/outbox/.arriving"
      mv "$sender/outbox/.arriving" "$sender/outbox/jobs/${file##*/}"
    done
  done
}

packet() { echo "$work/held/$1"/*; }
packet_name() { basename "$(packet "$1")"; }

expect_ran() {
  local ran
  ran=$(tr '\n' ' ' <"$receiver/received/log")
  [ "${ran% }" = "$*" ] || die "jobs ran in the order '${ran% }', expected '$*'"
}

expect_next() {
  local next
  next=$("$FSPL" queue-get-next -q "$receiver/queue")
  [ "$next" = "$1" ] || die "the queue waits for number $next, expected $1"
}

expect_payload() {
  local number
  for number; do
    cmp "$work/payload/$number" "$receiver/received/$number" || die "payload of job $number differs"
  done
}

expect_failure() {
  if "$@" >>"$work/log/expected-failures" 2>&1; then die "'$*' should have failed"; fi
}

packets_in() { find "$1" -name 'fspl-*.fspl' | wc -l; }

expect_packets() {
  local count
  count=$(packets_in "$2")
  [ "$count" = "$1" ] || die "$count packets in $2, expected $1"
}

# expect_stream DELIVER PROCESS: the scenario common to all. DELIVER NUMBER... brings these jobs to
# the receiver; PROCESS is the recipe that runs what is due.
expect_stream() {
  local deliver=$1 process=$2
  "$deliver" 5 3
  recipe "$process"
  expect_ran
  expect_next 1
  "$deliver" 2 1
  recipe "$process"
  expect_ran 1 2 3
  expect_next 4
  "$deliver" 4
  recipe "$process"
  expect_ran 1 2 3 4 5
  expect_next 6
  expect_payload 1 2 3 4 5
}
