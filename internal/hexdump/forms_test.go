package hexdump_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/hexdump"
)

// segment is the first 20 bytes of a TCP segment, written by hand.
var segment = unhex("c93a01bb5a1b3c4d000000005002faf0674e0000")

// TestForms reads one segment in notations of people and programs.
func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"mixed words": "c93a 01bb 5a1b3c4d 00000000 5002faf0 674e0000",
		"0 and 0x": "{0xc9, 0x3a, 1, 0xbb, 0x5a, 0x1b, 0x3c, 0x4d,\n" +
			" 0, 0, 0, 0, 0x50, 2, 0xfa, 0xf0, 0x67, 0x4e, 0, 0}",
		"repr of Python": `b'\xc9:\x01\xbbZ\x1b<M\x00\x00\x00\x00P\x02\xfa\xf0gN\x00\x00'`,
		"gdb":            `$1 = "\311:\001\273Z\033<M\000\000\000\000P\002\372\360gN\000"`,
		"gdb, repeated": `$1 = {0xc9, 0x3a, 0x1, 0xbb, 0x5a, 0x1b, 0x3c, 0x4d, ` +
			`0x0 <repeats 4 times>, 0x50, 0x2, 0xfa, 0xf0, 0x67, 0x4e, 0x0, 0x0}`,
		"two lines": "c93a01bb5a1b3c4d\n000000005002faf0674e0000\n",
		"tcpdump -X": "\t0x0000:  c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0  .:..Z.<M....P...\n" +
			"\t0x0010:  674e 0000                                gN..\n",
		"xxd -e": "00000000: bb013ac9 4d3c1b5a 00000000 f0fa0250  .:..Z.<M....P...\n" +
			"00000010: 00004e67                             gN..\n",
		"hexdump -C": "00000000  c9 3a 01 bb 5a 1b 3c 4d  00 00 00 00 50 02 fa f0" +
			"  |.:..Z.<M....P...|\n" +
			"00000010  67 4e 00 00                                       |gN..|\n00000014\n",
		"hexdump": "0000000 3ac9 bb01 1b5a 4d3c 0000 0000 0250 f0fa\n0000010 4e67 0000\n0000014\n",
		"od": "0000000 035311 135401 015532 046474 000000 000000 001120 170372\n" +
			"0000020 047147 000000\n0000024\n",
		"FortiGate": "2023-11-14 22:13:20.0 port1 -- 192.0.2.1.51514 -> 198.51.100.7.443: syn 1\n" +
			"0x0000\t c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0\t.:..Z.<M....P...\n" +
			"0x0010\t 674e 0000\tgN..\n",
		"mail with empty lines": ">\n> c93a01bb5a1b3c4d\n> 000000005002faf0674e0000\n>\n",
		"octal list": "[311, 072, 001, 273, 132, 033, 074, 115, 000, 000, 000, 000, 120, 002, " +
			"372," +
			" 360, 147, 116, 000, 000]",
		"collapsed blanks": "0000 c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0" +
			" .:..Z.<M....P...\n0010 67 4e 00 00 gN..\n",
	} {
		blocks, err := hexdump.Parse(text)
		want := segment
		if name == "gdb" {
			want = segment[:19] // the string's final \0 is not shown
		}
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case len(blocks) != 1 || !bytes.Equal(blocks[0].Data, want):
			t.Errorf("%s: %x, want %x", name, blocks, want)
		}
	}
}

// TestBytesFirst checks that a line that begins like an offset is read as bytes if nothing
// indicates otherwise: hardware addresses may begin with 00:00:5e.
func TestBytesFirst(t *testing.T) {
	blocks, err := hexdump.Parse("0000 5e00 0101")
	if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, []byte{0, 0, 0x5e, 0, 1, 1}) {
		t.Errorf("%x, %v", blocks, err)
	}
}

// TestZeroInFront checks a list with a leading zero. It is hexadecimal, because decimal numbers
// have none.
func TestZeroInFront(t *testing.T) {
	blocks, err := hexdump.Parse("[45, 00, 00, 1, 7, 89]")
	if err != nil || len(blocks) != 1 ||
		!bytes.Equal(blocks[0].Data, []byte{0x45, 0, 0, 1, 7, 0x89}) {
		t.Errorf("%x, %v", blocks, err)
	}
	if blocks, err := hexdump.Parse("[45, 10, 20, 1, 7, 89]"); err == nil {
		t.Errorf("hexadecimal or decimal: %x", blocks)
	}
}

// TestStars checks that * repeats the previous row, up to the offset of the next row.
func TestStars(t *testing.T) {
	text := "0000000 02 00 00 00 00 0b 02 00\n" +
		"0000010 00 00 00 00 00 00 00 00\n" +
		"*\n" +
		"0000050 07\n" +
		"0000051\n"
	want := append(unhex("02000000000b0200"), make([]byte, 32)...)
	want = append(want, 7)
	blocks, err := hexdump.Parse(text)
	if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, want) {
		t.Errorf("%x, %v, want %x", blocks, err, want)
	}
}

// TestSeveral reads the dumps of several packets.
func TestSeveral(t *testing.T) {
	want := [][]byte{syn, segment, syn[:32]}
	for _, f := range []string{"tcpdump -x", "tcpdump -X", "Wireshark", "hexdump -C", "FortiGate",
		"Cisco IOS XE", "Cisco debug ip packet dump", "Wireshark, as C array", "xxd -i",
		"Python, over lines", "Rust", "tcpdump -x of old"} {
		text := ""
		for i, data := range want {
			if f == "Cisco IOS XE" {
				number := string(rune('0'+i)) + "\n"
				text += strings.Replace(formatNamed(f).write(data), "0\n", number, 1)
			} else {
				text += formatNamed(f).write(data) + "\n"
			}
		}
		blocks, err := hexdump.Parse(text)
		if err != nil || len(blocks) != len(want) {
			t.Errorf("%s: %v, %d packets\n%s", f, err, len(blocks), text)
			continue
		}
		for i, b := range blocks {
			if !bytes.Equal(b.Data, want[i]) {
				t.Errorf("%s: %x, want %x", f, b.Data, want[i])
			}
		}
	}
}

func formatNamed(name string) format {
	for _, f := range slices.Concat(dumpFormats, moreFormats, plainFormats) {
		if f.name == name {
			return f
		}
	}
	panic(name)
}

// TestLeftOut checks that reassembled data after a frame is named in the form.
func TestLeftOut(t *testing.T) {
	blocks, err := hexdump.Parse(formatNamed("tshark -x with a reassembled message").write(syn))
	const left = "left out: Reassembled TCP (60 bytes)"
	if err != nil || len(blocks) != 1 || !strings.Contains(blocks[0].Form, left) {
		t.Errorf("%v, %v", blocks, err)
	}
}

// TestLeftOutBetween checks that a frame after reassembled data is read.
func TestLeftOutBetween(t *testing.T) {
	text := formatNamed("tshark -x with a reassembled message").write(syn)
	blocks, err := hexdump.Parse(text + "\n" + text)
	if err != nil || len(blocks) != 2 || !bytes.Equal(blocks[1].Data, syn) {
		t.Errorf("%v, %v", blocks, err)
	}
}

// TestRejectedText checks texts that are rejected, and the line that the error names.
func TestRejectedText(t *testing.T) {
	const row = "0000   c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0   .:..Z.<M....P...\n"
	const printable = "...........E..<....@........3d............V............\"3D........"
	const base64 = "AgAAAAALAgAAAAAKCABFAAA8AAEAAEAGjoTAAAIBxjNkAsPMAbsAAAABAAAAAKAC+vBW6QAA"
	for _, c := range []struct {
		name, text string
		line       int
		want       error
	}{
		{"nothing", "", 1, hexdump.ErrNone},
		{"blanks", "  \n ", 1, hexdump.ErrNone},
		{"half a byte", "c93", 1, hexdump.ErrOdd},
		{"no digit", "c93a 01zz", 1, hexdump.ErrDigit},
		{"a word", "hello", 1, hexdump.ErrDigit},
		{"a row is missing", "00000000: 0102 0304\n00000020: 0506\n", 2, hexdump.ErrOffset},
		{"a row is missing, Wireshark", row + "0020   67 4e 00 00\n", 2, hexdump.ErrOffset},
		{"the first row is missing", "0010   67 4e 00 00\n0014   01 02\n", 1, hexdump.ErrStart},
		{"a star for nothing", "00000000: 0102 0304\n*\n00000004: 0506\n", 3, hexdump.ErrOffset},
		{"a star at the end", "00000000: 0102 0304\n*\n", 2, hexdump.ErrOffset},
		{"too long", strings.Repeat("0", hexdump.MaxText+1), 1, hexdump.ErrLong},
		{"offsets too far", "0x0000:  0102\n" +
			"0x0002:  0304\n" +
			"0x0004: 0506\n" +
			"0x0006: 07\n" +
			"0x0009: 08", 5, hexdump.ErrOffset},
		{"characters of other bytes", strings.Replace(row, "Z.<M", "Z.<N", 1), 1, hexdump.ErrText},
		{"characters missing", strings.Replace(row, "P...", "P..", 1), 1, hexdump.ErrText},
		{"a letter among digits", strings.Replace(row, "5a", "5g", 1) + "0010   67 4e\n", 1,
			hexdump.ErrDigit},
		{"half a byte in a row", strings.Replace(row, "5a", "5", 1) + "0010   67 4e\n", 1,
			hexdump.ErrOdd},
		{"a wrapped row", "0000   c9 3a 01 bb\n5a 1b 3c 4d\n0008   67\n", 2, hexdump.ErrRow},
		{"a wrapped last row", row + "0010   67 4e\n00 00\n", 3, hexdump.ErrRow},
		{"two offsets in a row", "rx at 0000: c9 3a 01 bb 5a 1b 3c 4d\n" +
			"rx 0008: .. 0008: 00 00 00 00 50 02 fa f0\n", 2, hexdump.ErrRow},
		{"words without their order", "00012000  00000002 00020b00\n" +
			"00012008  0a000000 00450008\n", 1, hexdump.ErrOrder},
		{"decimal or not", "[10, 20, 30, 40]", 1, hexdump.ErrDecimal},
		{"a list of other size", "unsigned char p[4] = {0x01, 0x02, 0x03};", 1, hexdump.ErrSize},
		{"a length of other size", "unsigned char p[] = {0x01, 0x02, 0x03};\n" +
			"unsigned int p_len = 4;", 2, hexdump.ErrSize},
		{"a frame of other size", "Frame (21 bytes):\n" + row, 1, hexdump.ErrSize},
		{"Wireshark, printable text", printable, 1, hexdump.ErrDigit},
		{"Wireshark, letters", "E@dcVD", 1, hexdump.ErrDigit},
		{"base64", base64, 1, hexdump.ErrDigit},
		{"two streams", "c93a01bb5a1b3c4d\n\nc93a01bb5a1b3c4d\n", 2, hexdump.ErrEmptyLine},
		{"half a byte in the second line", "c93a01bb\n5a1b3c4d 000", 2, hexdump.ErrOdd},
		{"a letter in C code", "char p[] = {0xc9, é 0x3a, 0x01, 0xbb};", 1, hexdump.ErrDigit},
		{"a character of no language", "char p[] = {0xc9, 0x3a, 0x01, 0xbb}; €", 1,
			hexdump.ErrDigit},
		{"bytes left out", "<Buffer c9 3a 01 bb ... 24 more bytes>", 1, hexdump.ErrDigit},
		{"an address", "10.0.0.1", 1, hexdump.ErrDigit},
		{"a time", "12:30", 1, hexdump.ErrDigit},
		{"a date", "2023-11-14", 1, hexdump.ErrDigit},
		{"a filter", "host 10.0.0.1 and port 443", 1, hexdump.ErrDigit},
		{"od -a", "0000000 stx nul nul nul nul  vt stx nul nul nul nul  nl  bs nul   E nul\n" +
			"0000020\n", 1, hexdump.ErrDigit},
		{"characters or bytes", "b'abcd'", 1, hexdump.ErrAmbiguous},
	} {
		blocks, err := hexdump.Parse(c.text)
		var e *hexdump.Error
		if !errors.Is(err, c.want) || !errors.As(err, &e) || e.Line != c.line {
			t.Errorf("%s: %v, %x, want %q in line %d", c.name, err, blocks, c.want, c.line)
		}
	}
}

// TestQuotedInMail checks that a text quoted in a mail is read or rejected like the original text.
// A mail program adds "> " before a line, and replaces an empty line by ">".
func TestQuotedInMail(t *testing.T) {
	for _, text := range []string{
		"c93a01bb5a1b3c4d\n\nc93a01bb5a1b3c4d",
		"0000   c9 3a 01 bb\n0004   5a 1b\n\n0000   c9 3a",
		"\nc93a01bb5a1b3c4d\n",
	} {
		want, refused := hexdump.Parse(text)
		quoted := strings.ReplaceAll("> "+strings.ReplaceAll(text, "\n", "\n> "), "> \n", ">\n")
		got, err := hexdump.Parse(strings.TrimSuffix(quoted, " "))
		if !sameError(err, refused) || !slices.EqualFunc(got, want, func(a, b hexdump.Block) bool {
			return bytes.Equal(a.Data, b.Data)
		}) {
			t.Errorf("%q: %v, %v, not quoted %v, %v", quoted, got, err, want, refused)
		}
	}
}

// sameError reports whether two texts were rejected for the same reason in the same line, or both
// were read.
func sameError(a, b error) bool {
	var x, y *hexdump.Error
	if !errors.As(a, &x) || !errors.As(b, &y) {
		return a == nil && b == nil
	}
	return x.Line == y.Line && x.Err == y.Err
}

// TestHalfTheDigits checks that hexadecimal digits are read like in encoding/hex.
func TestHalfTheDigits(t *testing.T) {
	blocks, err := hexdump.Parse(hex.Dump(tricky))
	if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, tricky) {
		t.Errorf("%x, %v", blocks, err)
	}
}
