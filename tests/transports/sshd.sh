# SPDX-License-Identifier: Apache-2.0
# An sshd of our own on a free port, and an `ssh` that knows it under the name "receiver".
# OpenSSH takes home directories from the password file, not from HOME; hence the wrapper on the
# sender's side and SetEnv on the receiver's.
# shellcheck shell=bash

start_sshd() {
  local port
  port=$(free_port)
  mkdir -m 700 "$work/sshd" "$sender/.ssh" "$receiver/.ssh"
  ssh-keygen -q -t ed25519 -N '' -f "$work/sshd/host_key"
  # Compiled into sshd as the place where its unprivileged half lives; only root's sshd needs it.
  if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi
  cat >"$work/sshd/config" <<CONFIG
ListenAddress 127.0.0.1:$port
HostKey $work/sshd/host_key
PidFile none
AuthorizedKeysFile $receiver/.ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv HOME=$receiver PATH=$PATH
CONFIG
  cat >"$sender/.ssh/config" <<CONFIG
Host receiver
  HostName 127.0.0.1
  Port $port
  User $(id -un)
  IdentityFile $sender/.ssh/bobbin
  IdentitiesOnly yes
  UserKnownHostsFile $sender/.ssh/known_hosts
  BatchMode yes
  LogLevel ERROR
CONFIG
  echo "[127.0.0.1]:$port $(cat "$work/sshd/host_key.pub")" >"$sender/.ssh/known_hosts"
  printf '#!/bin/sh\nexec %s -F %s "$@"\n' \
    "$(command -v ssh)" "$sender/.ssh/config" >"$work/bin/ssh"
  chmod +x "$work/bin/ssh"
  start_server sshd "listening $port" "$(command -v sshd)" -D -e -f "$work/sshd/config"
}
