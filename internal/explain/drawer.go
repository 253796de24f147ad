package explain

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxPicture limits the size of one picture in bytes. It is in memory because its height comes
// first.
const maxPicture = 64 << 20

var errPicture = fmt.Errorf(
	"the drawings have more than %d MiB: give -o DIRECTORY or --header NAME",
	maxPicture>>20)

// A Format is an output format for packets.
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
	Header  string // svg and mermaid: only headers of this name
	Compare bool   // compare two packets
	First   int64  // number of the packet that is drawn first
	// File writes one svg file; if it is nil, all drawings become one picture
	File func(name string, data []byte) error

	out *bufio.Writer

	write func(*Subject) error
	last  func() error // writes output that needs all packets; may be nil

	packets  int
	pair     []*Subject // packets to compare
	drawings []Drawing  // parts of one picture
	size     int        // bytes of drawings
	svg      bool
	drawn    int // number of headers drawn as svg
	full     bool
}

// Begin prepares to write packets to out.
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

// Draw writes a packet and does not keep it, unless two packets are compared. It returns ErrFull if
// no more can be written.
func (d *Drawer) Draw(s *Subject) error {
	d.packets++
	return d.write(s)
}

// text writes a packet below the previous one.
func (d *Drawer) text(s *Subject) error {
	if d.packets > 1 {
		if _, err := io.WriteString(d.out, "\n"); err != nil {
			return err
		}
	}
	return Text(d.out, s, d.Options)
}

// compared keeps one of the two packets to compare.
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

// files writes each drawing to a file.
func (d *Drawer) files(s *Subject) error {
	for _, x := range Drawings(s, d.Header) {
		d.drawn++
		if err := d.File(x.Name+".svg", x.SVG); err != nil {
			return err
		}
	}
	return nil
}

// part keeps a packet's drawings for the single picture.
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

// End returns the steps that write the remaining output, and the final error. err is the error of
// the search for packets.
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
