package pcapfile

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// The parts of a file, for FormatError.Op.
const (
	opPacket    = "packet"
	opFile      = "file header"
	opSection   = "section header"
	opInterface = "interface"
	opBlock     = "block"
	opEnd       = "end"
)

// explain adds to an error what the framing does not know: the file and the number of packets.
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

// softFaults are faults after which a file can still be read. The first one replaces io.EOF at the
// end.
type softFaults struct {
	first *FormatError
	more  int // number of faults after the first
}

// err returns the first fault, with the number of the others.
func (s *softFaults) err() error {
	if s.more > 0 {
		s.first.Detail += fmt.Sprintf(", and %s more such faults", grouped(int64(s.more)))
		s.more = 0
	}
	return s.first
}

// failure converts the error of a reader to a FormatError: a truncated file, damaged compression,
// or an error of the system.
func failure(offset int64, op string, err error) *FormatError {
	var system *fs.PathError
	if errors.As(err, &system) {
		err = system.Err // the name is in the FormatError already
	}
	if errors.Is(err, syscall.EISDIR) {
		return &FormatError{Offset: offset, Op: op, Detail: "a folder, not a file", Err: err}
	}
	return &FormatError{Offset: offset, Op: op, Detail: err.Error(), Err: err}
}
