package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/hexdump"
	"github.com/portsniff/portsniff/internal/outfile"
)

// Formats of explain only.
const (
	formatSVG     = "svg"
	formatMermaid = "mermaid"
)

// explainFlags holds the flags that select packets and how they are explained.
type explainFlags struct {
	frames, as, compare, header, dir string
	first                            int64 // number of the first of the two frames of --compare
	maker                            outfile.Maker
	plain                            bool
	verbose                          int
	maxPackets                       int      // 0 for the default of captures or pasted text
	maxBytes                         cli.Size // the most bytes of pasted text
}

func newExplain() *cobra.Command {
	in := input{formats: []string{formatText, formatJSON, formatSVG, formatMermaid}}
	var f explainFlags
	cmd := &cobra.Command{
		Use:   "explain -r FILE [-f FRAMES] [FILTER] | HEX ...",
		Short: "Draw one packet's headers and show where its ports are",
		Long: `explain draws the headers of a packet with their values, 32 bits per row, and
marks the ports. Packets come from a capture or from pasted bytes: the output of
tcpdump -xx, Wireshark, xxd, od, hexdump and others.`,
		Example: `  portsniff explain --demo https
  portsniff explain -r capture.pcap -f 3,7-9
  portsniff explain -r capture.pcap udp port 53
  portsniff explain --demo udp-closed -f 2 -v
  tcpdump -xx -r capture.pcap | portsniff explain
  portsniff explain --as tcp c93a 01bb 5a1b3c4d 00000000 5002faf0 674e0000
  portsniff explain --demo http --compare 1 2
  portsniff explain --demo vxlan --format svg > headers.svg`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if args, err = f.check(cmd, &in, args); err != nil {
				return err
			}
			if in.filter.dump > 0 {
				return dumpFilter(cmd, &in)
			}
			if err := f.prepare(cmd, &in); err != nil {
				return err
			}
			defer func() { err = errors.Join(err, f.maker.Close()) }()
			d := f.drawer(cmd, &in)
			steps, err := d.End(f.find(cmd, &in, args, d.Draw))
			return cli.Finish(err, steps...)
		},
	}
	in.addReading(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.frames, "frame", "f", "", "explain `FRAMES`, such as 3 or 3,7-9")
	fs.StringVar(&f.compare, "compare", "", "compare two frames: --compare `N` M")
	fs.StringVar(&f.as, "as", "", "pasted bytes begin with `HEADER`, such as ip")
	fs.StringVar(&f.header, "header", "", "svg, mermaid: only headers named `NAME`")
	fs.StringVarP(&f.dir, "output", "o", "", "svg: write one file per header to `DIR`")
	fs.BoolVar(&f.plain, "plain", false, "sentences only, for screen readers")
	fs.CountVarP(&f.verbose, "verbose", "v", "explain each field; -vv: and all bytes")
	fs.IntVar(&f.maxPackets, "max-packets", 0, "explain at most `N` packets [1000; pasted: 100000]")
	f.maxBytes = defaultText
	fs.Var(&f.maxBytes, "max-bytes", "read pasted text up to `SIZE`")
	complete(cmd, "as", "eth", "ip", "ipv4", "ipv6", "tcp", "udp", "udplite", "sctp", "dccp",
		"icmp", "icmpv6", "arp")
	return cmd
}

// check returns an error for flags that do not go together. It takes the second frame of --compare
// from args and returns the remaining arguments.
func (f *explainFlags) check(cmd *cobra.Command, in *input, args []string) ([]string, error) {
	if err := in.check(cmd); err != nil {
		return nil, err
	}
	switch {
	case f.dir != "" && in.format != formatSVG:
		return nil, cli.Wrongf("-o is for --format svg")
	case f.plain && in.format != formatText:
		return nil, cli.Wrongf("--plain is for --format text")
	case f.header != "" && in.format != formatSVG && in.format != formatMermaid:
		return nil, cli.Wrongf("--header is for --format svg and mermaid")
	case cmd.Flags().Changed("max-packets") && f.maxPackets < 1:
		return nil, cli.Wrongf("--max-packets must be at least 1")
	case f.maxBytes > hexdump.MaxText:
		return nil, cli.Wrongf("--max-bytes must be at most 64M")
	case f.compare == "":
		return args, nil
	case in.format != formatText:
		return nil, cli.Wrongf("--compare is for --format text")
	case f.frames != "":
		return nil, cli.Wrongf("--compare and --frame: use only one of them")
	case !strings.Contains(f.compare, ",") && len(args) > 0:
		f.compare, args, in.filter.skip = f.compare+","+args[0], args[1:], 1
	}
	if len(args) > 0 || in.filter.file != "" || cmd.Flags().Changed("where") {
		return nil, cli.Wrongf("--compare names its frames, and takes no filter")
	}
	first, second, ok := strings.Cut(f.compare, ",")
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(second, 10, 64)
	if !ok || errA != nil || errB != nil || a < 1 || b < 1 {
		return nil, cli.Wrongf("--compare needs the numbers of two frames, as in --compare 1 2")
	}
	f.first, f.frames = a, f.compare
	return args, nil
}

// drawingNames matches the names of the files in the folder of -o.
var drawingNames = regexp.MustCompile(`^frame[0-9]+-[0-9]+-[^/]+\.svg$`)

// prepare creates the folder of -o and the Maker of its files. It runs before the sandbox closes.
func (f *explainFlags) prepare(cmd *cobra.Command, in *input) (err error) {
	f.maker = outfile.Local{}
	if f.dir == "" {
		return nil
	}
	if err := os.MkdirAll(f.dir, 0o777); err != nil {
		return err
	}
	f.maker, err = in.maker(cmd, f.dir, drawingNames)
	return err
}

// drawer returns a Drawer with the options of the flags.
func (f *explainFlags) drawer(cmd *cobra.Command, in *input) *explain.Drawer {
	d := &explain.Drawer{Format: explain.Format(in.format), Header: f.header,
		Options: explain.Options{Style: in.style(cmd.OutOrStdout()), Plain: f.plain,
			Verbose: f.verbose},
		Compare: f.compare != "", First: f.first}
	if f.dir != "" {
		d.File = func(name string, data []byte) error {
			return outfile.WriteFile(f.maker, filepath.Join(f.dir, name), data)
		}
	}
	d.Begin(bufio.NewWriterSize(cmd.OutOrStdout(), outputSize))
	return d
}

// find calls draw with each packet to explain. Packets come from the arguments, a pipe or a
// capture.
func (f *explainFlags) find(cmd *cobra.Command, in *input, args []string,
	draw func(*explain.Subject) error) error {
	captured := in.demo != "" || len(in.files) > 0 || in.live.iface != ""
	pasted := len(args) > 0 && strings.Join(args, " ") != "-"
	switch {
	case captured && isBytes(args):
		return cli.Wrongf("bytes (%q) or a capture: use only one of them", args[0])
	case !captured && (in.filter.file != "" || cmd.Flags().Changed("where")):
		return cli.Wrongf("filters are for captures: give -r FILE, -i INTERFACE or --demo NAME")
	case captured && f.as != "":
		return cli.Wrongf(
			"--as works only with hexadecimal bytes: a capture file names its link type")
	case captured && cmd.Flags().Changed("max-bytes"):
		return cli.Wrongf("--max-bytes is for pasted text")
	case captured:
		return f.fromCapture(cmd, in, draw)
	case pasted:
		if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
			return cli.Wrongf("%q is a file; to read it: %s -r %s", args[0], cmd.CommandPath(),
				args[0])
		}
		return f.fromText(cmd, in, strings.Join(args, " "), draw)
	}
	if typed, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(typed.Fd())) {
		return cli.Wrongf("explain what? Give -r FILE, --demo NAME or hexadecimal bytes")
	}
	text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), int64(f.maxBytes)+1))
	if err != nil {
		return fmt.Errorf("reading standard input: %w", err)
	}
	if !hexdump.IsText(text) {
		return cli.Wrongf("standard input is not text; to read a capture from it: -r -")
	}
	return f.fromText(cmd, in, string(text), draw)
}

// fromText calls draw with each packet in hexadecimal text.
func (f *explainFlags) fromText(cmd *cobra.Command, in *input, text string,
	draw func(*explain.Subject) error) error {
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	if len(text) > int(f.maxBytes) {
		return cli.Wrongf("the text is longer than %s; --max-bytes SIZE reads more",
			f.maxBytes.String())
	}
	p := explain.Pasted{As: f.as, Frames: f.frames, Most: f.maxOr(defaultPasted)}
	return p.Each(text, func(s *explain.Subject) error {
		err := draw(s)
		if err != nil && !errors.Is(err, explain.ErrFull) {
			err = &outputError{Err: err}
		}
		return err
	})
}

// isBytes reports whether the words are hexadecimal bytes instead of a filter.
func isBytes(words []string) bool {
	expr := strings.Join(words, " ")
	if expr == "" || filter.Check(expr) == nil {
		return false
	}
	_, err := hexdump.Parse(expr)
	return err == nil
}
