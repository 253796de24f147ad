package pcapfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/therootcompany/xz"
)

// The xz file format 1.2.1, sections 2.1.1 and 3.1: a stream header of 12 bytes, then a block
// header. The block header contains its size in units of four bytes, minus one, the filters of the
// block, and its own CRC-32.
const (
	xzStreamHeaderLen = 12
	xzMaxBlockHeader  = 1024
	xzLZMA2           = 0x21 // the filter's number; its property is the dictionary size
	xzMaxDictionary   = 40
	xzMagic           = "\xfd7zXZ\x00" // of a stream header
	xzUnit            = 4              // streams and the padding between them are whole units
)

// openXZ decompresses with a dictionary of window bytes at most.
//
// xz -9 requests 64 MiB whatever the file's size, but a file smaller than the window never looks
// back further than the window. So the request is reduced to the window, and only data that really
// looks back further is rejected.
func openXZ(r *bufio.Reader, window uint32) (io.Reader, func(), error) {
	x := &xzReader{window: window}
	head, _ := r.Peek(xzStreamHeaderLen + 1) // the decompressor reports missing bytes
	if len(head) > xzStreamHeaderLen {
		head, _ = r.Peek(xzStreamHeaderLen + xzHeaderLen(head[xzStreamHeaderLen]))
	}
	head = bytes.Clone(head)
	r.Discard(len(head)) // cannot fail after Peek
	x.shrunk = shrinkXZ(head, window)
	x.in.r = io.MultiReader(bytes.NewReader(head), r)
	z, err := xz.NewReader(&x.in, window)
	x.z = z
	return x, nil, err
}

// xzReader distinguishes data that looks back too far from damaged data, and other data after a
// stream from a stream that is cut in its header.
type xzReader struct {
	z      *xz.Reader
	in     xzInput
	window uint32
	shrunk bool // the dictionary is smaller than the file requests
	out    int64
}

func (x *xzReader) Read(p []byte) (int, error) {
	n, err := x.z.Read(p)
	x.out += int64(n)
	if x.shrunk && errors.Is(err, xz.ErrData) && x.out >= int64(x.window) {
		err = xz.ErrMemlimit
	}
	const inHeader = -1 // Reader.CheckType up to the end of a stream header
	if errors.Is(err, xz.ErrBuf) && x.z.CheckType == inHeader && !x.in.endsInHeader() {
		err = xz.ErrFormat // the library needs a whole header to say so
	}
	return n, err
}

// An xzInput remembers the last bytes of the input.
type xzInput struct {
	r    io.Reader
	size int64
	last []byte // fewer than a stream header, if the input is longer
}

func (x *xzInput) Read(p []byte) (int, error) {
	n, err := x.r.Read(p)
	x.size += int64(n)
	const most = xzStreamHeaderLen - 1
	x.last = append(x.last, p[max(0, n-most):n]...)
	x.last = append(x.last[:0], x.last[max(0, len(x.last)-most):]...)
	return n, err
}

// endsInHeader reports whether the input ends with a part of a stream header.
func (x *xzInput) endsInHeader() bool {
	for i := range x.last {
		part := x.last[i:]
		part = part[:min(len(part), len(xzMagic))]
		if (x.size-int64(len(x.last)-i))%xzUnit == 0 && strings.HasPrefix(xzMagic, string(part)) {
			return true
		}
	}
	return false
}

func xzHeaderLen(b byte) int { return (int(b) + 1) * 4 }

// shrinkXZ reduces the dictionary size in the first block's header to the largest one within the
// window, if it is larger.
func shrinkXZ(head []byte, window uint32) bool {
	if len(head) <= xzStreamHeaderLen {
		return false
	}
	block := head[xzStreamHeaderLen:]
	// 0 is the index of a stream without blocks.
	if block[0] == 0 || len(block) != xzHeaderLen(block[0]) {
		return false
	}
	body, sum := block[:len(block)-4], block[len(block)-4:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return false
	}
	dict := lzma2Dictionary(body)
	if dict == nil || *dict > xzMaxDictionary || dictionarySize(*dict) <= uint64(window) {
		return false
	}
	for *dict > 0 && dictionarySize(*dict) > uint64(window) {
		*dict--
	}
	binary.LittleEndian.PutUint32(sum, crc32.ChecksumIEEE(body))
	return true
}

// dictionarySize returns the dictionary size in bytes for a byte of LZMA2 properties: 4 KiB, 6 KiB,
// 8 KiB, 12 KiB and so on.
func dictionarySize(b byte) uint64 { return uint64(2|b&1) << (b/2 + 11) }

// lzma2Dictionary returns the byte with the dictionary size in a block header, nil if there is
// none.
func lzma2Dictionary(h []byte) *byte {
	const (
		filtersMask = 0x03 // in the flags: the number of filters, minus one
		packedSize  = 0x40
		plainSize   = 0x80
	)
	flags, at := h[1], 2
	number := func() uint64 {
		v, n := binary.Uvarint(h[min(at, len(h)):])
		at += max(n, 0)
		return v
	}
	for _, bit := range []byte{packedSize, plainSize} {
		if flags&bit != 0 {
			number()
		}
	}
	for range flags&filtersMask + 1 {
		id, size := number(), number()
		if id == xzLZMA2 && size == 1 && at < len(h) {
			return &h[at]
		}
		if size > xzMaxBlockHeader {
			return nil
		}
		at += int(size)
	}
	return nil
}
