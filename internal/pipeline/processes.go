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
	maxSettle   = 500 * time.Millisecond // maximum wait for answers before the last table

	// A connection's first packet waits for its owner, because a short connection may end soon. The
	// wait is too short to lose packets.
	waitFirst = 60 * time.Millisecond // maximum wait for one packet
	waitShare = 20                    // all waits take at most 1/waitShare of the time

	// If --where filters by process, a late answer means a missing packet.
	whereFirst = 250 * time.Millisecond
	whereShare = 2
)

// processes looks up which process of this host owns a flow.
type processes struct {
	watch    *sockets.Watch // nil if none are looked up
	gathered time.Time      // when answers were last collected
}

// SetWatch turns on the lookup of the processes that own flows. Call it before the first packet.
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

// NeedsWatch reports whether the filter depends on processes.
func (p *Pipeline) NeedsWatch() bool { return p.opt.Filter.UsesProcesses() }

// gatherProcesses collects new answers if gatherEvery has passed since the last time.
func (p *Pipeline) gatherProcesses() {
	if p.Processes == nil {
		return
	}
	if now := time.Now(); now.Sub(p.processes.gathered) >= gatherEvery {
		p.processes.gathered = now
		p.Processes.Gather()
	}
}

// SettleProcesses waits up to maxSettle for pending lookups at the end of a capture.
func (p *Pipeline) SettleProcesses() {
	if p.Processes == nil {
		return
	}
	for end := time.Now().Add(maxSettle); p.Processes.Gather() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// endProcesses ends the lookups. It writes a notice if they failed.
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

// A finder looks up owners in a watch and limits the time spent waiting.
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
	return ofSrc, f.watch.Owner(dst, false) // both were looked up together
}

// wait works like find, for a filter by process. It waits for the first answer about any flow, not
// only about a new flow.
func (f *finder) wait(src, dst sockets.Flow, fresh bool) (ofSrc, ofDst sockets.Owner) {
	f.watch.Owner(dst, fresh) // so that both are looked up together
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
