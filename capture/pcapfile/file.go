// Package pcapfile reads and writes capture files: pcap and pcapng, compressed or not, by name or
// through a pipe.
//
// Every length that a file claims is checked before anything is read or allocated by it. A file
// that lies, or that was cut, ends in a [FormatError] that names the file, the packet and the byte,
// after all packets before it were given; only a file that ends where a record ends returns io.EOF.
// Records are parsed in place in one reusable buffer that grows only as bytes really arrive, so
// that a claim of gigabytes costs nothing and a record costs no allocation.
//
// What is read: pcap in microseconds and nanoseconds, both byte orders, with the modified headers
// that some systems wrote; pcapng with any number of sections and interfaces; each of them inside
// gzip, zstd, lz4, xz or bzip2, reported by content and never by name.
//
// What is written: pcapng, or pcap with nanoseconds; plain, gzip or zstd; one file, or those of a
// [Rotation].
package pcapfile

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// Options say how a file is opened. The zero value will do.
type Options struct {
	// Stdin is what the name "-" reads; os.Stdin if nil.
	Stdin io.Reader
	// MaxWindow is how far back a decompressor may have to look, in bytes; 8 MiB if 0, which zstd
	// -19 and xz -6 need. With the longest record it is what a file can make the reader hold, so
	// that the heap stays below 64 MiB even where the garbage collector lets it double. Raise it
	// for files that xz -9 or zstd --ultra made.
	MaxWindow uint32
	// MaxDecompressed is the number of bytes that a compressed file may decompress to; 0 is no
	// limit. What comes before the limit is read; then there is an error that wraps ErrTooLarge. It
	// bounds time and output, since memory is bounded whatever a file decompresses to.
	MaxDecompressed int64
	// Context ends reading where it is done, within the next piece of the file: the error wraps its
	// cause. nil never does.
	Context context.Context

	total *atomic.Int64 // counts the raw bytes of several files
}

// framing is a file format: it fills a packet from the records in a buffer. At a record boundary
// the end of the input is io.EOF; all other errors but the input's own are *FormatError without a
// name, which File adds.
type framing interface {
	next(b *buffer, p *capture.Packet) error
	nextLink(b *buffer) (linktype.Type, error)     // of the next packet, which stays to be read
	batch(b *buffer, out []capture.Record) (n int) // see File.Batch
	ready(b *buffer) bool                          // see File.Ready
	interfaces() []capture.Interface
}

// packetReader keeps the embedded field unexported.
type packetReader = capture.PacketReader

// File reads one capture file. It is a capture.Source.
//
// All methods but RawOffset and Size are for one goroutine at a time.
type File struct {
	name        string
	format      string
	compression string
	buf         *buffer
	frames      framing
	raw         *counter
	size        int64
	packets     int64
	before      int64 // packets of the files before this one
	closers     []func() error
	err         error

	packetReader
}

var _ capture.Source = (*File)(nil)

// Open opens a capture file by name; "-" is standard input. Errors are the system's, or a
// *FormatError.
func Open(name string, opt Options) (*File, error) {
	if name == "-" {
		if opt.Stdin == nil {
			return NewReader(os.Stdin, name, opt)
		}
		return NewReader(opt.Stdin, name, opt)
	}
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := NewReader(r, name, opt)
	if err != nil {
		r.Close() // it was only read; the first error says more
		return nil, err
	}
	f.closers = append(f.closers, r.Close)
	return f, nil
}

// NewReader reads a capture from r. The name goes into packets and errors. Closing the File does
// not close r.
func NewReader(r io.Reader, name string, opt Options) (*File, error) {
	f := &File{name: name, raw: &counter{r: r, total: opt.total}, size: sizeOf(r)}
	f.packetReader = capture.NewPacketReader(f)
	f.buf = newBuffer(f.raw)
	f.buf.end, f.buf.file = f.size, f.size >= 0
	err := f.decompress(opt)
	if err == nil {
		f.frames, f.format, err = detect(f.buf, f.compression)
	}
	if err != nil {
		err = f.explain(err)
		f.Close() // closes decompressors only, which have nothing to say of a file that was refused
		return nil, err
	}
	return f, nil
}

// Next fills p with the next packet. See capture.Source.
func (f *File) Next(p *capture.Packet) error {
	if f.err != nil {
		return f.err
	}
	if err := f.frames.next(f.buf, p); err != nil {
		f.err = f.explain(err)
		return f.err
	}
	f.packets++
	p.Number = f.before + f.packets
	p.File = f.name
	return nil
}

// LinkType returns the link type of the next packet, which stays to be read, or an error like that
// of Next.
func (f *File) LinkType() (linktype.Type, error) {
	if f.err != nil {
		return 0, f.err
	}
	link, err := f.frames.nextLink(f.buf)
	if err != nil {
		return 0, f.explain(err)
	}
	return link, nil
}

// Name is what the file was opened as.
func (f *File) Name() string { return f.name }

// Format is the file's format: "pcap", "pcap-ns" (nanoseconds), "pcapng", or "pcap-" and the name
// of a variant.
func (f *File) Format() string { return f.format }

// Compression is "gzip", "zstd", "lz4", "xz" or "bzip2", or "" for none.
func (f *File) Compression() string { return f.compression }

// Interfaces are those of the current section that were seen so far, in the order of their indexes.
func (f *File) Interfaces() []capture.Interface { return f.frames.interfaces() }

// Packets is the number of packets that were read.
func (f *File) Packets() int64 { return f.packets }

// Offset is the number of bytes of the capture that were taken, after decompression.
func (f *File) Offset() int64 { return f.buf.offset() }

// RawOffset is how many bytes of the file itself were read, before decompression. Any goroutine may
// ask.
func (f *File) RawOffset() int64 { return f.raw.n.Load() }

// Size is the number of bytes that the file itself has, -1 if that is not known. Any goroutine may
// ask.
func (f *File) Size() int64 { return f.size }

// Close frees what reading needed, and closes what Open opened.
func (f *File) Close() (err error) {
	for _, c := range f.closers {
		if e := c(); err == nil {
			err = e
		}
	}
	f.closers = nil
	return err
}

// counter counts the bytes read through it.
type counter struct {
	r     io.Reader
	n     atomic.Int64
	total *atomic.Int64 // of several files, or nil
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("the reader says that it read %d bytes of %d", n, len(p))
	}
	c.n.Add(int64(n))
	if c.total != nil {
		c.total.Add(int64(n))
	}
	return n, err
}

// sizeOf is the number of bytes that a regular file still has, on disk or embedded, -1 for anything
// else.
func sizeOf(r io.Reader) int64 {
	file, ok := r.(interface {
		fs.File
		io.Seeker
	})
	if !ok {
		return -1
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil || at > info.Size() {
		return -1
	}
	return info.Size() - at
}
