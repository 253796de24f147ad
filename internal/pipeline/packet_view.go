package pipeline

import (
	"bufio"
	"io"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/render"
)

// A PacketView writes packets in one format. In the text format, a table of ports follows.
type PacketView struct {
	View
	format render.Format
	style  render.Style // of the table
	legend string       // text before the first packet
	Number int64        // number of the first packet

	dated       bool      // lines contain the time of day
	first, last time.Time // the earliest and the latest time
}

// NewPacketView returns a PacketView that writes to out as JSON, CSV, or lines of text. ids adds
// Community IDs to JSON and CSV. style is the style of the table. legend comes before the first
// line.
func NewPacketView(out *bufio.Writer, format render.Format, lines render.LineOptions, ids bool,
	style render.Style, legend string) *PacketView {
	v := &PacketView{format: format, style: style}
	v.Out, v.Observe = out, v.observe
	switch format {
	case render.FormatJSON:
		v.New = func(w io.Writer) (func(*analysis.Frame) error, error) {
			j := render.NewJSONWriter(w)
			j.CommunityID = ids
			return j.Packet, nil
		}
	case render.FormatCSV:
		v.New = func(w io.Writer) (func(*analysis.Frame) error, error) {
			create := render.NewCSVWriter
			if ids {
				create = render.NewCSVWriterWithIDs
			}
			c, err := create(w)
			return c.Packet, err
		}
	default:
		v.legend = legend
		v.dated = lines.Stamp == render.StampClock || lines.Stamp == render.StampDate
		v.Ordered = lines.Ordered()
		v.New = func(w io.Writer) (func(*analysis.Frame) error, error) {
			l := render.NewLineWriter(lines)
			return func(f *analysis.Frame) error { return l.Packet(w, f) }, nil
		}
	}
	return v
}

// observe writes the legend before the first packet. It records the earliest and the latest time.
func (v *PacketView) observe(f *analysis.Frame) {
	if v.Number == 0 {
		v.Number = f.Number
		_, _ = v.Out.WriteString(v.legend) // the next write returns the same error
	}
	if !v.dated || !f.HasTime {
		return
	}
	if v.first.IsZero() || f.Time.Before(v.first) {
		v.first = f.Time
	}
	if v.last.IsZero() || f.Time.After(v.last) {
		v.last = f.Time
	}
}

// Each returns a function that writes one packet. It flushes after each packet if flush is set.
func (v *PacketView) Each(flush bool) (func(*analysis.Frame) error, error) {
	write, err := v.New(v.Out)
	return func(f *analysis.Frame) error {
		v.observe(f)
		if err := write(f); err != nil || !flush {
			return err
		}
		return v.Out.Flush()
	}, err
}

// End writes the output that follows the packets.
func (v *PacketView) End(p *Pipeline) error {
	switch v.format {
	case render.FormatJSON:
		return p.WriteCaptureEnd(v.Out)
	case render.FormatCSV:
		return nil
	}
	flows := p.Analyzer.Flows
	if flows.Total.Packets > 0 {
		if err := v.Out.WriteByte('\n'); err != nil {
			return err
		}
	}
	ports := render.WidePorts(flows, p.Processes)
	if err := ports.Write(v.Out, render.FormatText, v.style); err != nil {
		return err
	}
	if v.first.IsZero() {
		return nil
	}
	_, err := v.Out.WriteString(render.Zone(v.first, v.last))
	return err
}
