package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/outfile"
)

// maxPicture is how much of drawings one picture has at most, in bytes: its height precedes them.
const maxPicture = 64 << 20

var errPicture = fmt.Errorf(
	"more than %d MiB of drawings are no picture: give -o DIRECTORY or --header NAME",
	maxPicture>>20)

// A drawer writes packets one by one, as they are found.
type drawer struct {
	*explainFlags
	cmd *cobra.Command
	out *bufio.Writer
	opt explain.Options

	write func(*explain.Subject) error
	last  func() error // writes what takes all packets; nil for nothing

	packets  int
	pair     []*explain.Subject // to compare
	drawings []explain.Drawing  // of one picture
	size     int                // bytes of them
	svg      bool
	drawn    int // headers, of svg
	full     bool
}

func (f *explainFlags) drawer(cmd *cobra.Command, in *input) *drawer {
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	opt := explain.Options{Style: in.style(cmd.OutOrStdout()), Plain: f.plain, Verbose: f.verbose}
	d := &drawer{explainFlags: f, cmd: cmd, out: out, opt: opt, svg: in.format == formatSVG}
	switch {
	case f.compare != "":
		d.write, d.last = d.compared, d.comparison
	case in.format == formatJSON:
		d.write = func(s *explain.Subject) error { return explain.JSON(out, s) }
	case in.format == formatMermaid:
		d.write = func(s *explain.Subject) error { return explain.Mermaid(out, s, f.header) }
	case d.svg && f.dir != "":
		d.write = d.files
	case d.svg:
		d.write, d.last = d.part, func() error { return explain.SVG(out, d.drawings) }
	default:
		d.write = d.text
	}
	return d
}

// draw writes a packet, which is not needed after that unless two are compared. It gives
// explain.ErrFull where no more can be written.
func (d *drawer) draw(s *explain.Subject) error {
	d.packets++
	return d.write(s)
}

// text writes a packet under the one before.
func (d *drawer) text(s *explain.Subject) error {
	if d.packets > 1 {
		if _, err := io.WriteString(d.out, "\n"); err != nil {
			return err
		}
	}
	return explain.Text(d.out, s, d.opt)
}

// compared keeps a packet, of two.
func (d *drawer) compared(s *explain.Subject) error {
	d.pair = append(d.pair, s)
	return nil
}

// comparison writes both packets, in the order that they were asked for.
func (d *drawer) comparison() error {
	a, b := d.pair[0], d.pair[len(d.pair)-1]
	if a.Number != d.first {
		a, b = b, a
	}
	return explain.Compare(d.out, a, b, d.opt)
}

// files writes each drawing into a file.
func (d *drawer) files(s *explain.Subject) error {
	for _, x := range explain.Drawings(s, d.header) {
		d.drawn++
		if err := outfile.WriteFile(d.maker, filepath.Join(d.dir, x.Name+".svg"),
			x.SVG); err != nil {
			return err
		}
	}
	return nil
}

// part keeps a packet's drawings for the one picture.
func (d *drawer) part(s *explain.Subject) error {
	for _, x := range explain.Drawings(s, d.header) {
		if d.size += len(x.SVG); d.size > maxPicture {
			d.full = true
			return explain.ErrFull
		}
		d.drawings, d.drawn = append(d.drawings, x), d.drawn+1
	}
	return nil
}

// end writes what is left, and hands on the error that finding packets ended with.
func (d *drawer) end(err error) error {
	switch {
	case d.packets == 0 || err != nil && d.compare != "":
		return err
	case d.svg && d.drawn == 0:
		nothing := fmt.Errorf("there is no header %q to draw", d.header)
		return errors.Join(err, cli.Wrong(nothing))
	case d.full:
		err = errors.Join(err, errPicture)
	}
	if d.last == nil {
		return cli.Finish(err, d.out.Flush)
	}
	return cli.Finish(err, d.last, d.out.Flush)
}
