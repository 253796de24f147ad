package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/term"
)

// reportFlags holds the flags for the content and the destination of the page.
type reportFlags struct {
	out   string
	limit int
	seed  uint64
	title string
}

func newReport() *cobra.Command {
	var in input
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report -r FILE [-o FILE.html] [FILTER]",
		Short: "Write a page about a capture, for a browser",
		Long: `report writes one HTML file about a capture: packets with their headers and
bytes, flows, charts and a quiz. The file loads nothing from a network. It
contains the first 512 bytes of each packet that it shows.`,
		Example: `  portsniff report -r capture.pcap -o capture.html
  portsniff report --demo services > services.html
  portsniff report -r capture.pcap --limit 2000 -o page.html tcp port 443`,
		Args: filterWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if in.filter.dump > 0 {
				return dumpFilter(cmd, &in)
			}
			if err := f.check(cmd, &in); err != nil {
				return err
			}
			return f.run(cmd, &in)
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	in.addFiles(cmd)
	in.color = colorNever
	fs.StringVarP(&f.out, "output", "o", "-", "write to `FILE`, - for stdout")
	fs.IntVar(&f.limit, "limit", page.DefaultLimit, "show at most `N` packets")
	fs.Uint64Var(&f.seed, "seed", page.DefaultSeed, "choose the quiz questions by the number `N`")
	fs.StringVar(&f.title, "title", "", "`TITLE` of the page")
	in.addSandbox(cmd)
	in.filter.add(cmd)
	return cmd
}

// check returns an error for values that are not allowed.
func (f *reportFlags) check(cmd *cobra.Command, in *input) error {
	switch {
	case f.limit < 1 || f.limit > page.MaxLimit:
		return cli.Wrongf("--limit %d: use 1 to %d packets", f.limit, page.MaxLimit)
	}
	if term.Is(cmd.OutOrStdout()) && f.out == "-" {
		return cli.Wrongf("a page is not written to a terminal: give -o FILE.html")
	}
	for _, name := range in.files {
		if sameFile(name, f.out) {
			return cli.Wrongf("-o %s would replace the capture that is read", f.out)
		}
	}
	return nil
}

// sameFile reports whether two names refer to the same existing file.
func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

func (f *reportFlags) run(cmd *cobra.Command, in *input) error {
	return in.toPage(cmd, f.out, func(out *outfile.File) error {
		b, err := gather(cmd, in, page.Options{Limit: f.limit, Seed: f.seed})
		if b == nil {
			return err
		}
		title := f.title
		if title == "" {
			title = in.sourceName() + " - portsniff"
		}
		return cli.Finish(err, func() error {
			return page.WriteHTML(out, title, page.CSP(),
				b.WriteJSON)
		}, out.Commit)
	})
}

// gather reads the capture into a page. If reading fails early, it returns what was read and an
// error. The Builder is nil if no packet was read.
func gather(cmd *cobra.Command, in *input, opt page.Options) (b *page.Builder, err error) {
	if !opt.Quiz {
		in.keeps, in.proofs = page.Memory, true
	}
	p, err := in.start(cmd, true)
	if err != nil {
		return nil, err
	}
	defer cli.Close(p, &err)
	if err := in.confine(cmd, nil); err != nil {
		return nil, err
	}
	opt.Program, opt.Source, opt.Flags = programName(), in.sourceName(), sourceFlags(in)
	made := page.NewBuilder(opt, p.Analyzer.Flows)
	err = p.Each(func(fr *analysis.Frame) error { return made.Add(fr, p.Interface().Name) })
	if err != nil && p.Packets() == 0 {
		return nil, err
	}
	if err != nil {
		made.Stopped(err)
	}
	return made, err
}

// sourceName returns the name of the capture: the names of its files without their folders.
func (in *input) sourceName() string {
	switch {
	case in.live.iface != "":
		return in.live.iface
	case in.demo != "":
		return in.demo + " (a sample of portsniff)"
	}
	var names []string
	for _, name := range in.files {
		if name == "-" {
			name = "standard input"
		}
		names = append(names, filepath.Base(name))
	}
	return strings.Join(names, ", ")
}

// programName returns the name and version of this program.
func programName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "portsniff"
	}
	return "portsniff " + info.Main.Version
}

// toPage creates the output file and calls write with it. It runs before the capture is read,
// because the sandbox then forbids creating files. If write does not commit the file, toPage
// removes it.
func (in *input) toPage(cmd *cobra.Command, name string,
	write func(*outfile.File) error) (err error) {
	out, maker, err := in.output(cmd, name)
	if err != nil {
		return &outputError{Err: err}
	}
	defer func() {
		if e := errors.Join(out.Discard(), maker.Close()); e != nil {
			err = errors.Join(err, &outputError{Err: e})
		}
	}()
	return write(out)
}
