package live

import (
	"encoding/binary"
	"errors"
	"time"
)

// errBPFBuffer is for a buffer of /dev/bpf whose numbers cannot be right.
var errBPFBuffer = errors.New("a frame reaches out of its buffer")

// A bpfLayout is how a system lays out what is read from /dev/bpf (struct bpf_hdr of bpf(4)): a
// time of two words, captured and original length of four bytes each, the length of the header in
// two, and then the frame. All are in the machine's byte order.
type bpfLayout struct {
	word  int // bytes of each half of the time
	align int // the next header begins at a multiple of this
}

// A bpfFrame is one frame in such a buffer.
type bpfFrame struct {
	data   []byte
	length int // on the wire, in bytes
	at     time.Time
}

// fixed is how long a header is before its padding.
func (l bpfLayout) fixed() int { return 2*l.word + 4 + 4 + 2 }

// next takes the first frame off a buffer.
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

// number is one half of a time.
func (l bpfLayout) number(b []byte) int64 {
	if l.word == 8 {
		return int64(binary.NativeEndian.Uint64(b))
	}
	return int64(int32(binary.NativeEndian.Uint32(b)))
}
