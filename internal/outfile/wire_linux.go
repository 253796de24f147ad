package outfile

import (
	"encoding/binary"
	"errors"
	"io/fs"

	"golang.org/x/sys/unix"
)

// An operation is the first byte of a request. A name relative to the plan's folder follows.
type operation byte

const (
	opOpen operation = iota + 1
	opCreate
	opCommit
	opDiscard
	opRemove
	opDelete
)

// An answer holds an error number, 0 for none, whether a file was created, and the operation that
// failed. An open file may be attached to it.
type answer struct {
	errno unix.Errno
	made  bool
	op    string
}

// maxAnswer is the largest size of an answer in bytes.
const maxAnswer = 64

func (a answer) bytes() []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(a.errno))
	made := byte(0)
	if a.made {
		made = 1
	}
	b = append(append(b, made), a.op...)
	return b[:min(len(b), maxAnswer)]
}

func readAnswer(b []byte) (answer, error) {
	const fixed = 5
	if len(b) < fixed {
		return answer{}, errors.New("an answer is too short")
	}
	return answer{unix.Errno(binary.LittleEndian.Uint32(b)), b[4] == 1, string(b[fixed:])}, nil
}

// failure returns the answer for an error.
func failure(err error) answer {
	a := answer{errno: unix.EIO, op: "open"}
	var path *fs.PathError
	if errors.As(err, &path) {
		a.op = path.Op
	}
	var errno unix.Errno
	if errors.As(err, &errno) {
		a.errno = errno
	}
	return a
}
