package hexdump

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// A TCP segment's first 20 bytes, counted out by hand.
var segment = []byte{0xc9, 0x3a, 0x01, 0xbb, 0x5a, 0x1b, 0x3c, 0x4d, 0, 0, 0, 0, 0x50, 0x02, 0xfa, 0xf0, 0x67, 0x4e, 0, 0}

// TestForms reads one segment in the ways that people write bytes.
func TestForms(t *testing.T) {
	for name, text := range map[string]string{
		"stream":           "c93a01bb5a1b3c4d000000005002faf0674e0000",
		"upper case":       "C93A01BB5A1B3C4D000000005002FAF0674E0000",
		"pairs":            "c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0 67 4e 00 00",
		"words":            "c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0 674e 0000",
		"colons":           "c9:3a:01:bb:5a:1b:3c:4d:00:00:00:00:50:02:fa:f0:67:4e:00:00",
		"0x":               "0xc93a01bb5a1b3c4d000000005002faf0674e0000",
		"0x each":          "0xc9 0x3a 0x01 0xbb 0x5a 0x1b 0x3c 0x4d 0x0 0x0 0x0 0x0 0x50 0x2 0xfa 0xf0 0x67 0x4e 0x00 0x00",
		"array of C":       "{ 0xc9, 0x3a, 0x01, 0xbb, 0x5a, 0x1b, 0x3c, 0x4d, 0x00, 0x00, 0x00, 0x00, 0x50, 0x02, 0xfa, 0xf0, 0x67, 0x4e, 0x00, 0x00 };",
		"escapes":          `"\xc9\x3a\x01\xbb\x5a\x1b\x3c\x4d\x00\x00\x00\x00\x50\x02\xfa\xf0\x67\x4e\x00\x00"`,
		"two lines":        "c93a01bb5a1b3c4d\n000000005002faf0674e0000\n",
		"carriage returns": "c93a01bb5a1b3c4d\r\n000000005002faf0674e0000\r\n",
		"tcpdump -x":       "21:00:00.000000 IP 192.0.2.10.51514 > 198.51.100.7.443: Flags [S], seq 1511734349, win 64240, length 0\n\t0x0000:  c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0\n\t0x0010:  674e 0000\n",
		"tcpdump -X":       "\t0x0000:  c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0  .:..Z.<M....P...\n\t0x0010:  674e 0000                                gN..\n",
		"xxd":              "00000000: c93a 01bb 5a1b 3c4d 0000 0000 5002 faf0  .:..Z.<M....P...\n00000010: 674e 0000                                gN..\n",
		"hexdump -C":       "00000000  c9 3a 01 bb 5a 1b 3c 4d  00 00 00 00 50 02 fa f0  |.:..Z.<M....P...|\n00000010  67 4e 00 00                                       |gN..|\n00000014\n",
		"hexdump":          "0000000 3ac9 bb01 1b5a 4d3c 0000 0000 0250 f0fa\n0000010 4e67 0000                              \n0000014\n",
		"od -t x1":         "0000000 c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0\n0000020 67 4e 00 00\n0000024\n",
		"od -A x -t x1":    "000000 c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0\n000010 67 4e 00 00\n000014\n",
		"od -x":            "0000000 3ac9 bb01 1b5a 4d3c 0000 0000 0250 f0fa\n0000020 4e67 0000\n0000024\n",
		"od":               "0000000 035311 135401 015532 046474 000000 000000 001120 170372\n0000020 047147 000000\n0000024\n",
		"Wireshark's dump": "0000   c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0   .:..Z.<M....P...\n0010   67 4e 00 00                                       gN..\n",
		"characters like bytes": "0000   c9 3a 01 bb 5a 1b 3c 4d 00 00 00 00 50 02 fa f0   ab cd\n" +
			"0010   67 4e 00 00                                       be ef\n",
	} {
		blocks, err := Parse(text)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case len(blocks) != 1 || !bytes.Equal(blocks[0].Data, segment):
			t.Errorf("%s: %x, want %x", name, blocks, segment)
		}
	}
}

// TestBytesFirst holds that a line that begins like an offset is bytes where nothing says otherwise: 00:00:5e begins hardware addresses.
func TestBytesFirst(t *testing.T) {
	blocks, err := Parse("0000 5e00 0101")
	if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, []byte{0, 0, 0x5e, 0, 1, 1}) {
		t.Errorf("%x, %v", blocks, err)
	}
}

// TestSeveral reads the dumps of two packets.
func TestSeveral(t *testing.T) {
	blocks, err := Parse("a line of text\n\t0x0000:  0102 0304\nanother\n\t0x0000:  0506\n")
	if err != nil || len(blocks) != 2 || !bytes.Equal(blocks[0].Data, []byte{1, 2, 3, 4}) || !bytes.Equal(blocks[1].Data, []byte{5, 6}) {
		t.Errorf("%x, %v", blocks, err)
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]error{
		"":                                      ErrNone,
		"  \n ":                                 ErrNone,
		"c93":                                   ErrOdd,
		"c93a 01zz":                             ErrDigit,
		"hello":                                 ErrDigit,
		"00000000: 0102 0304\n00000020: 0506\n": ErrOffset,
		"00000000: 0102 0304\n*\n00000004: 0506\n":                           ErrOffset,
		strings.Repeat("0", MaxBytes+1):                                      ErrLong,
		"0x0000:  0102\n0x0002:  0304\n0x0004: 0506\n0x0006: 07\n0x0009: 08": ErrOffset,
	} {
		var e *Error
		if _, err := Parse(text); !errors.Is(err, want) || !errors.As(err, &e) || e.Line < 1 {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
}

// TestPrograms has the programs themselves print bytes of every length up to 40 and some longer ones.
func TestPrograms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	file := filepath.Join(t.TempDir(), "bytes")
	for _, line := range []string{"xxd", "xxd -p", "xxd -g1", "xxd -i", "hexdump -C -v", "hexdump -v", "od -v", "od -v -x", "od -v -t x1", "od -v -A x -t x1", "od -v -A x -t x1z", "od -v -A x -t x2"} {
		t.Run(line, func(t *testing.T) {
			words := strings.Fields(line)
			corpustest.Tool(t, words[0])
			for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 14, 15, 16, 17, 20, 31, 32, 33, 34, 40, 54, 1500} {
				want := make([]byte, n)
				for i := range want {
					want[i] = byte(random.Uint32())
				}
				if err := os.WriteFile(file, want, 0o600); err != nil {
					t.Fatal(err)
				}
				cmd := exec.Command(words[0], append(words[1:], file)...)
				out, err := cmd.Output()
				if err != nil {
					t.Fatal(err)
				}
				if line == "xxd -i" {
					text := string(out)
					out = []byte(text[strings.Index(text, "{"):strings.Index(text, "}")])
				}
				blocks, err := Parse(string(out))
				if err != nil || len(blocks) != 1 || !bytes.Equal(blocks[0].Data, want) {
					t.Errorf("%d bytes: %v\n%s\n%x", n, err, out, blocks)
				}
			}
		})
	}
}

// FuzzParse holds that whatever is read can be written in any of three forms and read again.
func FuzzParse(f *testing.F) {
	f.Add("0000   c9 3a 01 bb   .:..\n")
	f.Add("\t0x0000:  c93a 01bb\n")
	f.Add("c93a01bb")
	f.Add("0000000 3ac9 bb01\n0000004\n")
	f.Add("0000000 035311 135401\n0000004\n")
	f.Fuzz(func(t *testing.T, text string) {
		blocks, err := Parse(text)
		if err != nil {
			return
		}
		for _, b := range blocks {
			if len(b.Data) == 0 || len(b.Data) > len(text) {
				t.Fatalf("%d bytes of %d characters", len(b.Data), len(text))
			}
			for _, again := range []string{hex.EncodeToString(b.Data), hex.Dump(b.Data), rows(b.Data)} {
				got, err := Parse(again)
				if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, b.Data) {
					t.Fatalf("%x was written as\n%s\nand read as %x, %v", b.Data, again, got, err)
				}
			}
		}
	})
}

// rows writes bytes as tcpdump -x does.
func rows(data []byte) string {
	var b strings.Builder
	for at := 0; at < len(data); at += 16 {
		fmt.Fprintf(&b, "\t0x%04x: ", at)
		row := data[at:min(at+16, len(data))]
		for ; len(row) >= 2; row = row[2:] {
			fmt.Fprintf(&b, " %04x", binary.BigEndian.Uint16(row))
		}
		if len(row) == 1 {
			fmt.Fprintf(&b, " %02x", row[0])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
