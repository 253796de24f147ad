package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/page"
)

// reportFlags say what the page is like, and where it goes.
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
	fs.Uint64Var(&f.seed, "seed", page.DefaultSeed, "choose the quiz questions by this number")
	fs.StringVar(&f.title, "title", "", "title of the page")
	in.addSandbox(cmd)
	in.filter.add(cmd)
	return cmd
}

// check finds mistakes in the flags.
func (f *reportFlags) check(cmd *cobra.Command, in *input) error {
	wrong := func(format string, args ...any) error {
		return &usageError{fmt.Errorf(format, args...), cmd.CommandPath()}
	}
	switch {
	case f.limit < 1 || f.limit > page.MaxLimit:
		return wrong("--limit %d: it must be 1 to %d packets", f.limit, page.MaxLimit)
	}
	if _, tty := terminal(cmd.OutOrStdout()); tty && f.out == "-" {
		return wrong("a page is not written to a terminal: give -o FILE.html")
	}
	for _, name := range in.files {
		if sameFile(name, f.out) {
			return wrong("-o %s would replace the capture that is read", f.out)
		}
	}
	return nil
}

// sameFile reports whether two names are those of one file that is there.
func sameFile(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}

func (f *reportFlags) run(cmd *cobra.Command, in *input) error {
	return in.toPage(f.out, cmd.OutOrStdout(), func(out *pageFile) error {
		b, err := gather(cmd, in, page.Options{Limit: f.limit, Seed: f.seed})
		if b == nil {
			return err
		}
		title := f.title
		if title == "" {
			title = in.sourceName() + " - portsniff"
		}
		return finish(err, func() error { return page.WriteHTML(out, title, page.CSP(), b.WriteJSON) }, out.commit)
	})
}

// gather reads the capture. Where it ends early, there is what was read before; nil if that is nothing.
func gather(cmd *cobra.Command, in *input, opt page.Options) (b *page.Builder, err error) {
	s, err := newSession(cmd, in, true)
	if err != nil {
		return nil, err
	}
	defer closing(s, &err)
	if err := in.confine(cmd, nil); err != nil {
		return nil, err
	}
	opt.Program, opt.Source, opt.Flags = programName(), in.sourceName(), sourceFlags(in)
	made := page.NewBuilder(opt, s.analyzer.Flows)
	err = s.each(func(fr *analysis.Frame) error { return made.Add(fr, s.about().Name) })
	if err != nil && s.packets() == 0 {
		return nil, err
	}
	if err != nil {
		made.Stopped(err)
	}
	return made, err
}

// sourceName is what the capture is called: its files' names without their folders.
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

// programName is this program's name and version.
func programName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "portsniff"
	}
	return "portsniff " + info.Main.Version
}

// A pageFile is a file that appears under its name when it is whole.
type pageFile struct {
	io.Writer
	file   *os.File // nil for standard output
	temp   string   // what it is called until then, "" where it is written in place
	name   string
	folder string // where it is renamed, "" for nowhere
}

// createPage makes a file beside the one that is wanted. What is no regular file, as a pipe or /dev/null, is written as it is.
func createPage(name string, stdout io.Writer) (*pageFile, error) {
	if name == "-" {
		return &pageFile{Writer: stdout}, nil
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(name, os.O_WRONLY, 0)
		return &pageFile{Writer: file, file: file, name: name}, err
	}
	folder := filepath.Dir(name)
	temp := filepath.Join(folder, fmt.Sprintf(".%s.%d.part", filepath.Base(name), os.Getpid()))
	const readable = 0o666 // less the umask
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, readable)
	return &pageFile{Writer: file, file: file, temp: temp, name: name, folder: folder}, err
}

// toPage opens a page before the capture is read, and thus before the right to open files is given up, and leaves nothing of it behind unless write commits it.
func (in *input) toPage(name string, stdout io.Writer, write func(*pageFile) error) (err error) {
	out, err := createPage(name, stdout)
	if err != nil {
		return &outputError{err}
	}
	defer func() {
		if e := out.discard(); e != nil {
			err = errors.Join(err, &outputError{e})
		}
	}()
	in.sandbox.dir = out.folder
	return write(out)
}

// commit gives the whole file its name.
func (p *pageFile) commit() error {
	if p.file == nil {
		return nil
	}
	file := p.file
	p.file = nil
	if p.temp == "" {
		return file.Close()
	}
	err := errors.Join(file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(p.temp, p.name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(p.temp))
	}
	return nil
}

// writeWhole makes a file of data, which is under its name whole or not at all.
func writeWhole(name string, data []byte) error {
	p, err := createPage(name, nil)
	if err != nil {
		return err
	}
	if _, err := p.Write(data); err != nil {
		return errors.Join(err, p.discard())
	}
	return p.commit()
}

// discard removes what was not committed.
func (p *pageFile) discard() error {
	if p.file == nil {
		return nil
	}
	file := p.file
	p.file = nil
	err := file.Close()
	if p.temp != "" {
		err = errors.Join(err, os.Remove(p.temp))
	}
	return err
}
