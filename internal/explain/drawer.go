package explain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxPicture is how much of drawings one picture has at most, in bytes: its height precedes them.
const maxPicture = 64 << 20

var errPicture = fmt.Errorf(
	"the drawings have more than %d MiB: give -o DIRECTORY or --header NAME",
	maxPicture>>20)

// A Format is what packets are written as.
type Format string

// Formats.
const (
	FormatText    Format = "text"
	FormatJSON    Format = "json"
	FormatSVG     Format = "svg"
	FormatMermaid Format = "mermaid"
)

// A Drawer writes packets one by one, as they are found.
type Drawer struct {
	Options
	Format  Format
	Header  string // svg, mermaid: only headers of that name
	Compare bool   // two packets
	First   int64  // the number of the one that comes first
	// File writes a file of svg; nil for one picture of all
	File func(name string, data []byte) error

	out *bufio.Writer

	write func(*Subject) error
	last  func() error // writes what takes all packets; nil for nothing

	packets  int
	pair     []*Subject // to compare
	drawings []Drawing  // of one picture
	size     int        // bytes of them
	svg      bool
	drawn    int // headers, of svg
	full     bool
}

// Begin has packets written to out.
func (d *Drawer) Begin(out *bufio.Writer) {
	d.out, d.svg = out, d.Format == FormatSVG
	switch {
	case d.Compare:
		d.write, d.last = d.compared, d.comparison
	case d.Format == FormatJSON:
		d.write = func(s *Subject) error { return JSON(out, s) }
	case d.Format == FormatMermaid:
		d.write = func(s *Subject) error { return Mermaid(out, s, d.Header) }
	case d.svg && d.File != nil:
		d.write = d.files
	case d.svg:
		d.write, d.last = d.part, func() error { return SVG(out, d.drawings) }
	default:
		d.write = d.text
	}
}

// Draw writes a packet, which is not needed after that unless two are compared. It gives
// ErrFull where no more can be written.
func (d *Drawer) Draw(s *Subject) error {
	d.packets++
	return d.write(s)
}

// text writes a packet under the one before.
func (d *Drawer) text(s *Subject) error {
	if d.packets > 1 {
		if _, err := io.WriteString(d.out, "\n"); err != nil {
			return err
		}
	}
	return Text(d.out, s, d.Options)
}

// compared keeps a packet, of two.
func (d *Drawer) compared(s *Subject) error {
	d.pair = append(d.pair, s)
	return nil
}

// comparison writes both packets, in the order of the command line.
func (d *Drawer) comparison() error {
	a, b := d.pair[0], d.pair[len(d.pair)-1]
	if a.Number != d.First {
		a, b = b, a
	}
	return Compare(d.out, a, b, d.Options)
}

// files writes each drawing into a file.
func (d *Drawer) files(s *Subject) error {
	for _, x := range Drawings(s, d.Header) {
		d.drawn++
		if err := d.File(x.Name+".svg", x.SVG); err != nil {
			return err
		}
	}
	return nil
}

// part keeps a packet's drawings for the one picture.
func (d *Drawer) part(s *Subject) error {
	for _, x := range Drawings(s, d.Header) {
		if d.size += len(x.SVG); d.size > maxPicture {
			d.full = true
			return ErrFull
		}
		d.drawings, d.drawn = append(d.drawings, x), d.drawn+1
	}
	return nil
}

// End returns the steps that write what is left, and the error to end with: err is what finding
// packets ended with.
func (d *Drawer) End(err error) (steps []func() error, _ error) {
	switch {
	case d.packets == 0 || err != nil && d.Compare:
		return nil, err
	case d.svg && d.drawn == 0:
		return nil, errors.Join(err, mistakef("there is no header %q to draw", d.Header))
	case d.full:
		err = errors.Join(err, errPicture)
	}
	if d.last != nil {
		steps = append(steps, d.last)
	}
	return append(steps, d.out.Flush), err
}
