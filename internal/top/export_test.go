package top

import "time"

// A Counter is a stat for tests.
type Counter struct {
	stat
	timing timing
	n      int64
}

// Count counts a packet.
func (c *Counter) Count(direction int, bytes uint32, nanos int64) {
	c.n++
	if c.timing.step == 0 {
		c.timing = newTiming(time.Second)
	}
	c.timing.at(nanos)
	c.add(direction, bytes, &c.timing, c.n)
}

// Rate returns bits per second of each direction, and packets per second.
func (c *Counter) Rate(w Window, start, now int64) (bits [2]float64, packets float64) {
	c.timing.start, c.timing.now = start, now
	r := c.rate(w, &c.timing)
	return r.bits, r.packets
}

// Spark returns the numbers of a sparkline.
func (c *Counter) Spark(n int, now int64) []uint64 {
	c.timing.now = now
	return c.spark(n, &c.timing)
}

// Scaled returns a number with a unit.
func Scaled(n float64) string { return scaled(n) }

// ShellQuote quotes a word.
func ShellQuote(word string) string { return shellQuote(word) }

// Sizes returns the numbers of flows, ports, hosts, packets and bytes of packets in an Engine.
func (e *Engine) Sizes() (flows, ports, hosts, packets, bytes int) {
	return len(e.flows), len(e.ports), len(e.hosts), e.packets.n, len(e.packets.bytes)
}

// Limits of an Engine.
const (
	MaxFlows, MaxPorts, MaxHosts = maxFlows, maxPorts, maxHosts
	MaxPackets, MaxPacketBytes   = maxPackets, maxPacketBytes
)

// Tick is the message that refreshes a screen.
var Tick = tick{}

// Kept returns the bytes of all kept packets by number.
func (e *Engine) Kept() map[int64][]byte {
	all := map[int64][]byte{}
	for i := range e.packets.n {
		k := e.packets.at(i)
		all[k.number] = k.data
	}
	return all
}
