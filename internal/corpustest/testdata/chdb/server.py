# Runs ClickHouse as a server until it is killed: the library of the npm package chdb takes the
# arguments of clickhouse-local. Arguments: the library, then these.
import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
arguments = [b"clickhouse"] + [a.encode() for a in sys.argv[2:]]
library.chdb_query_cmdline(
    len(arguments), (ctypes.c_char_p * (len(arguments) + 1))(*arguments, None))
