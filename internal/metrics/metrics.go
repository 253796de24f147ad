// Package metrics exports the counts of a capture to Prometheus. The number of time series is
// limited, whatever the packets are.
package metrics

import (
	"cmp"
	"slices"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Snapshot holds the counts at one moment.
type Snapshot struct {
	Totals      flow.Totals
	Evicted     flow.Evicted
	Flows       int         // in the table
	Ports       []flow.Port // in any order
	Capture     live.Stats
	NotSelected int64 // packets that a filter in the program excluded
}

// TopPorts is the number of service ports with their own time series. All others share the series
// "other".
const TopPorts = 20

// A collector turns snapshots into metrics.
type collector struct {
	take func() (Snapshot, error)
	top  topPorts
	mu   sync.Mutex // Prometheus may collect concurrently
}

// Register adds the metrics of a capture to a registry. take is called for each collection.
func Register(to prometheus.Registerer, take func() (Snapshot, error)) error {
	return to.Register(&collector{take: take, top: topPorts{named: map[flow.PortKey]flow.Count{}}})
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("portsniff_"+name, help, labels, nil)
}

var (
	packetsDesc = describe("packets_total", "Packets that were counted.")
	bytesDesc   = describe("bytes_total", "Bytes on the wire of the packets that were counted.")
	lostDesc    = describe("lost_packets_total",
		"Packets that were not counted, by cause.", "kind")
	receivedDesc = describe("received_packets_total",
		"Packets that passed the capture filter, counted or not.")
	freezesDesc = describe("buffer_full_total", "How often the kernel's buffer was full.")
	noPortsDesc = describe("packets_without_ports_total",
		"Packets without ports, by the reason.", "reason")
	flowsDesc   = describe("flows", "Flows in the table.")
	evictedDesc = describe("evicted_flows_total", "Flows that did not fit in memory.")
	portPackets = describe("service_packets_total",
		"Packets of the busiest service ports; port is other for all others.", "proto", "port",
		"service")
	portBytes = describe("service_bytes_total",
		"Bytes on the wire of the busiest service ports; port is other for all others.", "proto",
		"port", "service")
)

// Describe sends the descriptions of the metrics.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{packetsDesc, bytesDesc, lostDesc, receivedDesc,
		freezesDesc, noPortsDesc, flowsDesc, evictedDesc, portPackets, portBytes} {
		out <- d
	}
}

// Collect sends the values of the metrics.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.take()
	if err != nil {
		out <- prometheus.NewInvalidMetric(packetsDesc, err)
		return
	}
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	count(packetsDesc, s.Totals.Total.Packets)
	count(bytesDesc, s.Totals.Total.Bytes)
	count(receivedDesc, s.Capture.Received)
	count(freezesDesc, s.Capture.Freezes)
	count(lostDesc, s.Capture.Dropped, "kernel")
	count(lostDesc, s.Capture.InterfaceDropped, "interface")
	count(lostDesc, uint64(max(s.NotSelected, 0)), "not-selected")
	for reason := decode.HasPorts + 1; reason < decode.Reasons; reason++ {
		count(noPortsDesc, s.Totals.NoPorts[reason].Packets, reason.String())
	}
	out <- prometheus.MustNewConstMetric(flowsDesc, prometheus.GaugeValue, float64(s.Flows))
	count(evictedDesc, s.Evicted.Flows)
	rows, other := c.top.split(s.Ports)
	for _, r := range rows {
		labels := []string{r.key.Proto.String(), strconv.Itoa(int(r.key.Port)),
			annotate.Registered(r.key.Proto, r.key.Port).Name}
		count(portPackets, r.Packets, labels...)
		count(portBytes, r.Bytes, labels...)
	}
	count(portPackets, other.Packets, "other", "other", "other")
	count(portBytes, other.Bytes, "other", "other", "other")
}

// topPorts selects the ports with their own series, so that no counter decreases. The series of a
// port starts at 0 when the port enters. Its earlier counts stay in "other". When it leaves, its
// counts are added to "other".
type topPorts struct {
	named map[flow.PortKey]flow.Count // counts of each port when it entered
}

// A row is a port with a series, and its counts since it entered.
type row struct {
	key flow.PortKey
	flow.Count
}

// split returns the series of single ports and the sum of all others.
func (t *topPorts) split(ports []flow.Port) (rows []row, other flow.Count) {
	slices.SortFunc(ports, func(x, y flow.Port) int {
		return cmp.Or(cmp.Compare(y.Total().Packets, x.Total().Packets),
			cmp.Compare(x.Proto, y.Proto), cmp.Compare(x.Port, y.Port))
	})
	first := len(t.named) == 0
	top := map[flow.PortKey]bool{}
	for _, p := range ports[:min(TopPorts, len(ports))] {
		top[p.PortKey] = true
		if _, in := t.named[p.PortKey]; !in {
			before := p.Total()
			if first {
				before = flow.Count{} // the sum of the others was not exported yet
			}
			t.named[p.PortKey] = before
		}
	}
	for i := range ports {
		p := &ports[i]
		n := p.Total()
		if !top[p.PortKey] {
			delete(t.named, p.PortKey)
			other.Plus(n)
			continue
		}
		before := t.named[p.PortKey]
		other.Plus(before)
		rows = append(rows, row{p.PortKey, flow.Count{Packets: n.Packets - before.Packets,
			Bytes: n.Bytes - before.Bytes}})
	}
	return rows, other
}
