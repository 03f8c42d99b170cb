# SPDX-License-Identifier: Apache-2.0
"""Packets for the crash tests: just enough to make one and to see whether one is whole.

Written from the format description, not from the program, so that both are checked.
"""
import struct
import zlib

TAG = b"*FILESPOOLER"
PREFIX = 30


def _pack_uint(n):
    if n < 0x80:
        return bytes([n])
    for code, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8)):
        if n < 1 << (8 * size):
            return bytes([code]) + n.to_bytes(size, "big")
    raise ValueError(n)


def _unpack_uint(data):
    if data[0] < 0x80:
        return data[0]
    size = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}[data[0]]
    return int.from_bytes(data[1 : 1 + size], "big")


def build(seq, payload):
    """A Command packet without parameters; its time grows with its number."""
    ctime = b"\xa5ctime\x92" + _pack_uint(1700000000 + seq) + _pack_uint(5)
    command = b"\xa8cmd_type\x81\xa7Command\x82\xa6params\x90\xa3env\x90"
    meta = b"\x83\xa3seq" + _pack_uint(seq) + ctime + command
    head = TAG + struct.pack(">HQI", 1, len(meta), zlib.crc32(meta))
    return head + struct.pack(">I", zlib.crc32(head)) + meta + payload


def parse(data):
    """(seq, payload) of a packet whose header is whole, else None."""
    if len(data) < PREFIX or data[:12] != TAG:
        return None
    version, size, meta_crc, head_crc = struct.unpack(">HQII", data[12:PREFIX])
    meta = data[PREFIX : PREFIX + size]
    if version != 1 or zlib.crc32(data[:26]) != head_crc or len(meta) != size:
        return None
    if zlib.crc32(meta) != meta_crc or meta[:5] != b"\x83\xa3seq":
        return None
    return _unpack_uint(meta[5:]), data[PREFIX + size :]
