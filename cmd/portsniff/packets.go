package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
)

// packetFlags say what the lines of packets say, in tcpdump's letters.
type packetFlags struct {
	quiet, link, noNames, number, flush, nano bool
	verbose, stamp, hex, both, text           int
	communityID                               bool
}

func (f *packetFlags) add(fs *pflag.FlagSet) {
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "show the table only, no packets")
	fs.CountVarP(&f.verbose, "verbose", "v", "show each header; -vv: each field")
	fs.BoolVarP(&f.link, "link", "e", false, "show the link header")
	fs.CountVarP(&f.hex, "hex", "x", "dump bytes; -xx: with the link header")
	fs.CountVarP(&f.both, "hex-text", "X", "dump bytes and text; -XX: with link header")
	fs.CountVarP(&f.text, "ascii", "A", "dump text; -AA: with the link header")
	fs.CountVarP(&f.stamp, "time", "t", "time format, -t none to -ttttt as tcpdump's")
	fs.BoolVar(&f.nano, "nano", false, "show nanoseconds")
	fs.BoolVarP(&f.noNames, "no-names", "n", false, "show numbers only, no service names")
	fs.BoolVarP(&f.number, "number", "#", true, "number the packets")
	addCommunityID(fs, &f.communityID)
	fs.BoolVarP(&f.flush, "line-buffered", "l", false, "write each packet at once")
}

// options puts the flags in the renderer's words.
func (f *packetFlags) options(style render.Style) render.LineOptions {
	opt := render.LineOptions{Style: style, Stamp: render.Stamp(min(f.stamp,
		int(render.StampSince))), Nano: f.nano,
		NoNumber: !f.number, NoNames: f.noNames, Link: f.link, Verbose: f.verbose}
	for _, d := range []struct {
		times     int
		some, all render.Dump
	}{{f.hex, render.DumpHex, render.DumpHexAll}, {f.both, render.DumpBoth, render.DumpBothAll},
		{f.text, render.DumpText, render.DumpTextAll}} {
		switch {
		case d.times == 1:
			opt.Dump = d.some
		case d.times > 1:
			opt.Dump = d.all
		}
	}
	return opt
}

// showPackets is what the root command does: a line for each packet, then the table per port.
func showPackets(cmd *cobra.Command, in *input, show *packetFlags) (err error) {
	if show.quiet {
		t := newFlowTally(flow.Options{Memory: in.tableMemory(), Hosts: true})
		return showTally(cmd, in, t, func(h *analysis.ProcessTable) table {
			return widePorts(
				t.table, h)
		})
	}
	if in.filter.dump > 0 {
		return dumpFilter(cmd, in)
	}
	tty := term.Is(cmd.OutOrStdout())
	s, err := newSession(cmd, in, !tty)
	if err != nil {
		return err
	}
	defer closing(s, &err)
	if show.verbose > 0 {
		s.analyzer.Sequences = analysis.NewSequences()
	}
	if err := s.watchOwners(cmd, in); err != nil {
		return err
	}
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	p, err := newPrinter(out, cmd, in, show)
	if err != nil {
		return &outputError{err}
	}
	flush := show.flush || tty
	s.idle = p.flush
	first := int64(0) // the number of the first packet that is shown
	err = s.each(func(f *analysis.Frame) error {
		first = cmp.Or(first, f.Number)
		if err := p.packet(f); err != nil {
			return err
		}
		if flush {
			return p.flush()
		}
		return nil
	})
	if err != nil && s.packets() == 0 {
		return err // there is nothing to show
	}
	s.settleOwners()
	err = finish(err, func() error { return p.end(s.analyzer.Flows, s.processes) },
		func() error { return s.endJSON(out, in.format) }, p.flush)
	if err == nil {
		suggestExplain(cmd, in, first)
	}
	return err
}

// outputSize is how much output is gathered before it is written, in bytes.
const outputSize = 64 << 10

// finish ends the output, whatever the input ended with, and joins both errors.
func finish(err error, steps ...func() error) error {
	var out *outputError
	if errors.As(err, &out) {
		return err
	}
	for _, step := range steps {
		if e := step(); e != nil {
			return errors.Join(err, &outputError{e})
		}
	}
	return err
}

// closing closes a session and adds its error to err.
func closing(s *session, err *error) {
	if e := s.close(); e != nil {
		*err = errors.Join(*err, e)
	}
}

// A printer writes packets, then the table, in one format.
type printer interface {
	packet(*analysis.Frame) error
	end(*flow.Table, *analysis.ProcessTable) error
	flush() error
}

func newPrinter(out *bufio.Writer, cmd *cobra.Command, in *input, show *packetFlags) (printer,
	error) {
	switch in.format {
	case formatJSON:
		w := render.NewJSONWriter(out)
		w.CommunityID = show.communityID
		return &jsonPrinter{out, w}, nil
	case formatCSV:
		create := render.NewCSVWriter
		if show.communityID {
			create = render.NewCSVWriterWithIDs
		}
		w, err := create(out)
		return &csvPrinter{out, w}, err
	}
	opt := show.options(in.lineStyle(cmd))
	p := &textPrinter{Writer: out, lines: render.NewLineWriter(opt),
		style: in.style(cmd.OutOrStdout()),
		dated: opt.Stamp == render.StampClock || opt.Stamp == render.StampDate}
	if term.Is(cmd.OutOrStdout()) {
		p.legend = render.Legend(opt.Style)
	}
	return p, nil
}

type textPrinter struct {
	*bufio.Writer
	lines  *render.LineWriter
	style  render.Style // of the table
	legend string       // what comes before the first packet

	dated       bool      // lines have the time of day
	first, last time.Time // the earliest and the latest
}

func (p *textPrinter) packet(f *analysis.Frame) error {
	if p.dated && f.HasTime {
		if p.first.IsZero() || f.Time.Before(p.first) {
			p.first = f.Time
		}
		if p.last.IsZero() || f.Time.After(p.last) {
			p.last = f.Time
		}
	}
	if p.legend != "" {
		if _, err := p.WriteString(p.legend); err != nil {
			return err
		}
		p.legend = ""
	}
	return p.lines.Packet(p, f)
}

func (p *textPrinter) end(t *flow.Table, h *analysis.ProcessTable) error {
	if t.Total.Packets > 0 {
		if _, err := fmt.Fprintln(p); err != nil {
			return err
		}
	}
	err := widePorts(t, h).Write(p, render.FormatText, p.style)
	if err != nil || p.first.IsZero() {
		return err
	}
	_, err = p.WriteString(render.Zone(p.first, p.last))
	return err
}

func (p *textPrinter) flush() error { return p.Flush() }

type jsonPrinter struct {
	out io.Writer
	w   *render.JSONWriter
}

func (p *jsonPrinter) packet(f *analysis.Frame) error { return p.w.Packet(f) }

// one object a packet, and no other
func (p *jsonPrinter) end(*flow.Table, *analysis.ProcessTable) error { return nil }
func (p *jsonPrinter) flush() error {
	return p.out.(*bufio.Writer).Flush()
}

type csvPrinter struct {
	out *bufio.Writer
	w   *render.CSVWriter
}

func (p *csvPrinter) packet(f *analysis.Frame) error                { return p.w.Packet(f) }
func (p *csvPrinter) end(*flow.Table, *analysis.ProcessTable) error { return nil }
func (p *csvPrinter) flush() error                                  { return p.out.Flush() }
