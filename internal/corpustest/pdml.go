package corpustest

import (
	"bufio"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/linktype"
)

// An Element is a protocol or a field in tshark's PDML.
type Element struct {
	Protocol  bool // the start of a protocol, not a field
	Name      string
	Pos, Size int    // bytes of the frame; Pos is -1 if tshark has no position
	Show      string // as text
	Value     string // hexadecimal: the bytes, or the number if the field is only some bits of them
	Masked    bool   // only some bits of its bytes
}

// PDML calls each with the index of a frame and tshark's elements for it, in order. The elements
// are valid until it returns. protocols are Wireshark's names of the requested protocols, nil for
// all of them. options are preferences such as "ip.defragment:FALSE".
func PDML(t testing.TB, frames []Frame, protocols []string, options []string,
	each func(i int, elements []Element)) {
	t.Helper()
	args := []string{"-T", "pdml"}
	if protocols != nil {
		args = append(args, "-J", strings.Join(protocols, " "))
	}
	for _, o := range options {
		args = append(args, "-o", o)
	}
	n := 0
	tshark(t, frames, args, func(out io.Reader) { n = parsePDML(t, out, len(frames), each) })
	if n != len(frames) {
		t.Fatalf("tshark shows %d of %d frames", n, len(frames))
	}
}

// parsePDML reads PDML line by line, because tshark writes one element per line.
func parsePDML(t testing.TB, out io.Reader, frames int,
	each func(i int, elements []Element)) (n int) {
	t.Helper()
	r := bufio.NewReaderSize(out, 1<<20)
	var elements []Element
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(line, "<packet>"):
			elements = elements[:0]
		case strings.HasPrefix(line, "</packet>"):
			if n < frames {
				each(n, elements)
			}
			n++
		case strings.HasPrefix(line, "<proto name="), strings.HasPrefix(line, "<field name="):
			elements = append(elements, parseElement(t, line))
		}
	}
}

func parseElement(t testing.TB, line string) Element {
	t.Helper()
	e := Element{
		Protocol: strings.HasPrefix(line, "<proto"), Name: attribute(line, "name"), Pos: -1,
		Show: attribute(line, "show"), Value: attribute(line, "value"),
		Masked: strings.Contains(line, " unmaskedvalue="),
	}
	if !strings.Contains(line, " pos=") {
		return e
	}
	var err error
	if e.Pos, err = strconv.Atoi(attribute(line, "pos")); err != nil {
		t.Fatal(err)
	}
	if e.Size, err = strconv.Atoi(attribute(line, "size")); err != nil {
		t.Fatal(err)
	}
	return e
}

// attribute returns the value of an element's attribute; quotation marks in it are escaped.
func attribute(line, name string) string {
	_, rest, ok := strings.Cut(line, " "+name+`="`)
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// pcapng returns the frames as one section with an interface for each link type. It does not use
// the program's own writer, so that errors of writer and reader cannot cancel out.
func pcapng(frames []Frame) []byte {
	le := binary.LittleEndian
	out := pcapngBlock(nil, 0x0a0d0d0a, le.AppendUint64(le.AppendUint32(le.AppendUint32(nil,
		0x1a2b3c4d), 1), ^uint64(0)))
	interfaces := make(map[linktype.Type]uint32)
	for _, f := range frames {
		id, ok := interfaces[f.Link]
		if !ok {
			id = uint32(len(interfaces))
			interfaces[f.Link] = id
			out = pcapngBlock(out, 1, le.AppendUint32(le.AppendUint32(nil, uint32(f.Link)), 0))
		}
		b := le.AppendUint64(le.AppendUint32(nil, id), 0)
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(f.Data))), uint32(f.Wire))
		out = pcapngBlock(out, 6, append(b, f.Data...))
	}
	return out
}

func pcapngBlock(out []byte, kind uint32, body []byte) []byte {
	le := binary.LittleEndian
	body = append(body, make([]byte, -len(body)&3)...)
	n := uint32(12 + len(body))
	out = le.AppendUint32(le.AppendUint32(out, kind), n)
	return le.AppendUint32(append(out, body...), n)
}
