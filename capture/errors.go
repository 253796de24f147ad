package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
)

// Causes that a FormatError wraps; ask with errors.Is.
var (
	// ErrUnknownFormat is for what is no capture file that this package reads.
	ErrUnknownFormat = errors.New("unknown file format")
	// ErrVersion is for a version of a known format that is not read.
	ErrVersion = errors.New("unknown version")
	// ErrCut is for a file that ends elsewhere than between two records.
	ErrCut = errors.New("file is cut short")
	// ErrLength is for a length that contradicts the structure around it.
	ErrLength = errors.New("impossible length")
	// ErrTooLarge is for a claim above a limit of this package, which says which.
	ErrTooLarge = errors.New("claim above the limit")
	// ErrTrailer is for a pcapng block whose two lengths differ.
	ErrTrailer = errors.New("a block's two lengths differ")
	// ErrInterface is for a pcapng packet of an interface that its section does not describe.
	ErrInterface = errors.New("interface is not described")
	// ErrJoined is for a file header after the packets, where captures were joined byte by byte.
	ErrJoined = errors.New("a second file header")
	// ErrTrailing is for other data after the end of the compressed data.
	ErrTrailing = errors.New("data after the end of the compressed data")
	// ErrCompressed is for compressed data that does not decompress.
	ErrCompressed = errors.New("damaged compressed data")
)

// A FormatError says where a capture file stopped making sense, and why.
type FormatError struct {
	File   string // as it was opened, "-" for standard input
	Packet int64  // packets read before it in this file
	Offset int64  // where the record begins, in bytes from the start of the capture after decompression
	Op     string // what was being read: "packet", "file header", "section header", "interface", "block", "end"
	Detail string // what was claimed, and what is there
	Err    error  // one of this package's causes, or what the system said
	soft   bool   // the file was read on
	total  int64  // packets read in all, if soft
}

// Error is one line: the file, what was read, the byte, the trouble, and how much was read before.
func (e *FormatError) Error() string {
	op := e.Op
	if op == opPacket {
		op += " " + strconv.FormatInt(e.Packet+1, 10)
	}
	n, read := e.Packet, "packets read"
	if e.soft {
		n, read = e.total, "packets read all the same"
	}
	if n == 1 {
		read = "packet" + read[len("packets"):]
	}
	return fmt.Sprintf("%s: %s at byte %s: %s (%d %s)", e.File, op, grouped(e.Offset), e.Detail, n, read)
}

// Unwrap gives the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// What was being read, for FormatError.Op.
const (
	opPacket    = "packet"
	opFile      = "file header"
	opSection   = "section header"
	opInterface = "interface"
	opBlock     = "block"
	opEnd       = "end"
)

// explain adds what the framing can't know to its error: the file and how many packets were read.
func (f *File) explain(err error) error {
	var fe *FormatError
	if errors.As(err, &fe) {
		fe.File = f.name
		if errors.Is(err, ErrTrailing) && f.buf.have() == 0 {
			fe.Op = opEnd // no packet is missing
		}
		if fe.soft {
			fe.total = f.packets
		} else {
			fe.Packet = f.packets
		}
	}
	return err
}

// softFaults are faults that don't keep a file from being read on: they come out in place of io.EOF.
type softFaults struct {
	first *FormatError
	more  int // how many came after the first
}

// err is the first fault, with a word on the others.
func (s *softFaults) err() error {
	if s.more > 0 {
		s.first.Detail += fmt.Sprintf(", and %s more such faults", grouped(int64(s.more)))
		s.more = 0
	}
	return s.first
}

// failure turns what a reader ended with into a FormatError: a file that is cut, damaged compression, or the system's trouble.
func failure(offset int64, op string, err error) *FormatError {
	var system *fs.PathError
	if errors.As(err, &system) {
		err = system.Err // the name is in the FormatError already
	}
	return &FormatError{Offset: offset, Op: op, Detail: err.Error(), Err: err}
}

// grouped writes a number with a space between thousands from five digits on, as the SI does.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 10_000 {
		return s
	}
	var out []byte
	for i, c := range []byte(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			out = append(out, ' ')
		}
		out = append(out, c)
	}
	return string(out)
}

// bytesOf writes a length: exactly below a mebibyte, in round units above.
func bytesOf[T ~int | ~int64 | ~uint32](n T) string {
	switch v := float64(n); {
	case n == 1:
		return "1 byte"
	case v < 1<<20:
		return grouped(int64(n)) + " bytes"
	case v < 1<<30:
		return rounded(v/(1<<20)) + " MiB"
	default:
		return rounded(v/(1<<30)) + " GiB"
	}
}

// rounded has one decimal, or none if that is zero.
func rounded(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s[len(s)-2:] == ".0" {
		return s[:len(s)-2]
	}
	return s
}
