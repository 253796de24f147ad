package hexdump_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A format writes bytes like a certain program.
type format struct {
	name    string
	write   func(data []byte) string
	address bool // rows begin at any address, so a missing first row cannot be detected
	loose   bool // a damaged title or encoding is ordinary text
	least   int  // least number of bytes; fewer are ambiguous
	most    int  // greatest number of bytes; more are written differently; 0 for any
	of      int  // number of bytes is a multiple of this
}

// rowsOf writes rows of width bytes.
func rowsOf(data []byte, width int, row func(at int, row []byte) string) string {
	var b strings.Builder
	for at := 0; at < len(data); at += width {
		b.WriteString(row(at, data[at:min(at+width, len(data))]) + "\n")
	}
	return b.String()
}

// spaced writes bytes in groups.
func spaced(data []byte, group int) string {
	var words []string
	for part := range slices.Chunk(data, group) {
		words = append(words, hex.EncodeToString(part))
	}
	return strings.Join(words, " ")
}

// halves writes 16 bytes with other text in the middle.
func halves(data []byte, middle string) string {
	if len(data) <= 8 {
		return spaced(data, 1)
	}
	return spaced(data[:8], 1) + middle + spaced(data[8:], 1)
}

// little writes words in little-endian order. The data must consist of whole words.
func little(data []byte, size int, open string) string {
	var words []string
	for part := range slices.Chunk(data, size) {
		part = slices.Clone(part)
		slices.Reverse(part)
		words = append(words, open+hex.EncodeToString(part))
	}
	return strings.Join(words, " ")
}

// ascii shows bytes as characters, and non-printable bytes as dots.
func ascii(data []byte) string { return shown(data, ' ') }

// graphic is like ascii but shows a space as a dot too, like tcpdump.
func graphic(data []byte) string { return shown(data, ' '+1) }

func shown(data []byte, least byte) string {
	out := make([]byte, len(data))
	for i, b := range data {
		out[i] = '.'
		if least <= b && b <= '~' {
			out[i] = b
		}
	}
	return string(out)
}

// each writes every byte in a format.
func each(data []byte, format, between string) string {
	words := make([]string, len(data))
	for i, b := range data {
		words[i] = fmt.Sprintf(format, b)
	}
	return strings.Join(words, between)
}

func signed(data []byte) string {
	words := make([]string, len(data))
	for i, b := range data {
		words[i] = fmt.Sprint(int8(b))
	}
	return strings.Join(words, ", ")
}

// python writes bytes like Python's repr.
func python(data []byte) string {
	var b strings.Builder
	quote := byte('\'')
	if slices.Contains(data, '\'') && !slices.Contains(data, '"') {
		quote = '"'
	}
	b.WriteByte('b')
	b.WriteByte(quote)
	for _, c := range data {
		switch {
		case c == '\\' || c == quote:
			b.WriteString(`\` + string(c))
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case ' ' <= c && c <= '~':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\x%02x`, c)
		}
	}
	b.WriteByte(quote)
	return b.String()
}

// tcpdumpRow writes a row of tcpdump -x.
func tcpdumpRow(at int, row []byte) string {
	return fmt.Sprintf("\t0x%04x:  %s", at, spaced(row, 2))
}

// wiresharkRow writes a row as Wireshark does.
func wiresharkRow(at int, row []byte) string {
	return fmt.Sprintf("%04x   %-47s   %s", at, spaced(row, 1), ascii(row))
}

func dumpC(at int, row []byte) string {
	return fmt.Sprintf("%08x  %-48s  |%s|", at, halves(row, "  "), ascii(row))
}

const header = "22:13:20.000000 IP 192.0.2.1.50124 > 198.51.100.2.443: Flags [S], seq 1, " +
	"win 64240, options [mss 1460,sackOK,TS val 287454020 ecr 0,nop,wscale 7], length 0\n"

// ruler numbers the columns of 16 bytes.
const ruler = "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F"

// ciscoAddress is the address of the bytes in a router's memory.
const ciscoAddress = 0x8752654c

// cisco writes the output of monitor capture and debug ip packet dump. Rows are at addresses that
// are multiples of 16, so the first row begins with blank bytes.
func cisco(data []byte) string {
	var b strings.Builder
	for at := ciscoAddress &^ 15; at < ciscoAddress+len(data); at += 16 {
		row, text := "", ""
		for i := at; i < at+16; i++ {
			if i%4 == 0 {
				row += " "
			}
			if i < ciscoAddress || i >= ciscoAddress+len(data) {
				row, text = row+"  ", text+" "
				continue
			}
			row += fmt.Sprintf("%02X", data[i-ciscoAddress])
			text += ascii(data[i-ciscoAddress : i-ciscoAddress+1])
		}
		fmt.Fprintf(&b, "%08X:%s   %s\n", at, row, text)
	}
	return b.String()
}

func lines(text string, do func(line string) string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString(do(strings.TrimSuffix(l, "\n")) + "\n")
	}
	return b.String()
}

// prefixed writes rows with a prefix.
func prefixed(prefix string, row func(int, []byte) string) func([]byte) string {
	return func(data []byte) string {
		return lines(rowsOf(data, 16, row), func(l string) string { return prefix + l })
	}
}

func of16(row func(at int, row []byte) string) func([]byte) string {
	return func(data []byte) string { return rowsOf(data, 16, row) }
}

func ofWidth(width int, row func(at int, row []byte) string) func([]byte) string {
	return func(data []byte) string { return rowsOf(data, width, row) }
}

// cArray writes an array like Wireshark, with comments of the given form.
func cArray(data []byte, title, row, last string) string {
	name := fmt.Sprintf("Frame (%d bytes)", len(data))
	head := fmt.Sprintf(title+"\nstatic const unsigned char pkt1[%d] = {\n", name, len(data))
	return head + rowsOf(data, 8, func(at int, r []byte) string {
		if at+8 < len(data) {
			return each(r, "0x%02x", ", ") + "," + fmt.Sprintf(row, ascii(r))
		}
		padding := strings.Repeat("      ", 8-len(r))
		return each(r, "0x%02x", ", ") + padding + fmt.Sprintf(last, ascii(r))
	}) + "};\n"
}

func chunks(s string, n int) (out []string) {
	for len(s) > n {
		out, s = append(out, s[:n]), s[n:]
	}
	return append(out, s)
}
