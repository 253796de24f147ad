package pipeline

import (
	"errors"
	"time"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/records"
)

// Records calls write with a record for each flow that ends. At the end of the input it does so for
// the open flows, unless the output failed. It calls idle when no frame arrives for some time.
func (p *Pipeline) Records(write func(*records.Record) error, idle func() error) error {
	var failed error
	flows := p.Analyzer.Flows
	c := records.Collect(flows, func(r *records.Record) {
		if failed == nil {
			failed = write(r)
		}
	})
	p.OnIdle = func() error {
		flows.Expire(time.Now().UnixNano())
		return errors.Join(failed, idle())
	}
	err := p.Each(func(fr *analysis.Frame) error {
		c.Packet(fr)
		return failed
	})
	var out *OutputError
	if errors.As(err, &out) {
		return err
	}
	if flows.Finish(); failed != nil {
		return errors.Join(err, &OutputError{Err: failed})
	}
	return err
}
