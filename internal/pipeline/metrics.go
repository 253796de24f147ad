package pipeline

import (
	"errors"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/metrics"
)

func (c *Ports) snapshot(s *metrics.Snapshot) {
	s.Totals, s.Ports = c.Table.Totals, c.Table.Ports()
}

func (c *Flows) snapshot(s *metrics.Snapshot) { tableSnapshot(s, c.Table) }

func (c *Stored) snapshot(s *metrics.Snapshot) {
	tableSnapshot(s, c.Flows)
	s.Totals, s.Ports = c.Ports.Totals, c.Ports.Ports()
}

func tableSnapshot(s *metrics.Snapshot, t *flow.Table) {
	s.Totals, s.Ports, s.Flows, s.Evicted = t.Totals, t.Ports(), t.Len(), t.Evicted
}

// errEnded is the answer to Prometheus after the last packet was read.
var errEnded = errors.New("the capture has ended")

// serveMetrics answers requests at the socket for metrics until end is called. It must run after
// the sandbox starts, because other hosts may reach the socket.
func (p *Pipeline) serveMetrics() (end func(), err error) {
	if p.opt.Metrics == nil {
		return func() {}, nil
	}
	ended := false
	server, err := metrics.Serve(p.opt.Metrics, func() (s metrics.Snapshot, err error) {
		err = p.Locked(func() error {
			if ended {
				return errEnded
			}
			s, err = p.snapshot()
			return err
		})
		return s, err
	})
	if err != nil {
		return nil, err
	}
	return func() {
		if !p.halted { // after a halt, no request can read the tables
			_ = p.Locked(func() error { // from now on only the caller reads the tables
				ended = true
				return nil
			})
		}
		_ = server.Close()
	}, nil
}

// snapshot returns the counts so far. It must be called between two packets.
func (p *Pipeline) snapshot() (s metrics.Snapshot, err error) {
	if p.counter != nil {
		p.counter.snapshot(&s)
	} else {
		tableSnapshot(&s, p.Analyzer.Flows)
	}
	if l := p.Live(); l != nil {
		s.Capture, err = l.Stats()
	}
	s.NotSelected = p.notSelected()
	return s, err
}
