# SPDX-License-Identifier: Apache-2.0
# bash completion for filed
_filed() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  case $prev in
    --state|--rof|--rwf|-state|-rof|-rwf) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --ro|--rw|-ro|-rw) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --run-as) mapfile -t COMPREPLY < <(compgen -W 'submitter' -- "$cur"); return ;;
    --sync) mapfile -t COMPREPLY < <(compgen -W 'full lazy' -- "$cur"); return ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'error warn info debug trace' -- "$cur"); return ;;
    --ready-fd) return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--state --allow-other --run-as --ro --rof --rw --rwf --sync --ready-fd
      --log-level --help --version' -- "$cur")
  else
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  fi
}
complete -F _filed filed
