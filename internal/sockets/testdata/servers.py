# Servers and clients of every kind for the tests. Says "ready" when all of them are there, and ends when its input does.
import os, socket, sys

S = socket
keep = []


def sock(family, kind, local, proto=0, listen=True, device=None, only6=None):
    s = S.socket(family, kind, proto)
    s.setsockopt(S.SOL_SOCKET, S.SO_REUSEADDR, 1)
    if only6 is not None:
        s.setsockopt(S.IPPROTO_IPV6, S.IPV6_V6ONLY, only6)
    if device:
        s.setsockopt(S.SOL_SOCKET, S.SO_BINDTODEVICE, device)
    s.bind(local)
    if kind == S.SOCK_STREAM and listen:
        s.listen()
    keep.append(s)
    return s


def connect(family, remote, kind=S.SOCK_STREAM, local=None):
    s = S.socket(family, kind)
    if local:
        s.bind(local)
    s.connect(remote)
    keep.append(s)
    return s


shared = sock(S.AF_INET, S.SOCK_STREAM, ("127.0.0.1", 8001))
dual = sock(S.AF_INET6, S.SOCK_STREAM, ("::", 8002), only6=0)
sock(S.AF_INET6, S.SOCK_STREAM, ("::1", 8003), only6=1)
sock(S.AF_INET, S.SOCK_STREAM, ("0.0.0.0", 8004), device=b"lo")
sock(S.AF_INET, S.SOCK_STREAM, ("127.0.0.1", 8005), listen=False)
lazy = sock(S.AF_INET, S.SOCK_STREAM, ("127.0.0.1", 8006))
sock(S.AF_INET, S.SOCK_DGRAM, ("0.0.0.0", 9001))
sock(S.AF_INET6, S.SOCK_DGRAM, ("::", 9002), only6=0)
sock(S.AF_INET, S.SOCK_DGRAM, ("127.0.0.1", 9003), proto=136)
connect(S.AF_INET, ("127.0.0.1", 9001), S.SOCK_DGRAM, ("127.0.0.1", 9004))
connect(S.AF_INET, ("127.0.0.1", 8002), local=("127.0.0.1", 7002))
keep.append(dual.accept()[0])
connect(S.AF_INET, ("127.0.0.1", 8006), local=("127.0.0.1", 7006))  # nobody accepts it
gone = S.create_connection(("127.0.0.1", 8001), source_address=("127.0.0.1", 7001))
peer = shared.accept()[0]
gone.close()
peer.recv(1)
peer.close()
child = os.fork()
if child == 0:  # holds all of it too, but lets go of one
    dual.close()
    sys.stdin.read()
    os._exit(0)
print("ready", child, flush=True)
sys.stdin.read()
