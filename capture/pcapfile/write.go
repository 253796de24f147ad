package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/portsniff/portsniff/capture"
)

// A Format is a format of written files.
type Format uint8

// Formats of written files, both with nanoseconds and in little-endian order.
const (
	Pcapng Format = iota
	Pcap          // for one link type, without comments, interfaces and directions
)

// writeSize is the number of bytes of records that are buffered before they are written.
const writeSize = 64 << 10

// Packets that a file format cannot hold. The writer never changes or omits anything silently.
var (
	// ErrLinkType is for a packet of another link type than those before it.
	ErrLinkType = errors.New("a pcap file holds one link type; pcapng holds all")
	// ErrFCSLen is for a packet with another frame check sequence length than those before it.
	ErrFCSLen = errors.New("a pcap file holds one frame check sequence length; pcapng holds all")
	// ErrTime is for a time before 1970 or after 2106.
	ErrTime = errors.New("a pcap file holds times from 1970 to 2106; pcapng holds all")
	// ErrNoTime is for a packet without a time that has comments or flags.
	ErrNoTime = errors.New("a pcapng packet without a time holds no comments and no flags")
)

// A WriteError contains the reason why a file is incomplete, and the number of its packets.
type WriteError struct {
	File    string
	Packets int64 // complete packets in the file, which can be read back
	Err     error
}

func (e *WriteError) Error() string {
	var path *os.PathError
	err := e.Err
	if errors.As(err, &path) {
		err = path.Err // the name is already in the error
	}
	what := "packets"
	if e.Packets == 1 {
		what = "packet"
	}
	return fmt.Sprintf("%s: %v (%s %s written)", e.File, err, grouped(e.Packets), what)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// About returns the description of a packet's interface for the written file. The writer calls it
// when the interface is new to the file.
type About = func() capture.Interface

// A Writer writes packets to a file. It writes only complete records. Compressed records form a
// complete gzip member or zstd frame. So the file can be read to its end at any time.
//
// After an error the file is truncated after its last complete record if possible. Every further
// call returns the same error.
type Writer struct {
	out    io.Writer
	name   string
	format Format
	packer packer // nil for no compression
	buf    []byte
	ends   []int // end of each packet in buf
	size   int64 // bytes written to out
	done   int64 // packets written to out
	begun  bool
	err    error

	pcap    pcapHead
	section writtenSection
}

// NewWriter returns a Writer to out. The name is for errors. The file header is written with the
// first packets, or by Begin.
func NewWriter(out io.Writer, name string, format Format, c Compression) *Writer {
	return &Writer{out: out, name: name, format: format, packer: newPacker(c)}
}

// Begin writes the file header, so that the file can be read before it has packets. in describes
// the interface of packets whose File is "" or in.Name, and whose index is 0.
func (w *Writer) Begin(in capture.Interface) error {
	if w.err != nil {
		return w.err
	}
	if !w.begun && w.format == Pcap {
		w.beginPcap(pcapHead{link: in.Link, fcs: in.FCSLen, snap: in.SnapLen})
	} else if !w.begun {
		w.beginSection()
		w.describe(interfaceKey{file: in.Name, link: in.Link}, in, timing{capture.Nanoseconds, 0})
	}
	w.begun = true
	return w.Flush()
}

// Packets returns the number of packets that were written to the file.
func (w *Writer) Packets() int64 { return w.done }

// Size returns the size of the file in bytes. Buffered bytes count unless the file is compressed.
func (w *Writer) Size() int64 {
	if w.packer != nil {
		return w.size
	}
	return w.size + int64(len(w.buf))
}

// Write adds a packet. about returns its interface. comments are added to those of the packet; a
// pcap file contains no comments.
//
// A packet that is read back has the same data, lengths, link type and time, and in pcapng also the
// same interface, comments and flags. If the format cannot hold a packet, the file ends before it,
// and the error wraps one of the causes of this package. In pcap an unknown time becomes 0.
func (w *Writer) Write(p *capture.Packet, about About, comments ...string) error {
	if w.err != nil {
		return w.err
	}
	var err error
	if w.format == Pcap {
		err = w.record(p, about)
	} else {
		err = w.packetBlock(p, about, comments)
	}
	if err != nil {
		return w.reject(p, err)
	}
	w.begun = true
	w.ends = append(w.ends, len(w.buf))
	if w.packer == nil && len(w.buf) >= writeSize || len(w.buf) >= packSize {
		return w.Flush()
	}
	return nil
}

// Flush writes the buffered packets.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	data := w.buf
	if w.packer != nil {
		packed, err := w.packer.pack(w.buf)
		if err != nil {
			w.broken(0, err)
			return w.err
		}
		data = packed
	}
	n, err := w.out.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err != nil {
		w.broken(n, err)
		return w.err
	}
	w.size += int64(n)
	w.done += int64(len(w.ends))
	w.buf, w.ends = w.buf[:0], w.ends[:0]
	return nil
}

// broken counts what an output accepted before it failed, and truncates a file after the last
// complete packet.
func (w *Writer) broken(n int, err error) {
	whole := 0
	for _, end := range w.ends {
		if end > n || w.packer != nil { // a part of a gzip member or zstd frame contains no packet
			break
		}
		whole = end
		w.done++
	}
	w.size += int64(whole)
	if file, ok := w.out.(interface{ Truncate(int64) error }); ok && whole < n {
		if e := file.Truncate(w.size); e != nil && !errors.Is(e, syscall.EINVAL) {
			err = fmt.Errorf("%w; and its end is half a packet: %w", err, e)
		}
	}
	w.buf, w.ends = nil, nil
	w.err = &WriteError{w.name, w.done, err}
}

// reject ends the file before a packet that the format cannot hold.
func (w *Writer) reject(p *capture.Packet, err error) error {
	if e := w.Flush(); e != nil {
		return e
	}
	w.err = &WriteError{w.name, w.done, fmt.Errorf("packet %d: %w", p.Number, err)}
	return w.err
}

// tooLong returns the error for a packet with more bytes than a limit.
func tooLong(p *capture.Packet, limit uint32, hint string) error {
	return fmt.Errorf("%w: it has %s, %s%s", ErrTooLarge, bytesOf(len(p.Data)), bytesOf(limit),
		hint)
}

func (w *Writer) u32(v uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, v) }
func (w *Writer) u16(v int)    { w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(v)) }
