"""One UDP-Lite datagram asked and answered; the checksum covers the header and the first eight bytes (RFC 3828)."""
import socket
import sys

UDPLITE = 136  # IP protocol number
SEND_COVERAGE = 10  # UDPLITE_SEND_CSCOV of linux/udp.h
role, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, UDPLITE)
s.setsockopt(UDPLITE, SEND_COVERAGE, 16)
s.settimeout(5)
if role == "serve":
    s.bind((host, port))
    data, peer = s.recvfrom(2048)
    s.sendto(data.upper(), peer)
else:
    s.sendto(b"covered, not covered", (host, port))
    s.recvfrom(2048)
