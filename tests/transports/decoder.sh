# SPDX-License-Identifier: Apache-2.0
# For the tests of decoders (-d): the way from outbox to queue is then the plainest one, a stick.
# shellcheck shell=bash

export DISK=$work/stick

bring_by_stick() {
  recipe stick-out
  recipe stick-in
}

deliver_by_stick() {
  hand_out "$@"
  bring_by_stick
}

# The packet of job NUMBER must not show its nature; a packet in the clear begins with its tag.
expect_secret() {
  "$FSPL" stdin-info <"$(packet "$1")" >/dev/null 2>&1 &&
    die "job $1 travels in the clear"
  return 0
}

# flip_byte FILE: changes one byte in the middle.
flip_byte() {
  local at byte
  at=$(($(stat -c %s "$1") / 2))
  byte=$(od -An -tu1 -j "$at" -N 1 "$1")
  # shellcheck disable=SC2059 # the octal escape is the format
  printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# expect_damage_noticed PREPARE PROCESS STRICT: job 6, with one byte changed. With
# --require-decoder-success it must not run; the reference runs it, as the manual warns.
expect_damage_noticed() {
  make_job 6 "$1"
  hand_out 6
  flip_byte "$sender/outbox/jobs/$(packet_name 6)"
  bring_by_stick
  if has_option queue-process --require-decoder-success; then
    note "a damaged packet does not run, and a good copy of it does"
    expect_failure recipe "$3"
    expect_ran 1 2 3 4 5
    expect_next 6
    expect_packets 1 "$receiver/queue/jobs"
    deliver_by_stick 6
    recipe "$3"
    expect_payload 6
  else
    note "this program runs a damaged packet, as the manual warns"
    recipe "$2" 2>>"$work/log/damage"
    cmp -s "$work/payload/6" "$receiver/received/6" && die "the damage did no harm"
  fi
  expect_ran 1 2 3 4 5 6
  expect_next 7
}
