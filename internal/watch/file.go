package watch

import (
	"io"
	"math"
	"sync"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
)

const playBatch = 256 // packets that are read under one lock

// A File feeds the screen with the packets of a file up to a time, which may move on by itself. To
// go back it reads the file again from its start: nothing but the packets themselves is kept. It is
// a top.Player.
type File struct {
	open   func() (pipeline.Source, error)
	opt    pipeline.Options
	engine *top.Engine
	work   sync.Mutex // protects the engine, and what follows

	analyzer *analysis.Analyzer
	packet   capture.Packet
	held     bool  // packet is still to be counted
	selected int64 // packets that were counted
	done     error // why there is no more to read, nil while there may be
	ended    bool  // the end of the file was seen

	*player
}

// NewFile feeds the screen from opt.Source. open opens the file again.
func NewFile(opt pipeline.Options, open func() (pipeline.Source, error)) *File {
	p := &File{open: open, opt: opt, analyzer: analysis.New(opt.Table),
		player: newPlayer(top.Position{Speed: 1})}
	p.engine = top.NewEngine(p.analyzer.Flows)
	return p
}

// Counts returns what was counted.
func (p *File) Counts() *top.Engine { return p.engine }

// Between calls a function between two packets.
func (p *File) Between(f func()) {
	p.work.Lock()
	defer p.work.Unlock()
	f()
}

// Read returns how much was counted so far.
func (p *File) Read() (packets, flows uint64) {
	p.Between(func() { packets, flows = uint64(p.selected), uint64(p.analyzer.Flows.Len()) })
	return packets, flows
}

// End closes the file unless it is still being read.
func (p *File) End(ended bool) error {
	if !ended {
		return nil // it is being read
	}
	p.opt.Filter.Report(p.opt.Status)
	return p.opt.Source.Close()
}

// Run reads and waits until Stop. It returns the error that reading ended with.
func (p *File) Run() error {
	for {
		quit, again, target := p.wanted()
		if quit {
			return p.failure()
		}
		if again {
			if err := p.rewind(); err != nil {
				return err
			}
		}
		if !p.batch(target) {
			p.wait()
		}
	}
}

// failure is the error that reading ended with, nil at a good end.
func (p *File) failure() error {
	if p.done == io.EOF {
		return nil
	}
	return p.done
}

// batch counts some packets, and reports whether there are more up to the target.
func (p *File) batch(target int64) (more bool) {
	p.work.Lock()
	defer p.work.Unlock()
	latest := int64(math.MinInt64)
	for range playBatch {
		if more = p.one(target, &latest); !more {
			break
		}
	}
	p.arrive(target, latest, !more)
	return more
}

// one counts the next packet, and reports whether one may follow up to the target.
func (p *File) one(target int64, latest *int64) bool {
	if p.done == nil && p.opt.Limit > 0 && p.selected >= p.opt.Limit {
		p.done = io.EOF
	}
	if p.done == nil && !p.held {
		p.done = p.opt.Source.Next(&p.packet)
	}
	if p.done != nil {
		return false
	}
	r := p.packet.Record()
	timed := r.Nanos != capture.NoTime
	if p.held = timed && r.Nanos > target; p.held {
		return false
	}
	if p.opt.Filter != nil {
		match, err := p.opt.Filter.Match(&r)
		if p.done = err; err != nil || !match {
			return err == nil
		}
	}
	p.selected++
	p.engine.Add(p.analyzer.Packet(&p.packet))
	if timed {
		*latest = max(*latest, r.Nanos)
	}
	return true
}

// arrive records where the file was read to. all says that there is no more up to the target.
func (p *File) arrive(target, latest int64, all bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if latest != math.MinInt64 {
		if p.at.First == 0 {
			p.at.First = p.engine.Start()
		}
		p.at.Now = max(p.at.Now, latest)
	}
	p.at.Reading = !all
	if !all {
		return
	}
	if p.done != nil {
		if !p.ended {
			p.ended, p.at.Last = true, p.at.Now
		}
		if target == p.target && p.at.Now < p.at.Last && target < p.at.Last {
			p.at.Now = target
		}
		p.at.Playing = p.at.Playing && p.at.Now < p.at.Last
		if err := p.failure(); err != nil {
			p.at.Err = textutil.Escape(err.Error())
		}
	} else if target != math.MaxInt64 {
		p.at.Now = max(p.at.Now, target)
	}
	if p.at.Last != 0 {
		p.at.Now = min(p.at.Now, p.at.Last)
	}
	p.engine.Tick(p.at.Now)
	if p.done != nil {
		p.engine.LookAll()
	}
}

// rewind opens the file again and forgets what was counted.
func (p *File) rewind() error {
	p.work.Lock()
	defer p.work.Unlock()
	src, err := p.open()
	if err != nil {
		return err
	}
	old := p.opt.Source
	p.opt.Source = src
	p.selected, p.held, p.done = 0, false, nil
	p.analyzer = analysis.New(p.opt.Table)
	p.engine.Reset(p.analyzer.Flows)
	p.mu.Lock()
	p.at.Now, p.at.Reading = p.at.First, true
	p.mu.Unlock()
	return old.Close()
}
