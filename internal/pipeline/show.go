package pipeline

import (
	"bufio"
	"bytes"
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

const (
	showLen   = 256       // maximum number of packets in a chunk; each takes about 3 KiB
	singleLen = 16        // the same with one worker
	copySize  = 256 << 10 // size of the buffer for copies of a chunk's packets, in bytes
	maxCopy   = 1 << 20   // packets of a chunk beyond this size in bytes are not copied
)

// A View writes packets as text.
type View struct {
	Out *bufio.Writer
	// New returns a function that writes packets to w, one function for each chunk. If it writes a
	// header, only that of the first chunk is output.
	New     func(w io.Writer) (func(*analysis.Frame) error, error)
	Observe func(*analysis.Frame) // called for each packet in order; may be nil
	Flush   bool                  // flush the output after each chunk
	Ordered bool                  // the output of a packet depends on packets before it
}

// Show writes every packet until the input ends. It returns the error that ended the input, or nil
// at its normal end.
func (p *Pipeline) Show(v View) error {
	workers, n := p.workers()
	if v.Ordered {
		workers, n = 1, 1
	}
	length := showLen
	if n == 1 {
		length = singleLen
	}
	chunks := make([]chunk, n)
	for i := range chunks {
		c := &shownChunk{p: p, view: &v, single: n == 1, packets: make([]*shownPacket, length)}
		c.to.Writer = io.Discard
		if i == 0 {
			c.to.Writer = v.Out
		}
		var err error
		if c.show, err = v.New(&c.to); err != nil {
			return &OutputError{err}
		}
		chunks[i] = c
	}
	return p.run(workers, p.sums, chunks...)
}

// A shownChunk writes its packets one by one.
type shownChunk struct {
	p       *Pipeline
	view    *View
	show    func(*analysis.Frame) error // writes to to
	to      struct{ io.Writer }
	text    bytes.Buffer
	single  bool // there is no other chunk
	packets []*shownPacket
	n       int    // number of selected packets
	taken   int    // number of packets before the filter
	data    []byte // copies of the packets' bytes
	size    int    // of all packets, in bytes
	inUse   bool   // packets are in the source's memory
}

// A shownPacket holds a packet in all steps from read to write.
type shownPacket struct {
	read    capture.Packet
	decoded decode.Packet
	frame   analysis.Frame
}

// at returns packet i of the chunk.
func (c *shownChunk) at(i int) *shownPacket {
	if c.packets[i] == nil {
		c.packets[i] = new(shownPacket)
	}
	return c.packets[i]
}

func (c *shownChunk) wait() bool {
	c.n, c.taken, c.data, c.size, c.inUse = 0, 0, c.data[:0], 0, c.single
	return c.p.next(&c.at(0).read)
}

func (c *shownChunk) read() {
	src := c.p.input.src
	for {
		c.take(c.at(c.n))
		full := c.n == len(c.packets) || c.size > copySize || c.inUse && !c.single
		if full || !src.Ready() || !c.p.next(&c.at(c.n).read) {
			return
		}
	}
}

// take adds a packet that was read, if it is selected. It copies everything that the source
// overwrites.
func (c *shownChunk) take(x *shownPacket) {
	c.taken++
	c.size += len(x.read.Data)
	r := x.read.Record()
	if !c.p.input.passes(&r) {
		return
	}
	c.n++
	comments := c.p.comments(&x.read)
	for _, text := range comments {
		c.size += len(text)
	}
	c.inUse = c.inUse || c.size > maxCopy
	x.read.Data = c.keep(x.read.Data)
	x.frame.Comments = x.frame.Comments[:0]
	for _, text := range comments {
		x.frame.Comments = append(x.frame.Comments, c.keep(text))
	}
	x.frame.InterfaceName, x.frame.InterfaceAbout = c.p.interfaceWords(&x.read)
}

// keep returns a copy of data, or data itself if the chunk is alone. If a copy does not fit in the
// buffer, keep allocates another one, and earlier copies stay valid.
func (c *shownChunk) keep(data []byte) []byte {
	if c.inUse {
		return data
	}
	if len(data) > cap(c.data)-len(c.data) {
		c.data = make([]byte, 0, max(copySize, len(data)))
	}
	from := len(c.data)
	c.data = append(c.data, data...)
	return c.data[from:len(c.data):len(c.data)]
}

func (c *shownChunk) alone() bool { return c.inUse }

func (c *shownChunk) prepare() {
	for _, x := range c.packets[:c.n] {
		x.decoded.Decode(x.read.Link, x.read.Data, x.read.Length)
	}
}

func (c *shownChunk) analyze() {
	for _, x := range c.packets[:c.n] {
		c.p.Analyzer.Flows.Expect(&x.decoded)
	}
	c.p.Analyzer.Flows.Load()
	for _, x := range c.packets[:c.n] {
		x.frame.Packet = &x.decoded
		c.p.Analyzer.Decoded(&x.frame, &x.read)
		if c.view.Observe != nil {
			c.view.Observe(&x.frame)
		}
	}
	c.p.done(c.taken, c.n)
}

// render writes to a buffer. A chunk that is alone may be large, so write outputs it directly.
func (c *shownChunk) render() {
	if c.inUse {
		return
	}
	c.text.Reset()
	c.to.Writer = &c.text
	for _, x := range c.packets[:c.n] {
		_ = c.show(&x.frame) // writing to a buffer never fails
	}
}

func (c *shownChunk) write() error {
	if err := c.output(); err != nil {
		return &OutputError{err}
	}
	return nil
}

func (c *shownChunk) output() error {
	if !c.inUse {
		if _, err := c.view.Out.Write(c.text.Bytes()); err != nil {
			return err
		}
	} else {
		c.to.Writer = c.view.Out
		for _, x := range c.packets[:c.n] {
			if err := c.show(&x.frame); err != nil {
				return err
			}
		}
	}
	if c.view.Flush {
		return c.view.Out.Flush()
	}
	return nil
}
