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

// A File feeds the screen with the packets of a file up to a time. While playing, this time
// advances automatically. To go back, it reads the file again from the start, because it keeps no
// history. It implements top.Player.
type File struct {
	open   func() (pipeline.Source, error)
	opt    pipeline.Options
	engine *top.Engine
	work   sync.Mutex // protects the engine and the fields below

	analyzer *analysis.Analyzer
	packet   capture.Packet
	held     bool  // packet was read but not counted yet
	selected int64 // number of counted packets
	done     error // error that ended reading, nil while there may be more
	ended    bool  // the end of the file was reached

	*player
}

// NewFile returns a File that reads from opt.Source. open opens the file again.
func NewFile(opt pipeline.Options, open func() (pipeline.Source, error)) *File {
	p := &File{open: open, opt: opt, analyzer: analysis.New(opt.Table),
		player: newPlayer(top.Position{Speed: 1})}
	p.engine = top.NewEngine(p.analyzer.Flows)
	return p
}

// Begin reads the first packet without counting it. It returns an error if there is none because
// the file cannot be read.
func (p *File) Begin() error {
	p.work.Lock()
	defer p.work.Unlock()
	p.done = p.opt.Source.Next(&p.packet)
	p.held = p.done == nil
	return p.failure()
}

// Counts returns the engine with the counts.
func (p *File) Counts() *top.Engine { return p.engine }

// Between calls a function between two packets.
func (p *File) Between(f func()) {
	p.work.Lock()
	defer p.work.Unlock()
	f()
}

// Read returns the numbers of packets and flows counted so far.
func (p *File) Read() (packets, flows uint64) {
	p.Between(func() { packets, flows = uint64(p.selected), uint64(p.analyzer.Flows.Len()) })
	return packets, flows
}

// End closes the file if reading has ended.
func (p *File) End(ended bool) error {
	if !ended {
		return nil // the file is still being read
	}
	p.opt.Filter.Report(p.opt.Status)
	return p.opt.Source.Close()
}

// Run reads and waits until Stop is called. It returns the error that ended reading.
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

// failure returns the error that ended reading, nil at the normal end of the file.
func (p *File) failure() error {
	if p.done == io.EOF {
		return nil
	}
	return p.done
}

// batch counts up to playBatch packets. It reports whether there are more up to the target.
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

// one counts the next packet. It reports whether another one may follow up to the target.
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
	if p.opt.Hide != nil {
		p.opt.Hide(&p.packet)
	}
	p.engine.Add(p.analyzer.Packet(&p.packet))
	if timed {
		*latest = max(*latest, r.Nanos)
	}
	return true
}

// arrive updates the position after a batch. all means that there are no more packets up to the
// target.
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
	if p.selected > 0 {
		p.engine.Tick(p.at.Now)
	}
	if p.done != nil {
		p.engine.LookAll()
	}
}

// rewind opens the file again and resets all counts.
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
