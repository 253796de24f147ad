package main

import (
	"bufio"
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
)

// packetFlags holds the flags for the content of packet lines, with tcpdump's letters.
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
	fs.CountVarP(&f.stamp, "time", "t", "time format as in tcpdump: -t (none) to -ttttt")
	fs.BoolVar(&f.nano, "nano", false, "show nanoseconds")
	fs.BoolVarP(&f.noNames, "no-names", "n", false, "show numbers only, no service names")
	fs.BoolVarP(&f.number, "number", "#", true, "number the packets")
	addCommunityID(fs, &f.communityID)
	fs.BoolVarP(&f.flush, "line-buffered", "l", false, "write each packet at once")
}

// options converts the flags to options of the renderer.
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

// showPackets runs the root command: a line for each packet, then the table per port.
func showPackets(cmd *cobra.Command, in *input, show *packetFlags) (err error) {
	if show.quiet {
		c := pipeline.NewFlows(flow.Options{Memory: in.tableMemory(), Hosts: true})
		return showCounts(cmd, in, c, func(h *analysis.ProcessTable) table {
			return render.WidePorts(c.Table, h)
		})
	}
	if in.filter.dump > 0 {
		return dumpFilter(cmd, in)
	}
	tty := term.Is(cmd.OutOrStdout())
	p, err := in.start(cmd, !tty)
	if err != nil {
		return err
	}
	defer cli.Close(p, &err)
	if show.verbose > 0 {
		p.Analyzer.Sequences = analysis.NewSequences()
	}
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return err
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	v := newView(out, cmd, in, show)
	v.Flush = show.flush || tty
	p.OnIdle = out.Flush
	err = p.Show(v.View)
	if err != nil && p.Packets() == 0 {
		return err // nothing to show
	}
	p.SettleProcesses()
	if err = cli.Finish(err, func() error { return v.End(p) }, out.Flush); err == nil {
		suggestExplain(cmd, in, v.Number)
	}
	return err
}

// outputSize is the size of the output buffer, in bytes.
const outputSize = 64 << 10

// newView returns a view that writes packets in the format of the flags.
func newView(out *bufio.Writer, cmd *cobra.Command, in *input,
	show *packetFlags) *pipeline.PacketView {
	lines, legend := show.options(in.lineStyle(cmd)), ""
	if term.Is(cmd.OutOrStdout()) {
		legend = render.Legend(lines.Style)
	}
	return pipeline.NewPacketView(out, render.Format(in.format), lines, show.communityID,
		in.style(cmd.OutOrStdout()), legend)
}
