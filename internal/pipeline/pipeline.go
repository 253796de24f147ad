// Package pipeline implements the loop over the packets of an input. It reads, filters, decodes and
// analyzes packets and passes them to a counter or a view, with one worker or several. Signals end
// the loop or print a line of counts.
package pipeline

import (
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/term"
)

// MaxJobs is the maximum number of workers. Only one of them reads at a time, so more would idle.
const MaxJobs = 8

// A Source reads packets from files or an interface. See capture.File for the methods.
type Source interface {
	capture.Source
	Batch(out []capture.Record) int
	Ready() bool
	Detach(memory []byte) []byte
	RawOffset() int64
	Size() int64
}

// Options configure a Pipeline. Only the source is needed.
type Options struct {
	Source  Source
	Filter  *selection.PacketFilter // nil selects all packets
	Kernel  *selection.KernelFilter // the part that the kernel runs, nil for none
	Limit   int64                   // maximum number of selected packets; 0 for all
	Jobs    int                     // number of workers; 0 means 1; a live capture always has 1
	Table   flow.Options            // of Analyzer.Flows
	Ahead   bool                    // read ahead for first fragments: the source is a file
	Signals bool                    // handle signals that end a capture or request counts

	// Hide changes each selected packet before it is analyzed, nil for none. Only Each calls it.
	Hide func(*capture.Packet)

	// Metrics is a socket that answers Prometheus while packets are read; nil for none.
	Metrics net.Listener

	Status   io.Writer // for notices; nil for none
	Progress io.Writer // for a bar if it is a terminal; nil for none
}

// A Pipeline filters, decodes and analyzes the packets of one input.
type Pipeline struct {
	Analyzer  *analysis.Analyzer
	Processes *analysis.ProcessTable // nil if processes are not looked up

	// OnIdle is called when no frame arrived for a while. It may be nil.
	OnIdle func() error
	// Full reports that a packet must not be written. Each then ends with pcapfile.ErrEnoughFiles.
	// Only Each calls it. It may be nil.
	Full func(*capture.Packet) bool
	// Take reports whether a selected packet counts. Only Each calls it. nil accepts all packets.
	Take func(*capture.Record) bool

	opt      Options
	status   io.Writer
	progress *term.Progress
	input    input
	counter  Counter // nil if Analyzer counts
	seen     int64   // number of packets that were analyzed or counted
	packet   capture.Packet

	// mu is held for reading while packets are processed, but not while the loop waits for the next
	// one. A goroutine that holds it for writing sees all packets up to one packet processed, and
	// none after it.
	mu     sync.RWMutex
	halted bool // mu is held permanently: no packet is processed any more

	stop, report chan os.Signal
	tick, turn   ticker  // of Every and of Store
	stored       *Stored // nil for none

	processes processes
}

// New returns a pipeline for an open source. Close closes the source.
func New(opt Options) *Pipeline {
	p := &Pipeline{opt: opt, status: opt.Status, Analyzer: analysis.New(opt.Table),
		input:    input{src: &Ahead{Source: opt.Source}, filter: opt.Filter, limit: opt.Limit},
		progress: term.NewProgress(opt.Progress, opt.Source)}
	if opt.Ahead {
		p.input.src = NewAhead(opt.Source)
	}
	if p.status == nil {
		p.status = io.Discard
	}
	if opt.Signals {
		p.stop, p.report = make(chan os.Signal, 1), make(chan os.Signal, 1)
		NotifyStop(p.stop)
		notifyReport(p.report)
	}
	p.announce()
	return p
}

// ErrEnough ends Each without an error.
var ErrEnough = errors.New("enough")

// An OutputError is a failure of the output. Nothing more is written after it.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "writing the output: " + e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// Packets returns the number of packets that were selected so far.
func (p *Pipeline) Packets() int64 { return p.seen }

// Packet returns the packet that Each shows.
func (p *Pipeline) Packet() *capture.Packet { return &p.packet }

// Size returns the size of the input in bytes, -1 if it is unknown.
func (p *Pipeline) Size() int64 { return p.opt.Source.Size() }

// Locked calls f between two packets.
func (p *Pipeline) Locked(f func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f()
}

// workers returns the number of workers, and of the chunks for them. A live capture has one of
// each, so that packets are processed without delay.
func (p *Pipeline) workers() (workers, chunks int) {
	if p.Live() != nil || p.opt.Jobs < 2 {
		return 1, 1
	}
	return p.opt.Jobs, p.opt.Jobs * chunksPerWorker
}

// run runs the loop. It returns the error that ended the input, or nil at its normal end.
func (p *Pipeline) run(workers int, sums func() (bytes uint64, flows int),
	chunks ...chunk) error {
	end, err := p.serveMetrics()
	if err != nil {
		return err
	}
	defer end()
	return p.runWithSignals(sums, func() error {
		if err := runLoop(&p.mu, workers, chunks); err != nil {
			return err
		}
		if err := p.input.err; err != nil && err != io.EOF {
			return err
		}
		return nil
	})
}

// next waits for a packet. It returns false at the end of the input.
func (p *Pipeline) next(r *capture.Packet) bool {
	for !p.input.ended() {
		err := p.input.src.Next(r)
		if err == nil {
			return true
		}
		if errors.Is(err, capture.ErrIdle) {
			err = p.idle()
		}
		p.input.err = err
	}
	return false
}

// idle is called when no frame arrived for a while. It updates processes and calls OnIdle.
func (p *Pipeline) idle() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gatherProcesses()
	if p.OnIdle == nil {
		return nil
	}
	if err := p.OnIdle(); err != nil {
		return &OutputError{err}
	}
	return nil
}

// done records packets that were read; some were selected.
func (p *Pipeline) done(read, selected int) {
	p.seen += int64(selected)
	p.progress.Add(read)
	p.gatherProcesses()
}

// Close writes the filter's report and closes the source.
func (p *Pipeline) Close() error {
	p.opt.Filter.Report(p.status)
	if p.seen == 0 {
		p.opt.Kernel.ReportNone(p.status)
	}
	if p.opt.Signals {
		signal.Stop(p.stop)
		signal.Stop(p.report)
	}
	p.endProcesses()
	if l := p.Live(); l != nil {
		return errors.Join(p.reportCapture(l), l.Close())
	}
	if p.halted {
		return nil // the loop may still read from the source; the program's exit closes it
	}
	return p.opt.Source.Close()
}

// An input selects the packets of a source.
type input struct {
	src      *Ahead
	filter   *selection.PacketFilter
	limit    int64
	selected int64
	err      error // error that ended the input, after all packets that were read
}

// ended reports whether there are no more packets or the limit is reached.
func (in *input) ended() bool {
	return in.err != nil || in.limit > 0 && in.selected >= in.limit
}

// allowance returns how many packets may be read at once, up to n.
func (in *input) allowance(n int) int {
	if in.limit > 0 && in.filter == nil {
		return int(min(int64(n), in.limit-in.selected))
	}
	return n
}

// passes reports whether a packet is selected. The filter sees all packets in order.
func (in *input) passes(r *capture.Record) bool {
	if in.ended() {
		return false
	}
	if in.filter != nil {
		match, err := in.filter.Match(r)
		if err != nil {
			in.err = err
		}
		if err != nil || !match {
			return false
		}
	}
	in.selected++
	return true
}

// pick keeps the selected packets of a list, with their results of the quick walk.
func (in *input) pick(list []capture.Record, quick []decode.Quick) []capture.Record {
	if in.filter == nil {
		in.selected += int64(len(list))
		return list
	}
	n := 0
	for i := range list {
		if in.passes(&list[i]) {
			list[n], quick[n] = list[i], quick[i]
			n++
		}
	}
	return list[:n]
}
