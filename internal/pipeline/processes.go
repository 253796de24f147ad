package pipeline

import (
	"errors"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/term"
)

const (
	gatherEvery = 100 * time.Millisecond
	settleMost  = 500 * time.Millisecond // that a last table waits for answers

	// A connection's first packet waits for its owner, because a short connection may be gone soon.
	// It never waits so long that packets are lost.
	waitFirst = 60 * time.Millisecond // at most for one packet
	waitShare = 20                    // at most one part in so many of all time

	// If --where asks for processes, a late answer is a missing packet.
	whereFirst = 250 * time.Millisecond
	whereShare = 2
)

// processes looks up which process of this host owns a flow.
type processes struct {
	watch    *sockets.Watch // nil if none are looked up
	gathered time.Time      // when answers were last taken
}

// SetWatch has the owners of flows looked up. It is to be called before the first packet.
func (p *Pipeline) SetWatch(w *sockets.Watch) {
	p.processes.watch = w
	f := &finder{watch: w, began: time.Now()}
	p.Analyzer.Attributor = analysis.NewAttributor(f.find)
	if p.NeedsWatch() {
		p.opt.Filter.SetAttributor(analysis.NewAttributor(f.wait))
	}
	p.Processes = analysis.NewProcessTable(w.Ask)
	p.Analyzer.Flows.OnFlow = p.Processes.Add
}

// NeedsWatch reports whether the filter asks for processes.
func (p *Pipeline) NeedsWatch() bool { return p.opt.Filter.UsesProcesses() }

// gatherProcesses takes what was found since the last time, if it is time.
func (p *Pipeline) gatherProcesses() {
	if p.Processes == nil {
		return
	}
	if now := time.Now(); now.Sub(p.processes.gathered) >= gatherEvery {
		p.processes.gathered = now
		p.Processes.Gather()
	}
}

// SettleProcesses waits a moment for what is being looked for when a capture ends.
func (p *Pipeline) SettleProcesses() {
	if p.Processes == nil {
		return
	}
	for end := time.Now().Add(settleMost); p.Processes.Gather() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// endProcesses ends the search. A notice says if it failed before.
func (p *Pipeline) endProcesses() {
	w := p.processes.watch
	if w == nil {
		return
	}
	if err := errors.Join(w.Err(), w.Close()); err != nil {
		term.Notice(p.status, "process names: %s", err.Error())
	}
	p.processes.watch = nil
}

// A finder asks a watch.
type finder struct {
	watch  *sockets.Watch
	began  time.Time
	waited time.Duration
}

func (f *finder) find(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner) {
	ofDst = f.watch.Owner(dst, fresh)
	if !fresh || f.waited*waitShare > time.Since(f.began) {
		return f.watch.Owner(src, fresh), ofDst
	}
	began := time.Now()
	ofSrc = f.watch.Await(src, fresh, waitFirst)
	f.waited += time.Since(began)
	return ofSrc, f.watch.Owner(dst, false) // they were looked for together
}

// wait is find for a caller that decides by the answer whether a packet counts: it waits for the
// first one about any flow, not only about one that begins.
func (f *finder) wait(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner) {
	f.watch.Owner(dst, fresh) // so that they are looked for together
	for i, end := range []struct {
		flow  sockets.Flow
		owner *sockets.Owner
		fresh bool
	}{{src, &ofSrc, fresh}, {dst, &ofDst, false}} {
		if f.waited*whereShare > time.Since(f.began) {
			*end.owner = f.watch.Owner(end.flow, end.fresh)
			continue
		}
		began := time.Now()
		*end.owner = f.watch.Await(end.flow, end.fresh, whereFirst/time.Duration(i+1))
		f.waited += time.Since(began)
	}
	return ofSrc, ofDst
}
