// Package pcapfile reads and writes capture files: pcap and pcapng, compressed or not, by name or
// through a pipe.
//
// Every length that a file claims is checked before anything is read or allocated for it. A file
// that is malformed or cut ends in a [FormatError] with the file, the packet and the byte. All
// packets before it are returned first. Only a file that ends at the end of a record returns
// io.EOF. Records are parsed in place, in one reusable buffer that grows only as bytes really
// arrive. So a claim of gigabytes costs nothing and a record costs no allocation.
//
// It reads pcap in microseconds and nanoseconds, in both byte orders, and with the modified headers
// of some systems. It reads pcapng with any number of sections and interfaces. Both can be
// compressed with gzip, zstd, lz4, xz or bzip2. The content determines the format, never the name.
//
// It writes pcapng, or pcap with nanoseconds; plain, gzip or zstd; one file, or the files of a
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

// Options are for Open and NewReader. The zero value is valid.
type Options struct {
	// Stdin is read for the name "-"; os.Stdin if nil.
	Stdin io.Reader
	// MaxWindow is the largest window of a decompressor, in bytes; 8 MiB if 0, enough for zstd -19
	// and xz -6. Together with the longest record it limits the memory that a file can use: the
	// heap stays below 64 MiB even if the garbage collector lets it double. Raise it for files of
	// xz -9 or zstd --ultra.
	MaxWindow uint32
	// MaxDecompressed is the number of bytes that a compressed file may decompress to; 0 is no
	// limit. Packets before the limit are returned, then an error that wraps ErrTooLarge. It limits
	// time and output; memory is limited without it.
	MaxDecompressed int64
	// Context ends reading when it is done, within the next piece of the file. The error wraps its
	// cause. nil never ends reading.
	Context context.Context

	total *atomic.Int64 // counts the raw bytes of several files
}

// framing is a file format: it fills a packet from the records in a buffer. At a record boundary
// the end of the input is io.EOF. All other errors except the input's own are *FormatError without
// a name, which File adds.
type framing interface {
	next(b *buffer, p *capture.Packet) error
	nextLink(b *buffer) (linktype.Type, error)     // of the next packet, without reading it
	batch(b *buffer, out []capture.Record) (n int) // see File.Batch
	ready(b *buffer) bool                          // see File.Ready
	interfaces() []capture.Interface
}

// packetReader keeps the embedded field unexported.
type packetReader = capture.PacketReader

// File reads one capture file. It is a capture.Source.
//
// Only RawOffset and Size can be called by other goroutines at the same time.
type File struct {
	name        string
	format      string
	compression string
	buf         *buffer
	frames      framing
	raw         *counter
	size        int64
	packets     int64
	before      int64 // packets of previous files
	closers     []func() error
	err         error

	packetReader
}

var _ capture.Source = (*File)(nil)

// Open opens a capture file by name; "-" is standard input. Errors are those of the system or a
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
		r.Close() // it was only read; the first error is more useful
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
		f.Close() // closes decompressors only, whose errors do not matter for a rejected file
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

// LinkType returns the link type of the next packet and does not read the packet. Its errors are
// those of Next.
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

// Name returns the name that was opened.
func (f *File) Name() string { return f.name }

// Format returns the file's format: "pcap", "pcap-ns" (nanoseconds), "pcapng", or "pcap-" and the
// name of a variant.
func (f *File) Format() string { return f.format }

// Compression returns "gzip", "zstd", "lz4", "xz" or "bzip2", or "" for none.
func (f *File) Compression() string { return f.compression }

// Interfaces returns the interfaces of the current section so far, in the order of their indexes.
func (f *File) Interfaces() []capture.Interface { return f.frames.interfaces() }

// Packets returns the number of packets read so far.
func (f *File) Packets() int64 { return f.packets }

// Offset returns the number of bytes of the capture read so far, after decompression.
func (f *File) Offset() int64 { return f.buf.offset() }

// RawOffset returns the number of bytes of the file itself read so far, before decompression. Any
// goroutine may call it.
func (f *File) RawOffset() int64 { return f.raw.n.Load() }

// Size returns the size of the file itself in bytes, -1 if unknown. Any goroutine may call it.
func (f *File) Size() int64 { return f.size }

// Close frees the resources of the File, and closes the file that Open opened.
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
		return 0, fmt.Errorf("the reader reports %d bytes read into %d", n, len(p))
	}
	c.n.Add(int64(n))
	if c.total != nil {
		c.total.Add(int64(n))
	}
	return n, err
}

// sizeOf returns the number of bytes left in a regular file, on disk or embedded, -1 for anything
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
