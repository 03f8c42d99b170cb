# Files that are no packets are left out of everything and hold up nothing; queue-status says why each is left out.
$ fspl queue-init -q q; echo payload | fspl prepare -s seq -i - > q/jobs/fspl-good.fspl
$ head -c 20 q/jobs/fspl-good.fspl > q/jobs/fspl-cut-early.fspl
$ head -c 50 q/jobs/fspl-good.fspl > q/jobs/fspl-cut-late.fspl
$ { head -c 60 q/jobs/fspl-good.fspl; printf '\377\377\377'; tail -c +64 q/jobs/fspl-good.fspl; } > q/jobs/fspl-damaged.fspl
$ : > q/jobs/fspl-empty.fspl; echo hello > q/jobs/fspl-text.fspl
$ mkfifo q/jobs/fspl-fifo.fspl; mkdir q/jobs/fspl-directory.fspl
$ ln -s /dev/zero q/jobs/fspl-device.fspl; ln -s nowhere q/jobs/fspl-dangling.fspl
$ fspl queue-status -q q | sed -n '/^unreadable/,/^conflict/p' | LC_ALL=C sort
  fspl-cut-early.fspl: it ends before a packet's first 30 bytes are complete
  fspl-cut-late.fspl: it ends before the metadata is complete
  fspl-damaged.fspl: the metadata is damaged (its CRC-32 does not match)
  fspl-dangling.fspl: it is a link that leads nowhere
  fspl-device.fspl: it is not a regular file
  fspl-directory.fspl: it is a directory
  fspl-empty.fspl: it ends before a packet's first 30 bytes are complete
  fspl-fifo.fspl: it is not a regular file
  fspl-text.fspl: it ends before a packet's first 30 bytes are complete
conflict copies      0
unreadable files     9
$ fspl queue-ls -q q | cut -c 50-
filename
fspl-good.fspl
$ timeout 20 fspl queue-process -q q cat
payload
$ ls q/jobs | wc -l
9

# Nor is one that may not be read, which root may unless it gives that up.
$ fspl prepare-nop -s seq > q/jobs/fspl-mode.fspl; chmod 0 q/jobs/fspl-mode.fspl
$ drop=; test $(id -u) != 0 || drop='setpriv --bounding-set=-dac_override,-dac_read_search'
> $drop fspl queue-status -q q | grep -c 'fspl-mode.fspl: Permission denied'
1

# A link to a packet is a packet, as in Filespooler.
$ fspl prepare-nop -s seq > outside; ln -s ../../outside q/jobs/fspl-link.fspl; chmod 644 q/jobs/fspl-mode.fspl
$ fspl queue-process -q q true; fspl queue-get-next -q q; ls outside
4
outside
