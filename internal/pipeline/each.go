package pipeline

import (
	"errors"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
)

// Each calls show for every packet, one after the other, until the input ends or show returns
// ErrEnough. It returns the error that ended the input, or nil at its normal end. The frame is
// valid until the next call.
func (p *Pipeline) Each(show func(*analysis.Frame) error) error {
	err := p.run(1, p.sums, &frameChunk{p: p, show: show})
	if errors.Is(err, ErrEnough) {
		return nil
	}
	return err
}

// sums returns the bytes and flows that were analyzed so far.
func (p *Pipeline) sums() (bytes uint64, flows int) {
	return p.Analyzer.Flows.Total.Bytes, p.Analyzer.Flows.Len()
}

// A frameChunk is a chunk of one packet that is passed to a function.
type frameChunk struct {
	p        *Pipeline
	show     func(*analysis.Frame) error
	selected bool
}

func (c *frameChunk) wait() bool { return c.p.next(&c.p.packet) }

func (c *frameChunk) read() {
	p := c.p
	r := p.packet.Record()
	c.selected = p.input.passes(&r)
	if c.selected && p.Take != nil && !p.Take(&r) {
		c.selected = false
		p.input.selected--
	}
	if c.selected && p.Full != nil && p.Full(&p.packet) {
		if l := p.Live(); l != nil {
			l.given.Add(-1) // the packet is not part of this capture
		}
		c.selected, p.input.err = false, pcapfile.ErrEnoughFiles
	}
	if !c.selected {
		p.progress.Add(1)
	}
}

func (c *frameChunk) alone() bool { return true }
func (c *frameChunk) prepare()    {}
func (c *frameChunk) analyze()    {}
func (c *frameChunk) render()     {}

func (c *frameChunk) write() error {
	if !c.selected {
		return nil
	}
	p := c.p
	if p.opt.Hide != nil {
		p.opt.Hide(&p.packet)
	}
	f := p.Analyzer.Packet(&p.packet)
	f.Comments = p.comments(&p.packet)
	f.InterfaceName, f.InterfaceAbout = p.interfaceWords(&p.packet)
	if p.stored != nil {
		r := p.packet.Record()
		p.stored.Add(&r)
	}
	p.done(1, 1)
	if err := c.show(f); err != nil {
		return &OutputError{err}
	}
	return nil
}
