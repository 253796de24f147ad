package hexdump_test

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// plainFormats have no offsets, so missing bytes cannot be detected.
var plainFormats = []format{
	{name: "hex stream", write: hex.EncodeToString},
	{name: "capital letters", write: func(d []byte) string {
		return strings.ToUpper(hex.EncodeToString(d))
	}},
	{name: "wrapped in odd places", write: func(d []byte) string {
		return strings.Join(chunks(hex.EncodeToString(d), 75), "\n")
	}},
	{name: "pairs", write: func(d []byte) string { return spaced(d, 1) }},
	{name: "pairs in rows", write: of16(func(_ int, r []byte) string { return spaced(r, 1) })},
	{name: "words", write: func(d []byte) string { return spaced(d, 2) }},
	{name: "colons", write: func(d []byte) string { return each(d, "%02x", ":") }, least: 3},
	{name: "dashes", write: func(d []byte) string { return each(d, "%02X", "-") }, least: 3},
	{name: "0x in front", write: func(d []byte) string { return "0x" + hex.EncodeToString(d) }},
	{name: "0x each", write: func(d []byte) string { return each(d, "0x%02x", " ") }},
	{name: "0x without zeros", write: func(d []byte) string { return each(d, "%#x", ", ") }},
	{name: "escapes without quotes", write: func(d []byte) string { return each(d, `\x%02x`, "") }},
	{name: "tcpdump -x of old", write: func(d []byte) string {
		return header + rowsOf(d, 16, func(_ int, r []byte) string {
			return "\t\t\t " + spaced(r, 2)
		})
	}, least: 16},
	{name: "racoon", write: prefixed("Nov 14 22:13:20 fw racoon: ", func(_ int, r []byte) string {
		return spaced(r, 4)
	})},
	{name: "Buffer of Node", write: func(d []byte) string {
		return "<Buffer " + spaced(d, 1) + ">"
	}, least: 24},
	{name: "hexlify of Python", write: func(d []byte) string {
		return "b'" + hex.EncodeToString(d) + "'"
	}, least: 16},
	{name: "bytes.fromhex", write: func(d []byte) string {
		return `pkt = bytes.fromhex("` + spaced(d, 1) + `")`
	}},
	{name: "Buffer.from", write: func(d []byte) string {
		return `Buffer.from('` + hex.EncodeToString(d) + `', 'hex')`
	}},
	{name: "SQL", write: func(d []byte) string { return "X'" + hex.EncodeToString(d) + "'" }},
	{name: "bytea of PostgreSQL", write: func(d []byte) string {
		return `\x` + hex.EncodeToString(d)
	}},
	{name: "ngrep -x", write: of16(func(_ int, r []byte) string {
		return fmt.Sprintf("  %-50s    %s", halves(r, "    "), ascii(r))
	})},
	{name: "socat -x -v", write: func(d []byte) string {
		return "> 2023/11/14 22:13:20.000123  length=74 from=0 to=73\n" +
			rowsOf(d, 16, func(_ int, r []byte) string {
				return fmt.Sprintf(" %-48s %s", spaced(r, 1), ascii(r))
			})
	}},
	{name: "Wireshark, as C array", write: func(d []byte) string {
		return cArray(d, "/* %s */", " /* %s */", "  /* %s */")
	}},
	{name: "Wireshark, as C array, new", write: func(d []byte) string {
		return cArray(d, "// %s", " // |%s|", "  // |%s|")
	}},
	{name: "Wireshark, as escaped string", write: func(d []byte) string {
		return strings.TrimSuffix(rowsOf(d, 16, func(at int, r []byte) string {
			if at+16 < len(d) {
				return `"` + each(r, `\x%02x`, "") + `" \`
			}
			return `"` + each(r, `\x%02x`, "") + `"`
		}), "\n")
	}},
	{name: "xxd -i", write: func(d []byte) string {
		return "unsigned char packet_bin[] = {\n" + rowsOf(d, 12, func(at int, r []byte) string {
			if at+12 < len(d) {
				return "  " + each(r, "0x%02x", ", ") + ","
			}
			return "  " + each(r, "0x%02x", ", ")
		}) + fmt.Sprintf("};\nunsigned int packet_bin_len = %d;\n", len(d))
	}, least: 2},
	{name: "C++", write: func(d []byte) string {
		return fmt.Sprintf("std::array<uint8_t, %d> p{{%s}};", len(d), each(d, "0x%02X", ","))
	}, least: 2},
	{name: "Go", write: func(d []byte) string {
		return "var p = []byte{" + each(d, "%#x", ", ") + "}"
	}, least: 2},
	{name: "a name with a letter of German", write: func(d []byte) string {
		return "uint8_t größe[] = {" + each(d, "0x%02x", ", ") + "};"
	}, least: 2},
	{name: "a name in Greek", write: func(d []byte) string {
		return "Ψ = [" + each(d, "0x%02x", ", ") + "]"
	}, least: 2},
	{name: "Go, %v", write: func(d []byte) string { return fmt.Sprint(d) }, least: 24},
	{name: "Go, array", write: func(d []byte) string {
		return fmt.Sprintf("p := [%d]byte{%s}", len(d), each(d, "0x%02x", ", "))
	}, least: 2},
	{name: "Rust", write: func(d []byte) string {
		return fmt.Sprintf("let p: [u8; %d] = [%s];", len(d), each(d, "0x%02x", ", "))
	}, least: 2},
	{name: "Rust, {:?}", write: func(d []byte) string {
		return "[" + each(d, "%d", ", ") + "]"
	}, least: 24},
	{name: "Rust, {:02x?}", write: func(d []byte) string {
		return "[" + each(d, "%02x", ", ") + "]"
	}, least: 24},
	{name: "Rust, {:x?}", write: func(d []byte) string {
		return "[" + each(d, "%x", ", ") + "]"
	}, least: 24},
	{name: "Rust, byte string", write: func(d []byte) string {
		return "let p = b\"" + strings.TrimSuffix(rowsOf(d, 16, func(at int, r []byte) string {
			return map[bool]string{true: "          "}[at > 0] + each(r, `\x%02x`, "") + `\`
		}), "\\\n") + "\";"
	}},
	{name: "Java, signed", write: func(d []byte) string {
		return "byte[] p = {" + signed(d) + "};"
	}, least: 24},
	{name: "Java, casts", write: func(d []byte) string {
		return "new byte[] { " + each(d, "(byte) 0x%02x", ", ") + " };"
	}, least: 2},
	{name: "Kotlin", write: func(d []byte) string {
		return "byteArrayOf(" + each(d, "0x%02x.toByte()", ", ") + ")"
	}, least: 2},
	{name: "C#", write: func(d []byte) string {
		return "byte[] p = new byte[] { " + each(d, "0x%02X", ", ") + " };"
	}, least: 2},
	{name: "PowerShell, array", write: func(d []byte) string {
		return "[byte[]] $p = " + each(d, "0x%02x", ",")
	}, least: 2},
	{name: "VB.NET", write: func(d []byte) string {
		return "Dim p() As Byte = {" + each(d, "&H%02X", ", ") + "}"
	}, least: 2},
	{name: "MASM", write: func(d []byte) string { return each(d, "0%02Xh", ", ") }, least: 2},
	{name: "JavaScript", write: func(d []byte) string {
		return fmt.Sprintf("Uint8Array(%d) [%s]", len(d), each(d, "%d", ", "))
	}, least: 24},
	{name: "Erlang", write: func(d []byte) string {
		return "<<" + each(d, "%d", ",") + ">>"
	}, least: 24},
	{name: "JSON", write: func(d []byte) string {
		return `{"data": [` + each(d, "%d", ", ") + `]}`
	}, least: 24},
	{name: "Python", write: python, least: 16},
	{name: "hex of each byte in Python", least: 2, write: func(d []byte) string {
		return "[" + each(d, "'%#x'", ", ") + "]"
	}},
	{name: "format of each byte in Python", least: 2, write: func(d []byte) string {
		return "[" + each(d, "'%02x'", ", ") + "]"
	}},
	{name: "Python at a prompt", write: func(d []byte) string {
		return ">>> bytes(pkt)\n" + python(d)
	}, least: 16},
	{name: "IPython", write: func(d []byte) string { return "Out[3]: " + python(d) }, least: 16},
	{name: "Python, over lines", write: func(d []byte) string {
		return "data = (\n" + rowsOf(d, 16, func(_ int, r []byte) string {
			return "    b'" + each(r, `\x%02x`, "") + "'"
		}) + ")\n"
	}},
	{name: "HTML", write: func(d []byte) string {
		return "&quot;" + each(d, `\x%02x`, "") + "&quot;"
	}},
	{name: "typographic quotes", write: func(d []byte) string {
		return "“" + each(d, `\x%02x`, "") + "”"
	}},
	{name: "printf", write: func(d []byte) string {
		return `printf '` + each(d, `\x%02x`, "") + `'`
	}},
	{name: "printf, octal", write: func(d []byte) string {
		return `printf '` + each(d, `\%03o`, "") + `'`
	}},
	{name: "gdb print/x", write: func(d []byte) string {
		return "$1 = {" + each(d, "%#x", ", ") + "}"
	}, least: 2},
}
