"""tunnel.py ipip|6in4|gre DEVICE LOCAL REMOTE carries packets between a TUN device and a raw socket.

The kernel makes the packets inside and, for the raw socket, the IPv4 header around them (RFC 2003, RFC 4213).
GRE has four bytes of its own between the two: no flags, version 0, the protocol inside (RFC 2784).
"""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000  # linux/if_tun.h
PROTOCOL = {"ipip": 4, "6in4": 41, "gre": 47}
HEADER = {"ipip": b"", "6in4": b"", "gre": b"\x00\x00\x08\x00"}

kind, device, local, remote = sys.argv[1:]
tun = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, PROTOCOL[kind])
raw.bind((local, 0))
while True:
    ready, _, _ = select.select([tun, raw], [], [])
    if tun in ready:
        raw.sendto(HEADER[kind] + os.read(tun, 2048), (remote, 0))
    if raw in ready:
        packet = raw.recv(2048)
        os.write(tun, packet[4 * (packet[0] & 15) + len(HEADER[kind]) :])
