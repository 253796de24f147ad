package render

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// packetColumns are the names of a packet's CSV columns: JSON's keys, with one row for each transport header.
func packetColumns() []string {
	return []string{"frame", "time", "interface", "link", "len", "caplen", "layers", "proto", "src", "src_port", "src_range", "src_service",
		"dst", "dst_port", "dst_range", "dst_service", "client", "client_evidence", "offset", "quoted", "inherited_from", "checksum", "via", "no_ports", "what", "stop", "interface_name"}
}

// transportColumns is how many of them tell of a transport header.
const transportColumns = 16

// A CSVWriter writes packets as CSV (RFC 4180) under a header line: one row for each transport header, and one for a packet without any.
// Cells that a spreadsheet would take for a formula begin with an apostrophe.
type CSVWriter struct {
	w   *csv.Writer
	row []string
}

// NewCSVWriter writes the header line to w.
func NewCSVWriter(w io.Writer) (*CSVWriter, error) {
	c := &CSVWriter{w: csv.NewWriter(w)}
	return c, c.w.Write(packetColumns())
}

// Packet writes one packet's rows. Flush must follow sooner or later.
func (c *CSVWriter) Packet(f *Frame) error {
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
	head := []string{strconv.FormatInt(f.Number, 10), at, strconv.Itoa(f.Interface), p.Link.String(), strconv.Itoa(f.Len), strconv.Itoa(len(p.Data)),
		strings.Join(layers, ":")}
	tail := []string{p.NoPorts.String(), what(p), stop, f.InterfaceName}
	if len(f.Transport) == 0 {
		return c.write(head, make([]string, transportColumns), tail)
	}
	for i := range f.Transport {
		t := &f.Transport[i]
		if err := c.write(head, []string{t.Proto.String(), address(t.SrcAddr), port(t.Src), t.SrcRange.String(), t.SrcService,
			address(t.DstAddr), port(t.Dst), t.DstRange.String(), t.DstService, t.Client, string(t.Evidence), strconv.Itoa(t.At),
			strconv.FormatBool(t.Quoted), strconv.FormatInt(t.InheritedFrom, 10), checksum(p, t), port(via(p, t.Layer))}, tail); err != nil {
			return err
		}
	}
	return nil
}

func (c *CSVWriter) write(parts ...[]string) error {
	c.row = c.row[:0]
	for _, cells := range parts {
		for _, cell := range cells {
			c.row = append(c.row, defuse(cell))
		}
	}
	return c.w.Write(c.row)
}

// Flush writes what is buffered, and gives the first error of all writes.
func (c *CSVWriter) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

func port(n uint16) string { return strconv.Itoa(int(n)) }
