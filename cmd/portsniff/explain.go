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
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/hexdump"
	"github.com/portsniff/portsniff/internal/outfile"
)

// Formats that only explain has.
const (
	formatSVG     = "svg"
	formatMermaid = "mermaid"
)

// explainFlags say what is explained, and how.
type explainFlags struct {
	frames, as, compare, header, dir string
	first                            int64 // of the two to compare
	maker                            outfile.Maker
	plain                            bool
	verbose                          int
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
			subjects, err := f.subjects(cmd, &in, args)
			if len(subjects) == 0 || err != nil && f.compare != "" {
				return err
			}
			return f.show(cmd, &in, subjects, err)
		},
	}
	in.addReading(cmd)
	in.addSandbox(cmd)
	in.filter.add(cmd)
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVarP(&f.frames, "frame", "f", "", "explain `FRAMES`, as 3 or 3,7-9")
	fs.StringVar(&f.compare, "compare", "", "compare two frames: --compare `N` M")
	fs.StringVar(&f.as, "as", "", "pasted bytes begin with `HEADER`, as ip")
	fs.StringVar(&f.header, "header", "", "svg, mermaid: only headers named `NAME`")
	fs.StringVarP(&f.dir, "output", "o", "", "svg: write one file per header to `DIR`")
	fs.BoolVar(&f.plain, "plain", false, "sentences only, for screen readers")
	fs.CountVarP(&f.verbose, "verbose", "v", "explain each field; -vv: and all bytes")
	complete(cmd, "as", "eth", "ip", "ipv4", "ipv6", "tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "arp")
	return cmd
}

// check finds mistakes in the flags. --compare takes its second frame from the arguments; what is left of these is given back.
func (f *explainFlags) check(cmd *cobra.Command, in *input, args []string) ([]string, error) {
	wrong := func(text string) ([]string, error) { return nil, &usageError{errors.New(text), cmd.CommandPath()} }
	if err := in.check(cmd); err != nil {
		return nil, err
	}
	switch {
	case f.dir != "" && in.format != formatSVG:
		return wrong("-o is for --format svg")
	case f.plain && in.format != formatText:
		return wrong("--plain is for --format text")
	case f.header != "" && in.format != formatSVG && in.format != formatMermaid:
		return wrong("--header is for --format svg and mermaid")
	case f.compare == "":
		return args, nil
	case in.format != formatText:
		return wrong("--compare is for --format text")
	case f.frames != "":
		return wrong("--compare and --frame exclude each other")
	case !strings.Contains(f.compare, ",") && len(args) > 0:
		f.compare, args, in.filter.skip = f.compare+","+args[0], args[1:], 1
	}
	if len(args) > 0 || in.filter.file != "" || cmd.Flags().Changed("where") {
		return wrong("--compare names its frames, and takes no filter")
	}
	first, second, ok := strings.Cut(f.compare, ",")
	a, errA := strconv.ParseInt(first, 10, 64)
	b, errB := strconv.ParseInt(second, 10, 64)
	if !ok || errA != nil || errB != nil || a < 1 || b < 1 {
		return wrong("--compare needs the numbers of two frames, as in --compare 1 2")
	}
	f.first, f.frames = a, f.compare
	return args, nil
}

// drawingNames are those of the files in the folder of -o.
var drawingNames = regexp.MustCompile(`^frame[0-9]+-[0-9]+-[^/]+\.svg$`)

// prepare makes the folder of -o, and what makes files there, before the sandbox closes.
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

// show writes the packets, and hands on the error that reading them ended with.
func (f *explainFlags) show(cmd *cobra.Command, in *input, subjects []*explain.Subject, err error) error {
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	opt := explain.Options{Style: in.style(cmd.OutOrStdout()), Plain: f.plain, Verbose: f.verbose}
	write := func() error { return f.text(out, subjects, opt) }
	switch in.format {
	case formatJSON:
		write = func() error { return each(subjects, func(s *explain.Subject) error { return explain.JSON(out, s) }) }
	case formatMermaid:
		write = func() error {
			return each(subjects, func(s *explain.Subject) error { return explain.Mermaid(out, s, f.header) })
		}
	case formatSVG:
		var drawings []explain.Drawing
		for _, s := range subjects {
			drawings = append(drawings, explain.Drawings(s, f.header)...)
		}
		if len(drawings) == 0 {
			return errors.Join(err, &usageError{fmt.Errorf("there is no header %q to draw", f.header), cmd.CommandPath()})
		}
		write = func() error { return f.draw(out, drawings) }
	}
	return finish(err, write, out.Flush)
}

func each(subjects []*explain.Subject, do func(*explain.Subject) error) error {
	for _, s := range subjects {
		if err := do(s); err != nil {
			return err
		}
	}
	return nil
}

// text writes the packets under one another, or compares two.
func (f *explainFlags) text(out io.Writer, subjects []*explain.Subject, opt explain.Options) error {
	if f.compare != "" {
		a, b := subjects[0], subjects[len(subjects)-1]
		if a.Number != f.first {
			a, b = b, a
		}
		return explain.Compare(out, a, b, opt)
	}
	for i, s := range subjects {
		if i > 0 {
			if _, err := io.WriteString(out, "\n"); err != nil {
				return err
			}
		}
		if err := explain.Text(out, s, opt); err != nil {
			return err
		}
	}
	return nil
}

// draw writes the diagrams as one picture, or each into a file.
func (f *explainFlags) draw(out io.Writer, drawings []explain.Drawing) error {
	if f.dir == "" {
		return explain.SVG(out, drawings)
	}
	for _, d := range drawings {
		if err := outfile.WriteFile(f.maker, filepath.Join(f.dir, d.Name+".svg"), d.SVG); err != nil {
			return err
		}
	}
	return nil
}

// subjects finds the packets to be explained: in the arguments, in a pipe, or in a capture. What was found before an error comes with it.
func (f *explainFlags) subjects(cmd *cobra.Command, in *input, args []string) ([]*explain.Subject, error) {
	captured := in.demo != "" || len(in.files) > 0 || in.live.iface != ""
	switch {
	case captured && isBytes(args):
		return nil, &usageError{fmt.Errorf("bytes (%q) and a capture exclude each other", args[0]), cmd.CommandPath()}
	case !captured && (in.filter.file != "" || cmd.Flags().Changed("where")):
		return nil, &usageError{errors.New("filters are for captures: give -r FILE, -i INTERFACE or --demo NAME"), cmd.CommandPath()}
	case captured && f.as != "":
		return nil, &usageError{errors.New("--as is for hexadecimal bytes; a capture says itself what its frames begin with"), cmd.CommandPath()}
	case captured:
		return f.fromCapture(cmd, in)
	case len(args) > 0 && strings.Join(args, " ") != "-":
		if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
			return nil, &usageError{fmt.Errorf("%q is a file; to read it: %s -r %s", args[0], cmd.CommandPath(), args[0]), cmd.CommandPath()}
		}
		return f.fromText(cmd, in, strings.Join(args, " "))
	}
	if typed, ok := cmd.InOrStdin().(*os.File); ok && term.IsTerminal(int(typed.Fd())) {
		return nil, &usageError{errors.New("explain what? Give -r FILE, --demo NAME or hexadecimal bytes"), cmd.CommandPath()}
	}
	text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), hexdump.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading standard input: %w", err)
	}
	if !hexdump.IsText(text) {
		return nil, &usageError{errors.New("standard input is no text; to read a capture from it: -r -"), cmd.CommandPath()}
	}
	return f.fromText(cmd, in, string(text))
}

// isBytes tells whether words in the place of a filter are bytes.
func isBytes(words []string) bool {
	expr := strings.Join(words, " ")
	if expr == "" || filter.Check(expr) == nil {
		return false
	}
	_, err := hexdump.Parse(expr)
	return err == nil
}
