package live

import (
	"encoding/binary"
	"errors"
	"time"
)

// errBPFBuffer is for a buffer of /dev/bpf with impossible numbers.
var errBPFBuffer = errors.New("a frame reaches out of its buffer")

// A bpfLayout is a system's layout of the data from /dev/bpf (struct bpf_hdr of bpf(4)). A header
// has a time of two words, captured and original length of four bytes each, and its own length in
// two bytes. The frame follows. All numbers are in the machine's byte order.
type bpfLayout struct {
	word  int // bytes of each half of the time
	align int // the next header begins at a multiple of this
}

// A bpfFrame is one frame in a buffer of /dev/bpf.
type bpfFrame struct {
	data   []byte
	length int // on the wire, in bytes
	at     time.Time
}

// fixed returns the length of a header before its padding, in bytes.
func (l bpfLayout) fixed() int { return 2*l.word + 4 + 4 + 2 }

// next returns the first frame of a buffer, and the rest of the buffer.
func (l bpfLayout) next(b []byte) (f bpfFrame, rest []byte, err error) {
	if len(b) < l.fixed() {
		return f, nil, errBPFBuffer
	}
	lengths := b[2*l.word:]
	captured := binary.NativeEndian.Uint32(lengths)
	header := int(binary.NativeEndian.Uint16(lengths[8:]))
	if header < l.fixed() || int64(captured) > int64(len(b)-header) {
		return f, nil, errBPFBuffer
	}
	end := header + int(captured)
	f.data, f.length = b[header:end:end], int(binary.NativeEndian.Uint32(lengths[4:]))
	f.at = time.Unix(l.number(b), l.number(b[l.word:])*1000).UTC()
	return f, b[min((end+l.align-1)/l.align*l.align, len(b)):], nil
}

// number returns one half of a time.
func (l bpfLayout) number(b []byte) int64 {
	if l.word == 8 {
		return int64(binary.NativeEndian.Uint64(b))
	}
	return int64(int32(binary.NativeEndian.Uint32(b)))
}
