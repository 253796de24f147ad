package corpustest_test

import (
	"bytes"
	"errors"
	"io"
	"runtime/metrics"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
)

// A reading is the result of one hostile file in all steps: capture, decode, flow, render.
type reading struct {
	packets int64
	ports   uint64   // transport headers of the packets themselves or inherited, not quoted
	without uint64   // packets with a reason for no ports
	json    [][]byte // a line for each packet
	offset  int64    // bytes read
	format  string
	err     error // nil at a regular end
}

// Limits for one file. Both are far above the measured values, and far below the cost of a false
// claim that the program believes.
const (
	fileTime   = 20 * time.Second // on a busy machine
	fileMemory = 32 << 20         // bytes, including garbage, for tables and buffers
	// bytes for each byte of the file: the longest views of a packet of no bytes
	fileMemoryTimes = 2000
)

// views are the program's formats for packets and tables.
type views struct {
	line *render.LineWriter
	json *render.JSONWriter
	csv  *render.CSVWriter

	text, objects, cells bytes.Buffer
}

func newViews(t testing.TB) *views {
	v := &views{line: render.NewLineWriter(render.LineOptions{Link: true, Verbose: 2,
		Dump: render.DumpBothAll})}
	v.json = render.NewJSONWriter(&v.objects)
	var err error
	if v.csv, err = render.NewCSVWriterWithIDs(&v.cells); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *views) packet(f *analysis.Frame) error {
	return errors.Join(v.line.Packet(&v.text, f), v.json.Packet(f), v.csv.Packet(f))
}

// tables writes each table in each format.
func (v *views) tables(t *flow.Table) error {
	ports, flows := &render.PortView{Ports: t.Ports(), Totals: t.Totals, Evicted: t.Evicted,
		Flows: true, Hosts: true}, &render.FlowView{Table: t}
	var errs []error
	for _, f := range []render.Format{render.FormatText, render.FormatJSON, render.FormatCSV} {
		style := render.Style{Width: 80}
		errs = append(errs, ports.Write(&v.text, f, style), flows.Write(&v.text, f, style))
	}
	return errors.Join(errs...)
}

// readHostile processes a file in all steps as the program does, but a panic ends the test. It
// checks what must be true for every file: limited time and memory, counters that add up, an error
// that is a FormatError, and no control byte in any view.
func readHostile(t *testing.T, data []byte) (r reading) {
	t.Helper()
	began, before := time.Now(), allocated()
	table := flow.NewTable(flow.Options{Hosts: true})
	v := newViews(t)
	r = readFile(t, data, table, v)
	if err := v.tables(table); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > fileTime {
		t.Errorf("%d bytes took %s", len(data), took)
	}
	if used, limit := allocated()-before, uint64(fileMemory+
		fileMemoryTimes*len(data)); used > limit {
		t.Errorf("%d bytes took %d bytes of memory, more than %d", len(data), used, limit)
	}
	addUp(t, table, &r)
	for what, out := range map[string][]byte{"text and tables": v.text.Bytes(),
		"JSON": v.objects.Bytes(), "CSV": v.cells.Bytes()} {
		if at := unprintable(out); at >= 0 {
			t.Errorf("%s: %q", what, out[max(0, at-40):min(len(out), at+40)])
		}
		// fmt recovers from panics of String methods, and prints them
		if bytes.Contains(out, []byte("PANIC=")) {
			t.Errorf("%s: a String method panicked: %s", what, out)
		}
	}
	r.json = bytes.Split(bytes.TrimSuffix(v.objects.Bytes(), []byte("\n")), []byte("\n"))
	if shown := int64(bytes.Count(v.objects.Bytes(), []byte("\n"))); shown != r.packets {
		t.Errorf("%d packets read, %d shown", r.packets, shown)
	}
	return r
}

// readFile reads the file's packets into the table and the views. The reader knows the size, as for
// a file.
func readFile(t *testing.T, data []byte, table *flow.Table, v *views) (r reading) {
	t.Helper()
	const name = "hostile.pcap"
	raw, err := fstest.MapFS{name: {Data: data}}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(raw, name, pcapfile.Options{})
	if err != nil {
		formatError(t, err)
		return reading{err: err}
	}
	var read capture.Packet
	packet, fragments := decode.Packet{}, decode.NewFragments(0)
	frame := analysis.Frame{Packet: &packet}
	for {
		if err = src.Next(&read); err != nil {
			break
		}
		packet.Decode(read.Link, read.Data, read.Length)
		fragments.Observe(&packet, read.Number, read.Timestamp)
		frame.Number, frame.Time, frame.HasTime, frame.Interface = read.Number, read.Timestamp,
			read.HasTime, read.InterfaceIndex
		frame.Len, frame.Comments = read.Length, read.Comments
		rec := read.Record()
		frame.Annotate(table.Add(&packet, rec.Length, rec.Nanos, read.Number))
		if err := v.packet(&frame); err != nil {
			t.Fatal(err)
		}
		r.count(&packet)
	}
	r.packets, r.offset, r.format = src.Packets(), src.Offset(), src.Format()
	if err != io.EOF {
		r.err = err
		formatError(t, err)
	}
	return r
}

// count counts a packet in the way that the tables should.
func (r *reading) count(p *decode.Packet) {
	if p.NoPorts != decode.HasPorts {
		r.without++
	}
	for _, q := range p.Ports {
		if !q.Quoted {
			r.ports++
		}
	}
}

// formatError checks that an error contains the file, the problem and the position. An error about
// the whole file has no position.
func formatError(t *testing.T, err error) {
	t.Helper()
	var fe *pcapfile.FormatError
	if !errors.As(err, &fe) || fe.File == "" || fe.Op == "" || fe.Detail == "" ||
		fe.Offset > 0 && !strings.Contains(err.Error(), "at byte") {
		t.Errorf("the error is incomplete: %v", err)
	}
}

// addUp checks that each packet is counted. Each transport header counts for its flow and a port,
// and a packet without ports for a reason.
func addUp(t *testing.T, table *flow.Table, r *reading) {
	t.Helper()
	without, inFlows, atPorts := uint64(0), uint64(0), uint64(0)
	for _, c := range table.NoPorts {
		without += c.Packets
	}
	for f := range table.Flows() {
		inFlows += f.Total().Packets
	}
	for _, p := range table.Ports() {
		atPorts += p.Total().Packets
	}
	if table.Total.Packets != uint64(r.packets) || without != r.without || inFlows != r.ports ||
		atPorts != r.ports || table.Evicted.Flows != 0 {
		t.Errorf("%+v: counted are %d packets, %d of them without ports; flows have %d and "+
			"ports %d", r, table.Total.Packets, without, inFlows, atPorts)
	}
}

// unprintable returns the position of the first character that a terminal may interpret, -1 if
// there is none. Newlines are allowed, and so is a tab at the start of a dump's line.
func unprintable(out []byte) int {
	for i := 0; i < len(out); {
		if c := out[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			return i
		}
		i += n
	}
	return -1
}

// allocated returns the number of bytes of heap allocated since the start of the program.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
