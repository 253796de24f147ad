package pcapfile

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What was being read, for FormatError.Op.
const (
	opPacket    = "packet"
	opFile      = "file header"
	opSection   = "section header"
	opInterface = "interface"
	opBlock     = "block"
	opEnd       = "end"
)

// explain adds what the framing cannot know to its error: the file and how many packets were read.
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

// softFaults are faults that do not keep a file from being read on: they come out instead of
// io.EOF.
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

// failure turns what a reader ended with into a FormatError: a file that is cut, damaged
// compression, or the system's trouble.
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
