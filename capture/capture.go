// Package capture is where frames come from: pcap and pcapng files, compressed or not, from a name or a pipe.
//
// Every length that a file claims is checked before a byte is read by it: a lying file ends in a [FormatError] that names the file,
// the packet and the byte, after all packets before it were given. Records are parsed in place in one reusable buffer; the
// buffer grows only as bytes really arrive, so a claim of gigabytes costs nothing.
package capture

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/gopacket"
)

// LinkType is a LINKTYPE_ value, as in the file: what a frame begins with. It is wider than gopacket's eight bits.
type LinkType uint32

// Packet is one record. Data is valid until the next call of Next.
type Packet struct {
	gopacket.CaptureInfo          // Timestamp in UTC, CaptureLength and Length (wire) in bytes, InterfaceIndex from 0
	Number               int64    // from 1 over the whole input, before any filter
	Link                 LinkType // what Data begins with
	Data                 []byte
	HasTime              bool     // false for a pcapng Simple Packet Block, which has no timestamp
	Comments             []string // pcapng comments, as in the file: escape before showing
}

// Interface is what a pcapng file tells of one interface; a pcap file has one without a name.
type Interface struct {
	Name        string // as in the file: escape before showing
	Description string
	Link        LinkType
	SnapLen     uint32 // longest record in bytes, 0 for no limit
	resolution  resolution
	offset      int64 // seconds added to every time
}

// A Source yields packets until io.EOF.
type Source interface {
	// Next fills p with the next packet. Its Data and Comments are valid until the following call.
	Next(p *Packet) error
	Close() error
}

// What can be wrong with a capture file; a FormatError wraps one of these.
var (
	ErrFormat    = errors.New("not a capture file this program reads")
	ErrCut       = errors.New("the file is cut short")
	ErrLength    = errors.New("impossible length")
	ErrTrailer   = errors.New("a block's two lengths differ")
	ErrVersion   = errors.New("unknown version")
	ErrInterface = errors.New("a packet names an interface that the file does not describe")
	ErrLimit     = errors.New("more than this program keeps")
	ErrCompress  = errors.New("the compressed data is damaged")
)

// A FormatError says where a capture file stopped making sense.
type FormatError struct {
	File    string // as it was named; "-" is standard input
	Packets int64  // packets of this file that were read before
	Offset  int64  // byte of the (decompressed) file where the trouble begins
	Detail  string // what was claimed, and what there is
	Err     error
}

// Error names the file, the packet, the byte and the trouble.
func (e *FormatError) Error() string {
	return fmt.Sprintf("%s: packet %d at byte %d: %s: %v (%d packets read)", e.File, e.Packets+1, e.Offset, e.Detail, e.Err, e.Packets)
}

// Unwrap gives the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// maxRecord is the longest captured packet that is believed, in bytes: libpcap's limit for the link types with the longest frames
// (USB, D-Bus: 128 MiB) is taken down to 16 MiB, sixty times the limit for all others.
const maxRecord = 16 << 20

// framing is a file format: it fills p from the records in b.
type framing interface {
	next(b *buffer, p *Packet) error
	interfaces() []Interface
}

// File reads one capture file.
type File struct {
	name    string
	format  string
	buf     *buffer
	frames  framing
	raw     *countingReader
	closers []io.Closer
	packets int64
	first   int64 // packets numbered before this file
	err     error
}

// NewReader reads a capture from r, whose name is used in errors only.
func NewReader(r io.Reader, name string) (*File, error) {
	f := &File{name: name, raw: &countingReader{r: r}}
	plain, err := f.decompress(f.raw)
	if err != nil {
		f.Close()
		return nil, err
	}
	f.buf = newBuffer(plain)
	if f.frames, f.format, err = detect(f.buf); err != nil {
		err = f.wrap(err)
		f.Close()
		return nil, err
	}
	return f, nil
}

// Next fills p with the next packet, or gives io.EOF at the end of a whole file and a *FormatError elsewhere; then it goes on giving
// the same.
func (f *File) Next(p *Packet) error {
	if f.err != nil {
		return f.err
	}
	p.Comments, p.HasTime = nil, true
	if err := f.frames.next(f.buf, p); err != nil {
		f.err = f.wrap(err)
		return f.err
	}
	f.packets++
	p.Number = f.first + f.packets
	return nil
}

// wrap adds the file and the packets read to an error of the framing.
func (f *File) wrap(err error) error {
	var fe *FormatError
	if errors.As(err, &fe) {
		fe.File, fe.Packets = f.name, f.packets
	} else if err != io.EOF {
		err = fmt.Errorf("%s: packet %d at byte %d: %w", f.name, f.packets+1, f.buf.offset(), err)
	}
	return err
}

// Interfaces are those described so far.
func (f *File) Interfaces() []Interface { return f.frames.interfaces() }

// Format is "pcap" or "pcapng".
func (f *File) Format() string { return f.format }

// RawOffset is how many bytes of the file itself, compressed as it may be, were read.
func (f *File) RawOffset() int64 { return f.raw.n }

// Close frees what reading needed and closes the file, if Open opened it.
func (f *File) Close() error {
	var errs []error
	for i := len(f.closers) - 1; i >= 0; i-- {
		errs = append(errs, f.closers[i].Close())
	}
	f.closers = nil
	return errors.Join(errs...)
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
