package pcapfile

import (
	"fmt"
	"io"
)

const (
	// bufferSize is how much is read at a time, in bytes: enough that a system call a piece costs
	// next to nothing.
	bufferSize = 256 << 10
	// firstSize is how much is read at first, in bytes: small files are many, and need no more.
	firstSize = 4 << 10
	// bufferGrowth is how many times larger a buffer gets that a record fills: few steps leave
	// little garbage.
	bufferGrowth = 8
	// maxBlock is the most data of a packet, and the longest other block, that is held in memory,
	// in bytes. libpcap has the same for pcapng.
	maxBlock = 16 << 20
	// maxPacketBlock is the longest block of a packet, in bytes: its data, with all comments that
	// are kept and what else a writer adds.
	maxPacketBlock = maxBlock + maxCommentText + 64<<10
	// maxBuffer is the largest buffer, in bytes.
	maxBuffer = maxPacketBlock + bufferSize
	// maxDetached is the largest memory that is given up, in bytes.
	maxDetached = 1 << 20
	// emptyReads is how often a reader may give nothing, without an error, before it is given up.
	emptyReads = 100
)

// A buffer reads large pieces and lets callers parse them in place: data[from:to] was read and not
// parsed yet.
type buffer struct {
	r    io.Reader
	data []byte
	from int
	to   int
	base int64 // where data[0] is in the stream
	end  int64 // how long the stream is, -1 if that isn't known
	file bool  // reading on never waits, as it may on a pipe
	err  error // what the reader ended with
}

func newBuffer(r io.Reader) *buffer {
	return &buffer{r: r, data: make([]byte, firstSize), end: -1}
}

// offset is where the next record begins, in bytes from the start of the stream.
func (b *buffer) offset() int64 { return b.base + int64(b.from) }

// have is the number of bytes that are there.
func (b *buffer) have() int { return b.to - b.from }

// more reads until n bytes are there, and reports whether they are. Beyond bufferSize it grows the
// buffer only when that is full of bytes that came, whatever n is.
func (b *buffer) more(n int) bool {
	for b.have() < n {
		if b.err != nil {
			return false
		}
		if b.from+n > len(b.data) {
			b.compact()
			if b.to == len(b.data) || len(b.data) < bufferSize {
				b.grow()
			}
		}
		b.read()
	}
	return true
}

// compact moves what is there to the start of the buffer.
func (b *buffer) compact() {
	b.base += int64(b.from)
	b.to = copy(b.data, b.data[b.from:b.to])
	b.from = 0
}

// detach gives up the memory before from. See File.Detach.
func (b *buffer) detach(memory []byte) []byte {
	if b.have() > b.from || len(b.data) > maxDetached {
		return nil
	}
	old := b.data
	if len(memory) < len(old) {
		memory = make([]byte, len(old))
	}
	b.base += int64(b.from)
	b.to = copy(memory, old[b.from:b.to])
	b.from, b.data = 0, memory
	return old
}

// grow makes a first or a full buffer larger. A record's length is checked before.
func (b *buffer) grow() {
	larger := make([]byte, max(min(len(b.data)*bufferGrowth, maxBuffer), len(b.data)+bufferSize))
	copy(larger, b.data[:b.to])
	b.data = larger
}

// read reads once into the room after what is there.
func (b *buffer) read() {
	for range emptyReads {
		n, err := b.r.Read(b.data[b.to:])
		b.to += n
		if err != nil {
			b.err = err
			return
		}
		if n > 0 {
			return
		}
	}
	b.err = io.ErrNoProgress
}

// Read makes a buffer the start of what it reads from: first what is there, then the rest.
func (b *buffer) Read(p []byte) (int, error) {
	if !b.more(1) {
		return 0, b.err
	}
	n := copy(p, b.data[b.from:b.to])
	b.from += n
	return n, nil
}

// left is the number of bytes from the next record to the end of the stream, if that is known
// or near.
func (b *buffer) left() (int64, bool) {
	if b.end >= b.offset() {
		return b.end - b.offset(), true
	}
	b.compact()
	for b.file && b.err == nil && b.to < len(b.data) {
		b.read()
	}
	return int64(b.have()), b.err == io.EOF
}

// ended returns the error for n missing bytes of a header; io.EOF if nothing follows and the reader
// ended well.
func (b *buffer) ended(op string, n int) error {
	if b.have() == 0 && b.err == io.EOF {
		return io.EOF
	}
	return b.shortHeader(op, n)
}

// shortHeader is the error for a header of n bytes that the stream ends in.
func (b *buffer) shortHeader(op string, n int) error {
	return b.short(b.offset(), op, "a header takes %s, the file has %s left", int64(n))
}

// shortRecord is the error for a record that claims n bytes and that the stream ends in.
func (b *buffer) shortRecord(op string, n int) error {
	return b.short(b.offset(), op, claimant(op)+" claims %s, the file has %s left", int64(n))
}

// short is the error for what begins at start, should have n bytes, and has fewer, because the
// reader ended. The two lengths go into format.
func (b *buffer) short(start int64, op, format string, n int64) error {
	if b.err != io.EOF {
		return failure(start, op, b.err)
	}
	err := b.fail(op, ErrCut, format, bytesOf(n), bytesOf(b.offset()+int64(b.have())-start))
	err.Offset = start
	return err
}

// excess returns the error for a claim above a limit, or for a claim beyond the end of the file if
// the end is known.
func (b *buffer) excess(op string, n uint32, limit int64) error {
	if left, ok := b.left(); ok && left < int64(n) {
		return b.fail(op, ErrTooLarge, "%s claims %s, the file has %s left", claimant(op),
			bytesOf(n), bytesOf(left))
	}
	if bytesOf(n) == bytesOf(limit) {
		return b.fail(op, ErrTooLarge, "%s claims %s more than the limit of %s", claimant(op),
			bytesOf(int64(n)-limit), bytesOf(limit))
	}
	return b.fail(op, ErrTooLarge, "%s claims %s, the limit is %s", claimant(op), bytesOf(n),
		bytesOf(limit))
}

// claimant is the source of a length, for errors.
func claimant(op string) string {
	if op == opPacket {
		return "record"
	}
	return "block"
}

// fail is an error in the record that begins where the buffer is.
func (b *buffer) fail(op string, cause error, format string, args ...any) *FormatError {
	return &FormatError{Offset: b.offset(), Op: op, Detail: fmt.Sprintf(format, args...),
		Err: cause}
}
