package pcapfile

import (
	"fmt"
	"io"
)

const (
	// bufferSize is the number of bytes per read: enough to make the cost of system calls
	// negligible.
	bufferSize = 256 << 10
	// firstSize is the number of bytes of the first read: many files are small and need no more.
	firstSize = 4 << 10
	// bufferGrowth is the factor by which a full buffer grows. With few steps there is little
	// garbage.
	bufferGrowth = 8
	// maxBlock is the largest packet data and the longest other block kept in memory, in bytes.
	// libpcap has the same limit for pcapng.
	maxBlock = 16 << 20
	// maxPacketBlock is the longest block of a packet, in bytes. It includes the data, all
	// comments that are kept, and other options.
	maxPacketBlock = maxBlock + maxCommentText + 64<<10
	// maxBuffer is the largest buffer, in bytes.
	maxBuffer = maxPacketBlock + bufferSize
	// maxDetached is the largest memory that detach returns, in bytes.
	maxDetached = 1 << 20
	// emptyReads is the number of successive empty reads without an error that end reading.
	emptyReads = 100
)

// A buffer reads large pieces and lets callers parse them in place. data[from:to] is read but
// not parsed yet.
type buffer struct {
	r    io.Reader
	data []byte
	from int
	to   int
	base int64 // offset of data[0] in the stream
	end  int64 // length of the stream, -1 if unknown
	file bool  // reading never blocks, unlike on a pipe
	err  error // the error or io.EOF that ended the reader
}

func newBuffer(r io.Reader) *buffer {
	return &buffer{r: r, data: make([]byte, firstSize), end: -1}
}

// offset returns the start of the next record, in bytes from the start of the stream.
func (b *buffer) offset() int64 { return b.base + int64(b.from) }

// have returns the number of bytes that are not parsed yet.
func (b *buffer) have() int { return b.to - b.from }

// more reads until n bytes are available, and reports whether they are. Beyond bufferSize it grows
// the buffer only when it is full of bytes that were read, whatever n is.
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

// compact moves the unparsed bytes to the start of the buffer.
func (b *buffer) compact() {
	b.base += int64(b.from)
	b.to = copy(b.data, b.data[b.from:b.to])
	b.from = 0
}

// detach returns the memory before from. See File.Detach.
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

// grow enlarges a first or a full buffer. The caller has checked the record's length.
func (b *buffer) grow() {
	larger := make([]byte, max(min(len(b.data)*bufferGrowth, maxBuffer), len(b.data)+bufferSize))
	copy(larger, b.data[:b.to])
	b.data = larger
}

// read reads once, after the bytes in the buffer.
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

// Read makes a buffer an io.Reader: it returns the buffer's bytes, then the rest of the stream.
func (b *buffer) Read(p []byte) (int, error) {
	if !b.more(1) {
		return 0, b.err
	}
	n := copy(p, b.data[b.from:b.to])
	b.from += n
	return n, nil
}

// left returns the number of bytes from the next record to the end of the stream, if the end is
// known or within the buffer.
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

// ended returns the error for n missing bytes of a header. It returns io.EOF if nothing follows and
// the reader ended without an error.
func (b *buffer) ended(op string, n int) error {
	if b.have() == 0 && b.err == io.EOF {
		return io.EOF
	}
	return b.shortHeader(op, n)
}

// shortHeader returns the error for a header of n bytes if the stream ends inside it.
func (b *buffer) shortHeader(op string, n int) error {
	return b.short(b.offset(), op, "a header takes %s, the file has %s left", int64(n))
}

// shortRecord returns the error for a record that claims n bytes if the stream ends inside it.
func (b *buffer) shortRecord(op string, n int) error {
	return b.short(b.offset(), op, claimant(op)+" claims %s, the file has %s left", int64(n))
}

// short returns the error for data at start that has fewer than n bytes because the reader ended.
// format takes the two lengths.
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

// claimant returns the source of a length, for errors.
func claimant(op string) string {
	if op == opPacket {
		return "record"
	}
	return "block"
}

// fail returns an error in the record at the buffer's position.
func (b *buffer) fail(op string, cause error, format string, args ...any) *FormatError {
	return &FormatError{Offset: b.offset(), Op: op, Detail: fmt.Sprintf(format, args...),
		Err: cause}
}
