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

// A Format is a format that files are written in.
type Format uint8

// Formats of written files, both with nanoseconds and in little-endian order.
const (
	Pcapng Format = iota
	Pcap          // of one link type; it cannot hold comments, interfaces and directions
)

// writeSize is the number of bytes of records that are gathered before they are written.
const writeSize = 64 << 10

// What a file format cannot hold. Nothing is changed or left out in silence.
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

// A WriteError says why a file is not complete, and how much of it is.
type WriteError struct {
	File    string
	Packets int64 // whole packets in the file, that can be read back
	Err     error
}

func (e *WriteError) Error() string {
	var path *os.PathError
	err := e.Err
	if errors.As(err, &path) {
		err = path.Err // the name is there already
	}
	what := "packets"
	if e.Packets == 1 {
		what = "packet"
	}
	return fmt.Sprintf("%s: %v (%s %s written)", e.File, err, grouped(e.Packets), what)
}

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// About returns what a written file says of a packet's interface. It is called when the interface
// is new to the file.
type About = func() capture.Interface

// A Writer writes packets to a file. It hands over whole records only, compressed ones as a whole
// gzip member or zstd frame, so that a file that is left alone at any moment can be read up to
// there.
//
// After an error the file is cut after its last whole record, where it can be; every further call
// gives the same error.
type Writer struct {
	out    io.Writer
	name   string
	format Format
	packer packer // nil for no compression
	buf    []byte
	ends   []int // where in buf each packet ends
	size   int64 // bytes handed over
	done   int64 // packets handed over
	begun  bool
	err    error

	pcap    pcapHead
	section writtenSection
}

// NewWriter writes to out. The name goes into errors. What the file begins with is handed over with
// the first packets, or by Begin.
func NewWriter(out io.Writer, name string, format Format, c Compression) *Writer {
	return &Writer{out: out, name: name, format: format, packer: newPacker(c)}
}

// Begin hands over what a file begins with, so that it can be read although it has no packets yet.
// Packets of that interface name it as File "" or in.Name, with index 0.
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

// Packets is the number of packets that are in the file, of those handed over.
func (w *Writer) Packets() int64 { return w.done }

// Size is the number of bytes that the file has, with those that were not handed over yet; a
// compressed one without them.
func (w *Writer) Size() int64 {
	if w.packer != nil {
		return w.size
	}
	return w.size + int64(len(w.buf))
}

// Write adds a packet. about gives its interface. comments are added to the packet's own; a
// pcap file has none.
//
// What can be read back is equal in data, lengths, link type, time, and in pcapng also interface,
// comments and flags. What the format cannot hold ends the file after the packets before it, with
// an error that wraps one of this package's causes. In pcap an unknown time becomes 0.
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
		return w.refuse(p, err)
	}
	w.begun = true
	w.ends = append(w.ends, len(w.buf))
	if w.packer == nil && len(w.buf) >= writeSize || len(w.buf) >= packSize {
		return w.Flush()
	}
	return nil
}

// Flush hands over what was gathered.
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

// broken keeps count of what an output took before it failed, and cuts a file after the last whole
// packet.
func (w *Writer) broken(n int, err error) {
	whole := 0
	for _, end := range w.ends {
		if end > n || w.packer != nil { // a piece of a member holds no packet
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

// refuse ends the file before a packet that it cannot hold.
func (w *Writer) refuse(p *capture.Packet, err error) error {
	if e := w.Flush(); e != nil {
		return e
	}
	w.err = &WriteError{w.name, w.done, fmt.Errorf("packet %d: %w", p.Number, err)}
	return w.err
}

// tooLong is the error for a packet of more bytes than a limit.
func tooLong(p *capture.Packet, limit uint32, hint string) error {
	return fmt.Errorf("%w: it has %s, %s%s", ErrTooLarge, bytesOf(len(p.Data)), bytesOf(limit),
		hint)
}

func (w *Writer) u32(v uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, v) }
func (w *Writer) u16(v int)    { w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(v)) }
