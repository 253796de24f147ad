package pcapfile

import (
	"errors"
	"fmt"
	"strconv"
)

// Causes that a FormatError wraps. Test them with errors.Is.
var (
	// ErrUnknownFormat is for data that is not a capture file of a known format.
	ErrUnknownFormat = errors.New("unknown file format")
	// ErrVersion is for an unsupported version of a known format.
	ErrVersion = errors.New("unknown version")
	// ErrCut is for a file that ends within a record.
	ErrCut = errors.New("file is cut short")
	// ErrLength is for a length that contradicts the structure around it.
	ErrLength = errors.New("impossible length")
	// ErrTooLarge is for a claim above a limit. The FormatError names the limit.
	ErrTooLarge = errors.New("claim above the limit")
	// ErrTrailer is for a pcapng block whose two lengths differ.
	ErrTrailer = errors.New("a block's two lengths differ")
	// ErrInterface is for a pcapng packet of an interface that its section does not describe.
	ErrInterface = errors.New("interface is not described")
	// ErrJoined is for a file header after packets: captures were joined byte by byte.
	ErrJoined = errors.New("a second file header")
	// ErrTrailing is for other data after the end of the compressed data.
	ErrTrailing = errors.New("data after the end of the compressed data")
	// ErrCompressed is for compressed data that does not decompress.
	ErrCompressed = errors.New("damaged compressed data")
)

// A FormatError describes where and why a capture file cannot be read further.
type FormatError struct {
	File   string // as it was opened, "-" for standard input
	Packet int64  // packets read before it in this file
	// where the record begins, in bytes from the start of the capture after decompression
	Offset int64
	// the part being read: "packet", "file header", "section header", "interface", "block", "end"
	Op     string
	Detail string // the claim, and what the file contains
	Err    error  // one of this package's causes, or the system's error
	soft   bool   // reading continued after it
	total  int64  // packets read in all, if soft
}

// Error returns one line: the file, the part, the byte, the problem, and the number of packets read
// before it.
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
	if op == opFile && e.Offset == 0 && e.Packet == 0 {
		return e.File + ": " + e.Detail // it is about the whole file
	}
	return fmt.Sprintf("%s: %s at byte %s: %s (%d %s)", e.File, op, grouped(e.Offset), e.Detail, n,
		read)
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }
