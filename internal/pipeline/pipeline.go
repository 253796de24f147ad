// Package pipeline is the loop over the packets of an input. It reads, filters, decodes and
// analyzes them, and passes them to a counter or a view, with one worker or several. Signals end it
// or print a line of counts.
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

// MaxJobs is the largest number of workers. One at a time reads, so more would have nothing to do.
const MaxJobs = 8

// A Source is where packets come from. See capture.File for the methods.
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
	Limit   int64                   // selected packets at most; 0 for all
	Jobs    int                     // workers; 0 for one, which a capture always has
	Table   flow.Options            // of Analyzer.Flows
	Ahead   bool                    // read ahead for first fragments: the source is a file
	Signals bool                    // handle those that end a capture or ask for counts

	// Metrics is a socket at which Prometheus is answered while packets are read; nil for none.
	Metrics net.Listener

	Status   io.Writer // for notices; nil for none
	Progress io.Writer // for a bar if it is a terminal; nil for none
}

// A Pipeline takes the packets of one input through filter, decoding and analysis.
type Pipeline struct {
	Analyzer  *analysis.Analyzer
	Processes *analysis.ProcessTable // nil if no processes are looked up

	// OnIdle is called when no frame came for a while; may be nil.
	OnIdle func() error
	// Full reports that a packet must not be taken: Each ends with capture.ErrEnoughFiles. Only
	// Each calls it; may be nil.
	Full func(*capture.Packet) bool
	// Take reports whether a selected packet counts. Only Each calls it; nil takes all.
	Take func(*capture.Record) bool

	opt      Options
	status   io.Writer
	progress *term.Progress
	input    input
	counter  Counter // nil where Analyzer counts
	seen     int64   // packets that were analyzed or counted
	packet   capture.Packet

	// mu is held for reading while packets are worked on, not while the next one is waited for:
	// whoever holds it for writing finds all packets up to some packet done, and none after it.
	mu     sync.RWMutex
	halted bool // mu is held for good: no packet is worked on any more

	stop, report chan os.Signal
	tick, turn   ticker  // of Every and of Store
	stored       *Stored // nil for none

	processes processes
}

// New returns a pipeline for an open source, which Close closes.
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

// An OutputError is a failure of the output, after which nothing more is written.
type OutputError struct{ Err error }

func (e *OutputError) Error() string { return "writing the output: " + e.Err.Error() }
func (e *OutputError) Unwrap() error { return e.Err }

// Packets is the number of packets that were selected so far.
func (p *Pipeline) Packets() int64 { return p.seen }

// Packet is the packet that Each shows.
func (p *Pipeline) Packet() *capture.Packet { return &p.packet }

// Size is the number of bytes that the input has, -1 if that is not known.
func (p *Pipeline) Size() int64 { return p.opt.Source.Size() }

// Locked calls f between two packets.
func (p *Pipeline) Locked(f func() error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return f()
}

// workers is the number of workers, and of the chunks for them. A capture has one: its packets
// wait for nothing.
func (p *Pipeline) workers() (workers, chunks int) {
	if p.Live() != nil || p.opt.Jobs < 2 {
		return 1, 1
	}
	return p.opt.Jobs, p.opt.Jobs * chunksPerWorker
}

// run runs the loop and returns the error that ended the input, nil for its normal end.
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

// next waits for a packet. It reports whether there is one.
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

// idle does what there is to do when no frame came for a while.
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

// Close reports what the filter left out, and closes the source.
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
		return nil // the source may be in the middle of reading; the program's end closes it
	}
	return p.opt.Source.Close()
}

// An input selects the packets of a source.
type input struct {
	src      *Ahead
	filter   *selection.PacketFilter
	limit    int64
	selected int64
	err      error // what ended it, after all that was read
}

// ended reports whether there are no more packets, or no more are asked for.
func (in *input) ended() bool {
	return in.err != nil || in.limit > 0 && in.selected >= in.limit
}

// most is how many of n packets may be read at once.
func (in *input) most(n int) int {
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

// pick keeps the packets of a list that are selected, and what the quick walk found in them.
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
