package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// filterFlags holds the flags that select packets.
type filterFlags struct {
	added bool   // true if the command has these flags
	skip  int    // number of arguments before the filter
	text  string // the filter of a command that takes it as a flag
	file  string
	where string
	flow  uint64 // 0 for all
	// countAll is true if the command applies flow itself and counts all packets.
	countAll bool
	dump     int
	resolve  bool
	verbose  *int // number of -v flags; nil if the command has no -v
}

// add adds the flags of commands that read packets and take a filter.
func (f *filterFlags) add(cmd *cobra.Command) {
	f.added = true
	fs := cmd.Flags()
	fs.StringVarP(&f.file, "filter-file", "F", "", "read the filter from `FILE`, - for stdin")
	fs.StringVar(&f.where, "where", "", "keep packets for which `EXPR` is true")
	fs.Uint64Var(&f.flow, "flow", 0, "keep flow number `N`, as in \"portsniff flows\"")
	fs.BoolVar(&f.resolve, "resolve", false, "look up names in the filter (sends DNS queries)")
	fs.CountVarP(&f.dump, "dump-filter", "d", "print the compiled filter; -dd: as C, -ddd: numbers")
}

// packetFilter returns the filter of the flags and arguments, nil if there is none.
func (in *input) packetFilter(cmd *cobra.Command) (*selection.PacketFilter, error) {
	if !in.filter.added {
		return nil, nil
	}
	words, err := in.captureFilter(cmd)
	if err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("flow") && in.filter.flow == 0 {
		return nil, cli.Wrongf("--flow 0: flows count from 1")
	}
	opt := selection.Options{Capture: words, Memory: in.tableMemory(),
		NoProcesses: in.live.noProcesses(),
		CountMissed: in.filter.verbose != nil && *in.filter.verbose > 0}
	if cmd.Flags().Changed("where") {
		opt.Where = &in.filter.where
	}
	if !in.filter.countAll {
		opt.Flow = in.filter.flow
	}
	return selection.New(opt)
}

// captureFilter returns the filter of the arguments or of -F, nil if there is none.
func (in *input) captureFilter(cmd *cobra.Command) (*selection.CaptureFilter, error) {
	f := &in.filter
	words := cmd.Flags().Args()[f.skip:]
	expr := cmp.Or(f.text, strings.Join(words, " "))
	switch {
	case f.file == "":
	case f.file == "-" && slices.Contains(in.files, "-"):
		return nil, cli.Wrongf("-F - and -r -: only one can read standard input")
	case len(words) > 0:
		return nil, cli.Wrongf("-F FILE and a filter in words: use only one of them")
	default:
		var err error
		if expr, err = selection.ReadFilter(f.file, cmd.InOrStdin()); err != nil {
			return nil, err
		}
	}
	if expr == "" && f.dump == 0 {
		return nil, nil
	}
	var names *selection.Resolver
	if f.resolve {
		names = selection.SystemResolver()
	}
	filter, err := selection.ParseCaptureFilter(cmd.Context(), expr, names)
	if err != nil {
		return nil, cli.Wrong(addHints(cmd, words, err))
	}
	return filter, nil
}

// fileName matches words that look like the name of a capture file.
var fileName = regexp.MustCompile(`\.(pcap|pcapng|cap|dmp)(\.\w+)?$`)

// addHints adds a hint to an error in a filter: the first word is a file, or the only word looks
// like a command.
func addHints(cmd *cobra.Command, words []string, err error) error {
	if len(words) > 0 {
		if info, e := os.Stat(words[0]); e == nil && !info.IsDir() {
			err = cli.Hinted(err, "to read that file: -r "+words[0])
		} else if e != nil && fileName.MatchString(words[0]) {
			err = cli.Hinted(err, "to read a capture: -r FILE (there is no such file here)")
		}
	}
	if len(words) == 1 {
		if near := cmd.SuggestionsFor(words[0]); len(near) > 0 {
			err = cli.Hinted(err, "or did you mean the command "+near[0]+"?")
		}
	}
	return err
}

// dumpFilter prints the compiled filter. With -i it prints what the kernel runs. Otherwise it uses
// the link type of the input's first packet, or Ethernet if there is no packet.
func dumpFilter(cmd *cobra.Command, in *input) error {
	f, err := in.captureFilter(cmd)
	if err != nil {
		return err
	}
	link, err := in.firstLink(cmd)
	if err != nil {
		return err
	}
	p, err := f.Compile(link, uint32(in.live.snapLen), selection.KernelFilters &&
		in.live.iface != "")
	if err != nil {
		return err
	}
	listing := filter.Listing(min(in.filter.dump, int(filter.Decimal)))
	if err := p.Dump(cmd.OutOrStdout(), listing); err != nil {
		return &outputError{Err: err}
	}
	return nil
}

// firstLink returns the link type of the input's first frame, Ethernet if there is none.
func (in *input) firstLink(cmd *cobra.Command) (link linktype.Type, err error) {
	link = linktype.Ethernet
	if in.live.iface != "" {
		d, err := live.FindDevice(in.live.iface)
		return d.Link, err
	}
	if in.demo == "" && len(in.files) == 0 {
		return link, nil
	}
	src, err := in.open(cmd)
	if err != nil {
		return link, err
	}
	if err := in.confine(cmd, nil); err != nil {
		return link, errors.Join(err, src.Close())
	}
	var p capture.Packet
	switch err = src.Next(&p); err {
	case nil:
		link = p.Link
	case io.EOF:
		err = nil
	}
	return link, errors.Join(err, src.Close())
}

// filterWords accepts the words of a filter. If no flag names an input, the first word may be a
// mistyped command or a file name without -r.
func filterWords(cmd *cobra.Command, args []string) error {
	for _, flag := range []string{"read", "demo", "interface", "dump-filter"} {
		if cmd.Flags().Changed(flag) {
			return nil
		}
	}
	if len(args) == 0 {
		return nil
	}
	ethernet := filter.Options{Link: linktype.Ethernet}
	if _, err := filter.Compile(strings.Join(args, " "), ethernet); err == nil {
		return nil // a valid filter: the input is missing, the command is not mistyped
	}
	if info, err := os.Stat(args[0]); err == nil && !info.IsDir() ||
		len(cmd.SuggestionsFor(args[0])) > 0 {
		return cli.NoWords(cmd, args)
	}
	return nil
}
