"""scrub.py IN OUT copies a little-endian pcapng file without the options that describe the machine it was recorded on:
hardware and operating system of the section and of each interface. Packets and everything else stay byte for byte."""
import struct
import sys

SECTION, INTERFACE = 0x0A0D0D0A, 1
FIXED = {SECTION: 16, INTERFACE: 8}  # bytes of the block's body before its options
DROP = {SECTION: (2, 3), INTERFACE: (12,)}  # shb_hardware, shb_os; if_os


def without(options: bytes, drop: tuple) -> bytes:
    kept, at = b"", 0
    while at + 4 <= len(options):
        code, size = struct.unpack_from("<HH", options, at)
        whole = 4 + (size + 3) // 4 * 4
        if code not in drop:
            kept += options[at : at + whole]
        at += whole
    return kept


data, out, at = open(sys.argv[1], "rb").read(), b"", 0
while at < len(data):
    kind, size = struct.unpack_from("<II", data, at)
    body = data[at + 8 : at + size - 4]
    if kind in FIXED:
        body = body[: FIXED[kind]] + without(body[FIXED[kind] :], DROP[kind])
    out += struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    at += size
open(sys.argv[2], "wb").write(out)
