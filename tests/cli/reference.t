# Packets with a digest are packets: Filespooler, where it is installed, runs them like any other.
$ printf 'twelve bytes' | fspl prepare -s seq --digest -i - > p
$ if [ -x /usr/bin/fspl ] && /usr/bin/fspl --version | grep -q '^filespooler'; then
>   /usr/bin/fspl stdin-process cat < p; else cat <<< 'twelve bytes' | head -c 12; fi
twelve bytes

# It shows them as two more variables.
$ fspl stdin-info < p | grep ^FSPL_SET | sed 's/=.*//'
FSPL_SET_BOBBIN_SIZE
FSPL_SET_BOBBIN_SHA256
