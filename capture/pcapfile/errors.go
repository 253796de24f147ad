package pcapfile

import (
	"errors"
	"fmt"
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
	// where the record begins, in bytes from the start of the capture after decompression
	Offset int64
	// what was being read: "packet", "file header", "section header", "interface", "block", "end"
	Op     string
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
	if op == opFile && e.Offset == 0 && e.Packet == 0 {
		return e.File + ": " + e.Detail // it is about the file as a whole
	}
	return fmt.Sprintf("%s: %s at byte %s: %s (%d %s)", e.File, op, grouped(e.Offset), e.Detail, n,
		read)
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }
