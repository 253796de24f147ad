package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"github.com/portsniff/portsniff/linktype"
)

// A FileFormat is a format that files are written in.
type FileFormat uint8

// Formats of written files, both with nanoseconds and in little-endian order.
const (
	Pcapng FileFormat = iota
	Pcap              // of one link type; it has no room for comments, interfaces and directions
)

// writeSize is how many bytes of records are gathered before they are written.
const writeSize = 64 << 10

// ErrLinkType is for a packet of another link type than those before it, in a format that has room for one.
var ErrLinkType = errors.New("a pcap file has room for one link type; pcapng has for all")

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

// Unwrap gives the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// A Writer writes packets to a file. It hands over whole records only, so that a file that is left alone at any moment can be read up to there.
//
// After an error the file is cut behind its last whole record, where it can be; every further call gives the same error.
type Writer struct {
	out    io.Writer
	name   string
	format FileFormat
	buf    []byte
	ends   []int // where in buf each packet ends
	size   int64 // bytes handed over
	done   int64 // packets handed over
	ifaces map[interfaceKey]uint32
	link   linktype.Type // of a pcap file
	begun  bool
	err    error
}

// interfaceKey tells one interface of the input from another.
type interfaceKey struct {
	file  string
	index int
	link  linktype.Type
}

// NewWriter writes to out. The name goes into errors. What the file begins with is handed over with the first packets, or by Begin.
func NewWriter(out io.Writer, name string, format FileFormat) *Writer {
	return &Writer{out: out, name: name, format: format, ifaces: map[interfaceKey]uint32{}}
}

// Begin hands over what a file begins with, so that it can be read although it has no packets yet. Packets of that interface name it as File "" or
// in.Name, with index 0.
func (w *Writer) Begin(in Interface) error {
	if w.err == nil && !w.begun {
		w.head(in.Link, in.SnapLen)
		if w.format == Pcapng {
			w.describe(interfaceKey{in.Name, 0, in.Link}, in)
		}
	}
	return w.Flush()
}

// Packets is how many packets are in the file, as far as they were handed over.
func (w *Writer) Packets() int64 { return w.done }

// Size is how many bytes the file has, with those that were not handed over yet.
func (w *Writer) Size() int64 { return w.size + int64(len(w.buf)) }

// Write adds a packet. about tells of its interface where that is new; comments are added to the packet's own. A time before 1970, or one that is not known,
// becomes zero.
func (w *Writer) Write(p *Packet, about func() Interface, comments ...string) error {
	if w.err != nil {
		return w.err
	}
	if !w.begun {
		w.head(p.Link, about().SnapLen)
	}
	if w.format == Pcap {
		if p.Link != w.link {
			w.err = &WriteError{w.name, w.done, fmt.Errorf("packet %d: %w", p.Number, ErrLinkType)}
			return w.err
		}
		w.record(p)
	} else {
		w.enhanced(p, w.interfaceOf(p, about), comments)
	}
	w.ends = append(w.ends, len(w.buf))
	if len(w.buf) >= writeSize {
		return w.Flush()
	}
	return nil
}

// Flush hands over what was gathered.
func (w *Writer) Flush() error {
	if w.err != nil || len(w.buf) == 0 {
		return w.err
	}
	n, err := w.out.Write(w.buf)
	if err == nil && n < len(w.buf) {
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

// broken keeps count of what an output took before it failed, and cuts a file behind the last whole packet.
func (w *Writer) broken(n int, err error) {
	whole := 0
	for _, end := range w.ends {
		if end > n {
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

// head is what a file begins with.
func (w *Writer) head(link linktype.Type, snap uint32) {
	w.begun, w.link = true, link
	if w.format == Pcapng {
		w.section()
		return
	}
	const nanoseconds, major, minor = 0xa1b23c4d, 2, 4
	if snap == 0 {
		snap = DefaultSnapLen
	}
	w.u32(nanoseconds)
	w.u32(major | minor<<16)
	w.u32(0) // two fields that are not used
	w.u32(0)
	w.u32(snap)
	w.u32(uint32(link))
}

// record is a packet in a pcap file.
func (w *Writer) record(p *Packet) {
	nanos := sinceEpoch(p)
	w.u32(uint32(nanos / 1e9)) // 32 bits, until 2106
	w.u32(uint32(nanos % 1e9))
	w.u32(uint32(len(p.Data)))
	w.u32(uint32(p.Length))
	w.buf = append(w.buf, p.Data...)
}

// sinceEpoch is a packet's time in nanoseconds since 1970.
func sinceEpoch(p *Packet) uint64 {
	if !p.HasTime || p.Timestamp.Unix() < 0 {
		return 0
	}
	return uint64(p.Timestamp.Unix())*1e9 + uint64(p.Timestamp.Nanosecond())
}

func (w *Writer) u32(v uint32) { w.buf = binary.LittleEndian.AppendUint32(w.buf, v) }
func (w *Writer) u16(v int)    { w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(v)) }
