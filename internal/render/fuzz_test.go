package render

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

// sampleFrames adds the frames of every pcap sample as seeds. A missing folder is a failure, not an
// empty run.
func sampleFrames(f testing.TB, add func(link uint32, frame []byte)) {
	names, err := filepath.Glob("../../pcaps/*.pcap")
	if err != nil || len(names) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		const header, record = 24, 16
		link := binary.LittleEndian.Uint32(b[20:])
		for b = b[header:]; len(b) >= record; {
			n := record + int(binary.LittleEndian.Uint32(b[8:]))
			add(link, b[record:n])
			b = b[n:]
		}
	}
}

// FuzzRender passes arbitrary bytes of any link type through every view of packets and every table.
func FuzzRender(f *testing.F) {
	sampleFrames(f, func(link uint32, frame []byte) {
		f.Add(link, frame, len(frame), "a comment",
			uint8(80), int64(1e9))
	})
	f.Fuzz(func(t *testing.T, link uint32, data []byte, wire int, comment string, width uint8,
		seconds int64) {
		var p decode.Packet
		wire = min(max(wire, len(data)), 1<<30)
		at := time.Unix(seconds%(1<<60), 0)
		table, fragments := flow.NewTable(flow.Options{Hosts: true}), decode.NewFragments(4)
		frame := &analysis.Frame{Time: at, HasTime: len(data)%2 == 0, Len: wire,
			Comments: [][]byte{[]byte(comment)}, Packet: &p}
		for n := range int64(2) { // the second time the flow is known
			p.Decode(linktype.Type(link), data, wire)
			fragments.Observe(&p, n+1, at)
			frame.Number = n + 1
			frame.Annotate(table.Add(&p, uint32(wire), at.UnixNano(), n+1))
			renderAll(t, frame, int(width))
		}
		ports, flows := &PortView{Ports: table.Ports(), Totals: table.Totals, Flows: true},
			&FlowView{Table: table}
		for _, format := range []Format{FormatText, FormatJSON, FormatCSV} {
			var b bytes.Buffer
			style := Style{Width: int(width)}
			err := errors.Join(ports.Write(&b, format, style), flows.Write(&b, format, style))
			if err != nil {
				t.Fatal(err)
			}
			checkText(t, "tables as "+string(format), b.Bytes())
		}
	})
}

// lineEnds matches the line breaks that a narrow terminal causes.
var lineEnds = regexp.MustCompile(`\n +`)

func renderAll(t *testing.T, f *analysis.Frame, width int) {
	for _, opt := range []LineOptions{
		{Style: Style{Width: width}, Dump: DumpBoth},
		{Style: Style{Width: width, Unicode: true}, Link: true, Verbose: 2, Dump: DumpText,
			Stamp: StampDelta},
		{NoNumber: true, NoNames: true, Verbose: 1, Dump: DumpHexAll, Nano: true},
	} {
		out := linesOf(t, opt, f)
		checkText(t, "line", out)
		unbroken := lineEnds.ReplaceAllLiteral(out, []byte{' '})
		if len(f.Transport) == 0 && !bytes.Contains(unbroken,
			[]byte("no ports: "+f.Packet.NoPorts.String())) {
			t.Fatalf("neither ports nor a reason: %s", out)
		}
	}
	var b bytes.Buffer
	if err := NewJSONWriter(&b).Packet(f); err != nil {
		t.Fatal(err)
	}
	var obj jsonPacket
	if err := json.Unmarshal(b.Bytes(), &obj); err != nil ||
		bytes.Count(b.Bytes(), []byte{'\n'}) != 1 {
		t.Fatalf("%v: %q", err, b.Bytes())
	}
	checkText(t, "JSON", b.Bytes())
	if obj.Time != nil {
		if at, err := time.Parse(time.RFC3339Nano, *obj.Time); err != nil || !at.Equal(f.Time) {
			t.Fatalf("time %s, want %v (%v)", *obj.Time, f.Time, err)
		}
	}
	if len(obj.Comments) != 1 || obj.Comments[0] != strings.ToValidUTF8(string(f.Comments[0]),
		"\ufffd") && utf8.ValidString(string(f.Comments[0])) {
		t.Fatalf("comments %q, want %q", obj.Comments, f.Comments)
	}
	if len(obj.Transport) != len(f.Packet.Ports) || len(obj.Layers) != len(f.Packet.Layers) {
		t.Fatalf("%d transports, %d layers: %s", len(obj.Transport), len(obj.Layers), b.Bytes())
	}
	b.Reset()
	w, err := NewCSVWriter(&b)
	if err != nil || w.Packet(f) != nil {
		t.Fatal("CSV was not written")
	}
	checkText(t, "CSV", b.Bytes())
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil || len(rows) != 1+max(1, len(f.Transport)) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
}
