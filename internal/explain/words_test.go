package explain_test

import (
	"bytes"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/linktype"
	"github.com/portsniff/portsniff/pcaps"
)

const unsure = "to be sure of the byte order, dump single bytes"

// taken returns the bytes of pasted text and how they were read.
func taken(t *testing.T, text string) (data []byte, form string, err error) {
	t.Helper()
	pasted := explain.Pasted{Most: 1}
	err = pasted.Each(text, func(s *explain.Subject) error {
		data, form = s.Packet.Data, s.Taken
		return nil
	})
	return data, form, err
}

// TestWordOrder checks frames of the samples as words in both byte orders. They are read as they
// are, or refused. Only a frame that begins like no packet may be read in the other order, and then
// the form says so.
func TestWordOrder(t *testing.T) {
	const whole = 40 // bytes: whole words of each size, and whole headers
	file := filepath.Join(t.TempDir(), "frame")
	frames := etherFrames(t)
	for _, line := range []string{"od -t x2", "od -t x4", "od -t x8", "od -t o2", "od -t u2",
		"od -A x -t d4", "od -A d -t x2z", "od -t x2 --endian=big", "od -t x4 --endian=big",
		"od -t x8 --endian=big", "od -t o2 --endian=big", "od -t u2 --endian=big",
		"od -A x -t d4 --endian=big", "od -A d -t x2z --endian=big", "xxd", "xxd -e -g2",
		"hexdump"} {
		words := strings.Fields(line)
		corpustest.Tool(t, words[0])
		right := 0
		for name, frame := range frames {
			frame = frame[:whole]
			if err := os.WriteFile(file, frame, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(words[0], append(words[1:], file)...).Output()
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			data, form, err := taken(t, string(out))
			switch {
			case err == nil && bytes.Equal(data, frame):
				right++
			case err != nil || !strings.Contains(form, unsure):
				t.Errorf("%s: %s: %x was read as %x: %s, %v\n%s", name, line, frame, data, form,
					err, out)
			}
		}
		if most := len(frames); right < most-2 {
			t.Errorf("%s: %d of %d frames", line, right, most)
		}
	}
}

// etherFrames returns the first frame of each sample on Ethernet that is long enough.
func etherFrames(t *testing.T) map[string][]byte {
	t.Helper()
	frames := map[string][]byte{}
	for _, s := range pcaps.List() {
		r, err := pcaps.Open(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := pcapfile.NewReader(r, s.Name, pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var p capture.Packet
		if err := f.Next(&p); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		if p.Link == linktype.Ethernet && len(p.Data) >= 40 {
			frames[s.Name] = bytes.Clone(p.Data)
		}
		f.Close()
	}
	if len(frames) < 20 {
		t.Fatalf("%d frames", len(frames))
	}
	return frames
}

// TestWordOrders checks that each packet of a text has its own byte order. One that begins in
// neither order follows the others if they agree.
func TestWordOrders(t *testing.T) {
	const (
		little = "0000000 0045 1c00 0000 0000 1140 cdf6 00c0 0102\n0000020 00c0 0202\n0000024\n"
		big    = "0000000 4500 001c 0000 0000 4011 f6cd c000 0201\n0000020 c000 0202\n0000024\n"
		no     = "0000000 0102 0304\n0000004\n"
		header = "4500001c000000004011f6cdc0000201c0000202"
	)
	for _, c := range []struct {
		text string
		want []string
	}{
		{little + big, []string{header, header}},
		{big + no, []string{header, "01020304"}},
		{no + big, []string{"01020304", header}},
		{little + no, []string{header, "02010403"}},
		{little + no + big, []string{header, "02010403", header}},
		{no, []string{"02010403"}},
	} {
		var got []string
		pasted := explain.Pasted{Most: 3}
		err := pasted.Each(c.text, func(s *explain.Subject) error {
			got = append(got, hex.EncodeToString(s.Packet.Data))
			if sure := !strings.Contains(s.Taken, unsure); sure != (s.Packet.Data[0] == 0x45) {
				t.Errorf("%s", s.Taken)
			}
			return nil
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s%v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

// TestWordOrderIsTold checks the sentence about the byte order.
func TestWordOrderIsTold(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		// RFC 791: version 4, IHL 5, length 28, TTL 64, UDP; 192.0.2.1 to 192.0.2.2
		{"0000000 0045 1c00 0000 0000 1140 cdf6 00c0 0102\n0000020 00c0 0202\n0000024\n",
			"Read as a dump of little-endian words with octal offsets, as od and hexdump write " +
				"it; taken to begin with Internet"},
		{"0000000 4500 001c 0000 0000 4011 f6cd c000 0201\n0000020 c000 0202\n0000024\n",
			"Read as a dump of big-endian words with octal offsets, because a packet begins in " +
				"this order only; taken to begin with Internet"},
		{"0000016 4500 001c 0000 0000 4011 f6cd c000 0201\n0000036 c000 0202\n0000042\n",
			"Read as a dump of big-endian words with octal offsets from 0xe on, because a packet " +
				"begins in this order only; taken"},
		{"0000000 0102 0304\n0000004\n", "Read as a dump of little-endian words with octal " +
			"offsets, as od and hexdump write it; " + unsure + "; taken"},
		{"00000000: 0102 0304                                ....\n",
			"Read as a dump with hexadecimal offsets; " + unsure + "; taken"},
		{"00000000: 4102 0304                                A...\n",
			"Read as a dump with hexadecimal offsets; taken"},
		{"00000000: 4102 0304                                .A..\n",
			"Read as a dump of little-endian words with hexadecimal offsets; taken"},
		{"0000000 01 02 03 04\n0000004\n", "Read as a dump with hexadecimal offsets; taken"},
	} {
		if _, form, err := taken(t, c.text); err != nil || !strings.HasPrefix(form, c.want) {
			t.Errorf("%s%s, %v; want %s", c.text, form, err, c.want)
		}
	}
}
