# SPDX-License-Identifier: Apache-2.0
"""Queues full of packets, made faster than any program under measurement could make them.

The packets are what `prepare` writes: prefix with both checksums, metadata, payload. Files are
created anew for every run: hard links to one set would make removing them cheaper than it is.
"""

import gzip
import os
import shutil
import struct
import subprocess
import time
import zlib
from pathlib import Path

TAG = b"*FILESPOOLER"


def msgpack_unsigned(number: int) -> bytes:
    if number < 0x80:
        return bytes([number])
    for limit, code, shape in ((1 << 8, 0xCC, ">B"), (1 << 16, 0xCD, ">H"), (1 << 32, 0xCE, ">I")):
        if number < limit:
            return bytes([code]) + struct.pack(shape, number)
    return b"\xcf" + struct.pack(">Q", number)


def text(word: str) -> bytes:
    return bytes([0xA0 | len(word)]) + word.encode()


SECONDS = msgpack_unsigned(int(time.time()))
PARAMETERS_AND_ENVIRONMENT = b"\x82" + text("params") + b"\x90" + text("env") + b"\x90"
COMMAND = text("cmd_type") + b"\x81" + text("Command") + PARAMETERS_AND_ENVIRONMENT


def packet(sequence: int, payload: bytes = b"") -> bytes:
    created = text("ctime") + b"\x92" + SECONDS + msgpack_unsigned(sequence % 10**9)
    metadata = b"\x83" + text("seq") + msgpack_unsigned(sequence) + created + COMMAND
    prefix = TAG + struct.pack(">HQI", 1, len(metadata), zlib.crc32(metadata))
    return prefix + struct.pack(">I", zlib.crc32(prefix)) + metadata + payload


def file_name(sequence: int) -> str:
    # Spread like the UUIDs in real names: a directory does not hold them in order of their numbers.
    spread = sequence * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)
    digits = f"{spread:032x}"
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return f"fspl-{uuid}.fspl"


def write_file(path: str, content: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        os.write(fd, content)
    finally:
        os.close(fd)


def make_queue(fspl: str, queue: Path, count: int, first: int = 1, payload: bytes = b"") -> Path:
    """A queue that expects number 1 and holds `count` packets from `first` on, all on the disk."""
    shutil.rmtree(queue, ignore_errors=True)
    subprocess.run([fspl, "queue-init", "-q", str(queue)], check=True)
    for sequence in range(first, first + count):
        write_file(f"{queue}/jobs/{file_name(sequence)}", packet(sequence, payload))
    subprocess.run(["sync", "-f", str(queue)], check=True)
    return queue


def make_gzipped_queue(fspl: str, queue: Path, count: int, large_every: int, large: int) -> Path:
    """Packets compressed for a decoder; every `large_every`-th carries `large` bytes."""
    make_queue(fspl, queue, 0)
    noise = os.urandom(large)
    for sequence in range(1, count + 1):
        payload = noise if sequence % large_every == 0 else b"x"
        content = gzip.compress(packet(sequence, payload), compresslevel=1)
        write_file(f"{queue}/jobs/{file_name(sequence)}", content)
    return queue
