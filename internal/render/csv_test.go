package render

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// csvRows returns a packet's rows, built as texts and written by encoding/csv.
func csvRows(t *testing.T, f *analysis.Frame) string {
	t.Helper()
	p, at, stop := f.Packet, "", ""
	if f.HasTime && inRange(f.Time) {
		at = f.Time.UTC().Format(timeLayout)
	}
	if p.Stop.Err != nil {
		stop = p.Stop.Error()
	}
	var layers []string
	for _, l := range p.Layers {
		layers = append(layers, l.ID.String())
	}
	head := []string{strconv.FormatInt(f.Number, 10), at, strconv.Itoa(f.Interface),
		p.Link.String(), strconv.Itoa(f.Len), strconv.Itoa(len(p.Data)), strings.Join(layers, ":")}
	tail := []string{p.NoPorts.String(), Summary(p), stop, f.InterfaceName}
	row := func(more []string, cells ...string) string {
		return csvLine(t, slices.Concat(head, cells, tail, more)...)
	}
	if len(f.Transport) == 0 {
		return row(headerCells(p, p.NetLayer(), nil), make([]string, transportColumns)...)
	}
	rows := ""
	for i := range f.Transport {
		x := &f.Transport[i]
		rows += row(headerCells(p, x.Net, tcpOf(p, x)), x.Proto.String(), address(x.SrcAddr),
			port(x.Src), x.SrcRange.String(), x.SrcService, address(x.DstAddr), port(x.Dst),
			x.DstRange.String(), x.DstService, x.Client,
			string(x.Evidence), strconv.Itoa(x.At), strconv.FormatBool(x.Quoted),
			strconv.FormatInt(x.InheritedFrom, 10), checksum(p, x), port(via(p, x.Layer)))
	}
	return rows
}

// headerCells returns the last columns of a row.
func headerCells(p *decode.Packet, net int, tcp *jsonTCP) []string {
	cells := make([]string, 7)
	ip := ipOf(p, net)
	if ip.TTL != nil {
		cells[0] = strconv.Itoa(int(*ip.TTL))
	}
	if ip.IPID != nil {
		cells[1] = strconv.Itoa(int(*ip.IPID))
	}
	if tcp == nil {
		return cells
	}
	var options []string
	for _, o := range tcp.Options {
		options = append(options, o.words())
	}
	copy(cells[2:], []string{tcp.Flags, fmt.Sprint(tcp.Seq), fmt.Sprint(tcp.Ack),
		fmt.Sprint(tcp.Window),
		strings.Join(options, "; ")})
	return cells
}

// words returns the option as it is written in CSV.
func (o jsonOption) words() string {
	switch {
	case o.Kind == 0:
		return "eol"
	case o.Kind == 1:
		return "nop"
	case o.MSS != nil:
		return fmt.Sprint("mss ", *o.MSS)
	case o.Shift != nil:
		return fmt.Sprint("wscale ", *o.Shift)
	case o.Kind == 4 && o.Data == "":
		return "sackOK"
	case o.Val != nil:
		return fmt.Sprint("TS val ", *o.Val, " ecr ", *o.Ecr)
	case o.Kind == 5 && o.Data == "":
		text := fmt.Sprint("sack ", len(o.Blocks))
		for _, b := range o.Blocks {
			text += fmt.Sprint(" ", b[0], ":", b[1])
		}
		return text
	}
	return strings.TrimSpace(fmt.Sprint("kind ", o.Kind, " ", o.Data))
}

// TestCSVAgainstEncodingCSV compares every packet's rows with encoding/csv's.
func TestCSVAgainstEncodingCSV(t *testing.T) {
	var got bytes.Buffer
	w, err := NewCSVWriter(&got)
	if err != nil || got.String() != csvLine(t, packetColumns()...) {
		t.Fatal(got.String(), err)
	}
	hold := func(name string, f *analysis.Frame) {
		got.Reset()
		if err := w.Packet(f); err != nil {
			t.Fatal(err)
		}
		if want := csvRows(t, f); got.String() != want {
			t.Errorf("%s, frame %d:\n%swant\n%s", name, f.Number, got.String(), want)
		}
	}
	capturedFrames(t, hold)
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 51514, 443, decode.FlagSYN), 7)
	f.Interface = -1
	for _, name := range []string{"", "=1", ` "a", b`, "-3", "-a", " -1", "\\.", "a b", "\x7f",
		"ü"} {
		f.InterfaceName = name
		hold(name, f)
	}
	f.HasTime, f.Time = true, time.Unix(1_795_402_000, 5).In(time.FixedZone("east", 2*60*60))
	hold("another zone", f)
	f.HasTime = false
	hold("no time", f)
}

func BenchmarkCSV(b *testing.B) {
	f := frameOf(tcpPacket("192.0.2.10", "198.51.100.7", 51514, 443, decode.FlagSYN), 7)
	w, err := NewCSVWriter(io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Packet(f); err != nil {
			b.Fatal(err)
		}
	}
}
