#compdef filed
# SPDX-License-Identifier: Apache-2.0
_arguments \
  '--state[keep the state in this file]:file:_files' \
  '--allow-other[let other users in]' \
  '--run-as[run each job as the user who created it]:user:(submitter)' \
  '*--ro[sandbox: jobs may read this directory]:directory:_files -/' \
  '*--rof[sandbox: jobs may read this file]:file:_files' \
  '*--rw[sandbox: jobs may change this directory]:directory:_files -/' \
  '*--rwf[sandbox: jobs may change this file]:file:_files' \
  '--sync[what survives a power loss]:when:(full lazy)' \
  '--ready-fd[descriptor to report readiness on]:descriptor:' \
  '--log-level[least level of message]:level:(error warn info debug trace)' \
  '--help[show help]' \
  '--version[show the version]' \
  ':mountpoint:_files -/'
