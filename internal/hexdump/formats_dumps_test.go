package hexdump_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// dumpFormats are formats with offsets.
var dumpFormats = []format{
	{name: "tcpdump -x", write: func(d []byte) string {
		return header + rowsOf(d, 16, tcpdumpRow)
	}},
	{name: "tcpdump -x without its line", write: of16(tcpdumpRow)},
	{name: "tcpdump -X", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("\t0x%04x:  %-39s  %s", at, spaced(r, 2), graphic(r))
	})},
	{name: "tcpdump of OpenBSD", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("  %04x: %-39s  %s", at, spaced(r, 2), graphic(r))
	})},
	{name: "Wireshark", write: of16(wiresharkRow)},
	{name: "Wireshark, as hex dump", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04x   %s", at, spaced(r, 1))
	})},
	{name: "Wireshark of old", write: of16(func(at int, r []byte) string {
		text := ascii(r)
		if len(r) > 8 {
			text = text[:8] + " " + text[8:]
		}
		return fmt.Sprintf("%04x  %-48s   %s", at, halves(r, "  "), text)
	})},
	{name: "tshark -x with a reassembled message", loose: true, write: func(d []byte) string {
		other := slices.Repeat([]byte("GET / "), 10)
		return fmt.Sprintf("Frame (%d bytes):\n", len(d)) + rowsOf(d, 16, wiresharkRow) +
			"\nReassembled TCP (60 bytes):\n" + rowsOf(other, 16, wiresharkRow)
	}},
	{name: "tshark -V -x", write: func(d []byte) string {
		return "Frame 1: 74 bytes on wire (592 bits), 74 bytes captured (592 bits)\n" +
			"    0100 .... = Version: 4\n    .... 0101 = Header Length: 20 bytes (5)\n" +
			"    Data (10 bytes)\n        Data: 00010203040506070809\n        [Length: 10]\n\n" +
			rowsOf(d, 16, wiresharkRow)
	}},
	{name: "Scapy", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04x  %-48s %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
	})},
	{name: "hexdump -C", write: func(d []byte) string {
		return rowsOf(d, 16, dumpC) + fmt.Sprintf("%08x\n", len(d))
	}},
	{name: "hexdump -C without the length", write: of16(dumpC)},
	{name: "xxd", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%08x: %-39s  %s", at, spaced(r, 2), ascii(r))
	})},
	{name: "xxd -c 256", write: ofWidth(256, func(at int, r []byte) string {
		return fmt.Sprintf("%08x: %s  %s", at, spaced(r, 2), ascii(r))
	})},
	{name: "a single row", write: func(d []byte) string {
		return "0x0000: " + spaced(d, 2) + "\n"
	}},
	{name: "FortiGate", write: func(d []byte) string {
		return "2023-11-14 22:13:20.000000 port1 -- 192.0.2.1.50124 -> 198.51.100.2.443: syn 1\n" +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("0x%04x\t %s\t%s", at, spaced(r, 2), ascii(r))
			})
	}},
	{name: "Cisco ASA", write: func(d []byte) string {
		return "1 packet captured\n\n" +
			"   1: 22:13:20.000000       192.0.2.1.50124 > 198.51.100.2.443: S 1:1(0) win 64240\n" +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("0x%04x   %-40s        %s", at, spaced(r, 2), graphic(r))
			}) + "1 packet shown\n"
	}},
	{name: "Junos", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("\t0x%04x\t %-39s\t%s", at, spaced(r, 2), graphic(r))
	})},
	{name: "Cisco monitor capture", address: true, write: func(d []byte) string {
		return "22:13:20.123 UTC Nov 14 2023 : IPv4 LES CEF    : Gi0/0 None\n\n" + cisco(d)
	}},
	{name: "Cisco debug ip packet dump", address: true, write: func(d []byte) string {
		return "*Nov 14 22:13:20.123: IP: tableid=0, s=192.0.2.1 (local), d=198.51.100.2\n" +
			cisco(d)
	}},
	{name: "Cisco IOS XE", write: func(d []byte) string {
		return "0\n" + rowsOf(d, 16, func(at int, r []byte) string {
			return fmt.Sprintf("  %04X:  %-35s   %s", at, strings.ToUpper(spaced(r, 4)), ascii(r))
		})
	}},
	{name: "snoop -x", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("\t%4d: %-39s    %s", at, spaced(r, 2), ascii(r))
	})},
	{name: "ipreport of AIX", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%08x     %-35s     |%-16s|", at, spaced(r, 4), graphic(r))
	})},
	{name: "OpenSSL", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04x - %-47s   %s", at, halves(r, "-"), ascii(r))
	})},
	{name: "strace", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf(" | %05x  %-48s  %-16s |", at, halves(r, "  "), ascii(r))
	})},
	{name: "curl --trace", write: func(d []byte) string {
		return fmt.Sprintf("=> Send header, %d bytes (%#x)\n", len(d), len(d)) +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("%04x: %-47s %s", at, spaced(r, 1), ascii(r))
			})
	}},
	{name: "ncat -x", write: of16(func(at int, r []byte) string {
		text := ascii(r)
		if len(r) > 8 {
			text = text[:8] + " " + text[8:]
		}
		return fmt.Sprintf("[%04x]   %-50s   %s", at, strings.ToUpper(halves(r, "   ")), text)
	})},
	{name: "nc -o", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("> %08x %-47s # %s", at, spaced(r, 1), ascii(r))
	})},
	{name: "Linux skb_dump", write: prefixed("[  123.456789] skb linear:   ",
		func(at int, r []byte) string { return fmt.Sprintf("%08x: %s", at, spaced(r, 1)) })},
	{name: "Linux print_hex_dump", address: true, write: prefixed("[  123.456789][ T1234] eth0: ",
		func(at int, r []byte) string {
			return fmt.Sprintf("ffff8880%08x: %-47s  %s", 0x3f2a1000+at, spaced(r, 1), ascii(r))
		})},
	{name: "Linux print_hex_dump, words", write: prefixed("<7>", func(at int, r []byte) string {
		return fmt.Sprintf("raw: %08x: %-35s  %s", at, little(r, 4, ""), ascii(r))
	}), of: 16, least: 32},
	{name: "syslog", write: prefixed("Nov 14 22:13:20 fw kernel: [ 12.345] ", wiresharkRow)},
	{name: "syslog, ISO 8601",
		write: prefixed("2023-11-14T22:13:20.123456+01:00 fw app[123]: ", wiresharkRow)},
	{name: "logcat", write: prefixed("11-14 22:13:20.123  1234  5678 D NetDump : ", wiresharkRow)},
	{name: "logcat -v brief", write: prefixed("D/NetDump( 1234): ", wiresharkRow)},
	{name: "docker compose logs", write: prefixed("sniffer-1  | ", wiresharkRow)},
	{name: "journalctl", write: prefixed("Nov 14 22:13:20 fw tcpdump[99]: ", tcpdumpRow)},
	{name: "mail", write: prefixed("> > ", wiresharkRow)},
	{name: "mail of tcpdump", write: prefixed(">> ", tcpdumpRow)},
	{name: "a comment in source text", write: prefixed(" * ", wiresharkRow)},
	{name: "a comment of two slashes", write: prefixed("// ", wiresharkRow)},
	{name: "diff", write: prefixed("+ ", wiresharkRow)},
	{name: "cat -n", write: func(d []byte) string {
		n := 0
		return lines(rowsOf(d, 16, wiresharkRow), func(l string) string {
			n++
			return fmt.Sprintf("%6d\t%s", n, l)
		})
	}},
	{name: "grep -n", write: func(d []byte) string {
		n := 0
		return lines(rowsOf(d, 16, tcpdumpRow), func(l string) string {
			n++
			return fmt.Sprintf("%d:%s", n, l)
		})
	}},
	{name: "a prompt in the middle", write: func(d []byte) string {
		return strings.Replace(rowsOf(d, 16, func(at int, r []byte) string {
			return fmt.Sprintf("0x%04x: %s", at, spaced(r, 2))
		}), "0x0010", "undebug 0x0010", 1)
	}},
	{name: "gdb x/xb", address: true, write: ofWidth(8, func(at int, r []byte) string {
		return fmt.Sprintf("0x7fffffffe%03x:\t%s", at, each(r, "0x%02x", "\t"))
	})},
	{name: "gdb x/xb, a symbol", address: true, write: ofWidth(8, func(at int, r []byte) string {
		return fmt.Sprintf("0x%x <packet+%d>:\t%s", 0x404060+at, at, each(r, "0x%02x", "\t"))
	})},
	{name: "gdb x/xw", address: true, write: of16(func(at int, r []byte) string {
		words := strings.ReplaceAll(little(r, 4, "0x"), " ", "\t")
		return fmt.Sprintf("0x%x:\t%s", 0x404060+at, words)
	}), of: 4},
	{name: "lldb", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("0x16fdff%03x: %-47s  %s", at, spaced(r, 1), ascii(r))
	})},
	{name: "WinDbg db", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("00007ff6`1c1a%04x  %-47s  %s", at, halves(r, "-"), ascii(r))
	})},
	{name: "WinDbg db, 32 bits", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("0012%04x  %-47s  %s", at, halves(r, "-"), ascii(r))
	})},
	{name: "WinDbg dc", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("0012%04x  %-35s  %s", at, little(r, 4, ""), ascii(r))
	}), of: 16, least: 48},
	{name: "debug of DOS", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("0B3E:0%03X  %-47s   %s", at, strings.ToUpper(halves(r, "-")), ascii(r))
	})},
	{name: "OllyDbg", address: true, write: ofWidth(8, func(at int, r []byte) string {
		return fmt.Sprintf("0040%04X  %-23s  %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
	})},
	{name: "U-Boot md.b", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("8000%04x: %-47s    %s", at, spaced(r, 1), ascii(r))
	})},
	{name: "U-Boot md.l", address: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("8000%04x: %-35s    %s", at, little(r, 4, ""), ascii(r))
	}), of: 16, least: 48},
	{name: "PowerShell", write: func(d []byte) string {
		return "\n\n           Path: C:\\packet.bin\n\n           " + ruler + "\n\n" +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("%08X   %-47s  %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
			})
	}},
	{name: "PowerShell 7", write: func(d []byte) string {
		return "\n   Label: C:\\packet.bin\n\n" +
			"          Offset Bytes                                           Ascii\n" +
			"                 " + ruler + "\n" +
			"          ------ ----------------------------------------------- -----\n" +
			rowsOf(d, 16, func(at int, r []byte) string {
				text := []rune(ascii(r))
				for i, b := range r {
					if b < ' ' || b > '~' {
						text[i] = '�'
					}
				}
				row := strings.ToUpper(spaced(r, 1))
				return fmt.Sprintf("%016X %-47s %s", at, row, string(text))
			})
	}},
	{name: "HxD", write: func(d []byte) string {
		return "Offset(h) " + ruler + "\n\n" + rowsOf(d, 16, func(at int, r []byte) string {
			return fmt.Sprintf("%08X  %-47s  %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
		})
	}},
	{name: "010 Editor", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04Xh: %-47s  %s", at, strings.ToUpper(spaced(r, 1)), ascii(r))
	})},
	{name: "dtrace", write: func(d []byte) string {
		return "             0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f  0123456789abcdef\n" +
			rowsOf(d, 16, func(at int, r []byte) string {
				return fmt.Sprintf("%10x: %-47s  %s", at, spaced(r, 1), ascii(r))
			})
	}},
	{name: "lspci -xxx", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%02x: %s", at, spaced(r, 1))
	})},
	{name: "text2pcap", write: func(d []byte) string {
		return "# a comment\n#TEXT2PCAP a directive\n\nI 10:15:14.5476\n" +
			rowsOf(d, 8, func(at int, r []byte) string {
				return fmt.Sprintf("%06x %s", at, spaced(r, 1))
			})
	}},
	{name: "decimal offsets", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04d  %s", at, spaced(r, 1))
	})},
	{name: "three digits", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%03x  %s", at, spaced(r, 1))
	})},
	{name: "three decimal digits", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%03d  %s", at, spaced(r, 1))
	})},
	{name: "two digits", loose: true, write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%02x  %s", at, spaced(r, 1))
	}), least: 17, most: 256},
	{name: "four digits and words", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%04x %s", at, spaced(r, 2))
	}), least: 17},
	{name: "rows of 24", write: ofWidth(24, wiresharkRow)},
	{name: "rows of 64", write: ofWidth(64, wiresharkRow)},
	{name: "no blanks in rows", write: of16(func(at int, r []byte) string {
		return fmt.Sprintf("%08x: %x", at, r)
	})},
	{name: "no-break spaces", write: func(d []byte) string {
		return strings.ReplaceAll(rowsOf(d, 16, wiresharkRow), " ", "\u00a0")
	}},
	{name: "zero-width spaces", write: func(d []byte) string {
		return "\ufeff" + strings.ReplaceAll(rowsOf(d, 16, wiresharkRow), "   ", "  \u200b ")
	}},
	{name: "CRLF", write: func(d []byte) string {
		return strings.ReplaceAll(rowsOf(d, 16, wiresharkRow), "\n", "\r\n")
	}},
	{name: "CR", loose: true, write: func(d []byte) string {
		return strings.ReplaceAll(rowsOf(d, 16, wiresharkRow), "\n", "\r")
	}},
	{name: "colors", write: func(d []byte) string {
		return lines(rowsOf(d, 16, tcpdumpRow),
			func(l string) string { return "\x1b[1;32m" + l + "\x1b[0m" })
	}},
	{name: "UTF-16", loose: true, write: func(d []byte) string {
		out := []byte{0xff, 0xfe}
		for _, c := range []byte(rowsOf(d, 16, wiresharkRow)) {
			out = binary.LittleEndian.AppendUint16(out, uint16(c))
		}
		return string(out)
	}},
	{name: "trimmed lines", write: func(d []byte) string {
		return lines(rowsOf(d, 16, wiresharkRow),
			func(l string) string { return strings.TrimRight(l, " ") })
	}},
}
