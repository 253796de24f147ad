package watch

import (
	"io"
	"math"
	"sync"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
)

// Bounds of a player.
const (
	playStep  = 50 * time.Millisecond // of the time on the wall between two looks at the file
	playBatch = 256                   // packets that are read under one lock
	maxSpeed  = 1 << 16
	minSpeed  = 1.0 / 16
)

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

	mu      sync.Mutex // protects what follows
	at      top.Position
	target  int64 // packets up to this time are to be counted
	again   bool  // the file is to be read from its start
	quit    bool
	ended   bool          // the end of the file was seen
	changed chan struct{} // wakes run
}

// NewFile feeds the screen from opt.Source. open opens the file again.
func NewFile(opt pipeline.Options, open func() (pipeline.Source, error)) *File {
	p := &File{open: open, opt: opt, analyzer: analysis.New(opt.Table),
		target:  math.MaxInt64,
		at:      top.Position{Speed: 1, Reading: true, CanSeekBack: true},
		changed: make(chan struct{}, 1)}
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

// Position returns where the player is.
func (p *File) Position() top.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at
}

// change changes what is wanted, and wakes run.
func (p *File) change(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// Play begins or ends playing. At the end of the file it begins anew.
func (p *File) Play(on bool) {
	p.change(func() {
		p.at.Playing = on
		switch {
		case on && p.at.Last != 0 && p.at.Now >= p.at.Last:
			p.target, p.again = p.at.First, true
		case on || p.target == math.MaxInt64:
			p.target = p.at.Now // which ends reading ahead, too
		}
	})
}

// MoveTo goes to a time.
func (p *File) MoveTo(nanos int64) {
	p.change(func() {
		p.again = p.again || nanos < p.at.Now
		p.target = nanos
	})
}

// Speed plays twice as fast, or half.
func (p *File) Speed(faster bool) {
	p.change(func() {
		if faster {
			p.at.Speed = min(p.at.Speed*2, maxSpeed)
		} else {
			p.at.Speed = max(p.at.Speed/2, minSpeed)
		}
	})
}

// Recount counts all packets up to the position anew.
func (p *File) Recount() { p.change(func() { p.again = true }) }

// Stop ends Run.
func (p *File) Stop() { p.change(func() { p.quit = true }) }

// Run reads and waits until Stop. It returns the error that reading ended with.
func (p *File) Run() error {
	for {
		p.mu.Lock()
		quit, again, target := p.quit, p.again, p.target
		p.again = false
		p.mu.Unlock()
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

// wait waits for a change, or while it plays for the next step.
func (p *File) wait() {
	var step <-chan time.Time
	if p.Position().Playing {
		step = time.After(playStep)
	}
	select {
	case <-p.changed:
	case <-step:
		p.mu.Lock()
		defer p.mu.Unlock()
		by := p.at.Speed * float64(playStep)
		if p.at.Playing && float64(p.at.Now)+by < math.MaxInt64 {
			p.target = max(p.target, p.at.Now) + int64(by)
		}
	}
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
