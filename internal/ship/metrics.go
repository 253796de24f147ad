package ship

import (
	"github.com/prometheus/client_golang/prometheus"
)

// A collector converts counts to metrics.
type collector struct{ take func() Counts }

// Register adds the metrics of a Shipper to a registry.
func (s *Shipper) Register(to prometheus.Registerer) error {
	return to.Register(collector{s.Counts})
}

// A metric is one exported number.
type metric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(c *Counts) float64
}

func counter(name, help string, value func(c *Counts) int64) metric {
	return metric{prometheus.NewDesc("portsniff_ship_"+name, help, nil, nil),
		prometheus.CounterValue, func(c *Counts) float64 { return float64(value(c)) }}
}

func gauge(name, help string, value func(c *Counts) int64) metric {
	m := counter(name, help, value)
	m.kind = prometheus.GaugeValue
	return m
}

var list = []metric{
	counter("inputs_total", "Inputs that were sent.", func(c *Counts) int64 { return c.Inputs }),
	counter("files_total", "Files that were sent.", func(c *Counts) int64 { return c.Files }),
	counter("bytes_total", "Bytes of the files that were sent.",
		func(c *Counts) int64 { return c.Bytes }),
	counter("failed_requests_total", "Requests that failed, with those that were retried.",
		func(c *Counts) int64 { return c.Failures }),
	counter("removed_inputs_total", "Inputs that the store removed before they were sent.",
		func(c *Counts) int64 { return c.Gone }),
	gauge("waiting_inputs", "Inputs that wait, including those that the server refused.",
		func(c *Counts) int64 { return c.Waiting }),
	gauge("waiting_files", "Files of the inputs that wait.",
		func(c *Counts) int64 { return c.WaitingFiles }),
	gauge("waiting_bytes", "Bytes of the inputs that wait.",
		func(c *Counts) int64 { return c.WaitingBytes }),
	gauge("refused_inputs", "Inputs that the server refused.",
		func(c *Counts) int64 { return c.Refused }),
	gauge("last_sent_timestamp_seconds", "When the last file was sent; 0 for never.",
		func(c *Counts) int64 { return max(0, c.Last.Unix()) }),
}

// Describe sends the descriptions of the metrics.
func (collector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range list {
		out <- m.desc
	}
}

// Collect sends the values of the metrics.
func (c collector) Collect(out chan<- prometheus.Metric) {
	counts := c.take()
	for _, m := range list {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(&counts))
	}
}
