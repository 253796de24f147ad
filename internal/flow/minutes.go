package flow

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// A MinutePort is the traffic of one port in one minute, or that of packets without ports for one
// reason.
type MinutePort struct {
	Minute int64 // its start, in nanoseconds since 1970; NoTime for packets without a time
	PortKey

	// Reason is HasPorts for the packets of a port. Otherwise these are packets without ports of
	// their own, all counted in To. Proto is then the protocol of their inherited ports, if any.
	Reason decode.Reason

	To, From    Count
	First, Last int64 // in nanoseconds since 1970; NoTime if unknown
}

// A MinuteTotal is the number of packets in one minute: a packet with several transport
// headers counts once.
type MinuteTotal struct {
	Minute int64
	Proto  decode.Transport // packets with a header of this protocol; ProtoNone for all packets
	Total  Count
	Nested Count // the packets of Total with several transport headers

	First, Last int64 // in nanoseconds since 1970; NoTime if unknown
}

// maxMinuteRows is the maximum number of rows in Minutes: about 16 MB.
const maxMinuteRows = 1 << 17

// Minutes count packets by port and minute. They hold a limited number of rows. A caller that takes
// rows more than once must add up rows with the same key.
type Minutes struct {
	// Full is called when there are more than maxMinuteRows rows. It should call Take.
	Full func()

	minutes map[int64]*minute
	current *minute
	rows    int
}

type minuteKey struct {
	PortKey
	reason decode.Reason
}

// A minute has the counts of one minute. The first element of totals is for all packets.
type minute struct {
	start  int64
	ports  map[minuteKey]*MinutePort
	totals [protos]MinuteTotal
}

// NewMinutes returns empty Minutes.
func NewMinutes() *Minutes { return &Minutes{minutes: map[int64]*minute{}} }

// at returns the counts of the minute of a time.
func (m *Minutes) at(nanos int64) *minute {
	const span = int64(time.Minute)
	start := nanos - (nanos%span+span)%span
	if nanos == NoTime || start > nanos {
		start = NoTime
	}
	if m.current != nil && m.current.start == start {
		return m.current
	}
	m.current = m.minutes[start]
	if m.current == nil {
		m.current = &minute{start: start, ports: map[minuteKey]*MinutePort{}}
		m.minutes[start] = m.current
		m.rows += protos
	}
	return m.current
}

// row returns the row of a key.
func (m *Minutes) row(nanos int64, k minuteKey) *MinutePort {
	at := m.at(nanos)
	p := at.ports[k]
	if p == nil {
		if m.rows++; m.rows > maxMinuteRows && m.Full != nil {
			m.Full()
			at = m.at(nanos)
		}
		p = &MinutePort{Minute: at.start, PortKey: k.PortKey, Reason: k.reason,
			First: NoTime, Last: NoTime}
		at.ports[k] = p
	}
	return p
}

// port counts a header for a port; direction is 1 for a header to the port.
func (m *Minutes) port(k PortKey, direction uint16, bytes uint32, nanos int64) {
	p := m.row(nanos, minuteKey{PortKey: k})
	if direction == to {
		p.To.Add(bytes)
	} else {
		p.From.Add(bytes)
	}
	p.seen(nanos)
}

func (p *MinutePort) seen(nanos int64) { p.First, p.Last = seen(p.First, p.Last, nanos) }

// seen extends the range from first to last by one more time.
func seen(first, last, nanos int64) (int64, int64) {
	if nanos == NoTime {
		return first, last
	}
	if first == NoTime || nanos < first {
		first = nanos
	}
	return first, max(last, nanos)
}

// packet counts a packet that passed the filter. list has the protocols of the headers that passed.
func (m *Minutes) packet(bytes uint32, nanos int64, reason decode.Reason, nested bool,
	list ...decode.Transport) {
	at := m.at(nanos)
	at.total(decode.ProtoNone, bytes, nanos, nested)
	for i, proto := range list {
		if !slices.Contains(list[:i], proto) {
			at.total(proto, bytes, nanos, nested)
		}
	}
	if reason == decode.HasPorts {
		return
	}
	k := minuteKey{reason: reason}
	if len(list) > 0 {
		k.Proto = list[0]
	}
	p := m.row(nanos, k)
	p.To.Add(bytes)
	p.seen(nanos)
}

// plain counts a packet that the quick walk decoded.
func (m *Minutes) plain(q *decode.Quick, r *capture.Record) {
	if q.Proto == decode.ProtoNone {
		m.packet(r.Length, r.Nanos, q.NoPorts, false)
		return
	}
	at := m.at(r.Nanos)
	at.total(decode.ProtoNone, r.Length, r.Nanos, false)
	at.total(q.Proto, r.Length, r.Nanos, false)
}

// minutes counts a packet after the whole walk. one is the Totals of this packet alone.
func (w *walker) minutes(m *Minutes, r *capture.Record, reason decode.Reason, one *Totals) {
	if one.NoPorts[reason].Packets == 0 {
		reason = decode.HasPorts
	}
	var list []decode.Transport
	for i := range w.list {
		list = append(list, w.list[i].Proto)
	}
	m.packet(r.Length, r.Nanos, reason, one.Nested.Packets > 0, list...)
}

func (m *minute) total(proto decode.Transport, bytes uint32, nanos int64, nested bool) {
	t := &m.totals[proto]
	if t.Total.Packets == 0 {
		t.First, t.Last = NoTime, NoTime
	}
	t.Total.Add(bytes)
	t.First, t.Last = seen(t.First, t.Last, nanos)
	if nested {
		t.Nested.Add(bytes)
	}
}

// Take returns the rows, sorted by minute, and removes them.
func (m *Minutes) Take() (ports []MinutePort, totals []MinuteTotal) {
	for _, start := range slices.Sorted(maps.Keys(m.minutes)) {
		at := m.minutes[start]
		for _, p := range at.ports {
			ports = append(ports, *p)
		}
		for proto, t := range at.totals {
			if t.Total.Packets > 0 {
				t.Minute, t.Proto = start, decode.Transport(proto)
				totals = append(totals, t)
			}
		}
	}
	slices.SortFunc(ports, func(x, y MinutePort) int {
		return cmp.Or(cmp.Compare(x.Minute, y.Minute), cmp.Compare(x.Proto, y.Proto),
			cmp.Compare(x.Port, y.Port), cmp.Compare(x.Reason, y.Reason))
	})
	clear(m.minutes)
	m.current, m.rows = nil, 0
	return ports, totals
}
