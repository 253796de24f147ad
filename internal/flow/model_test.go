package flow_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/linktype"
)

// payloads are first payloads, some of known protocols and some of none.
var payloads = []string{
	"",
	"SSH-2.0-x\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	"x",
	"\x23" + string(make([]byte, 47)),
}

// traffic returns packets of a few hosts and ports, so that flows have many packets. They are IPv4
// and IPv6, TCP and UDP with random flags and payloads, fragments, tunnels, ICMP and truncated
// packets.
func traffic(r *rand.Rand, n int) (packets []packet) {
	for i := range n {
		src, dst := host(r.IntN(2)<<8|r.IntN(2)), host(r.IntN(2)<<8|r.IntN(2))
		sport, dport := uint16(r.ExpFloat64()*4), uint16(r.ExpFloat64()*20)
		payload := []byte(payloads[r.IntN(len(payloads))])
		b := tcp(src, dst, sport, dport, byte(r.Uint32()), payload...)
		if r.IntN(3) == 0 {
			b = udp(src, dst, sport, dport, payload...)
		} else {
			if b[33]&decode.FlagRST != 0 {
				b[33] |= decode.FlagACK // Put does not recognize a RST without ACK
			}
			b = numbered(b, uint32(r.IntN(3)), uint32(1+r.IntN(3)))
		}
		switch r.IntN(16) {
		case 0, 1, 2, 3:
			b = inIPv6(b)
		case 4:
			b[6], b[5] = 0x20, byte(r.IntN(4)) // a first fragment
		case 5:
			b[7], b[5] = 40, byte(r.IntN(4)) // a later fragment
		case 6:
			b = inVXLAN(b)
		case 7:
			b = refusal(b)
		case 8:
			b = b[:20+r.IntN(len(b)-20)]
		case 9:
			b[9] = 2 // IGMP
		}
		packets = append(packets, packet{b, int64(r.IntN(1000)) * second, int64(i + 1)})
	}
	return packets
}

// A model counts flows after the whole walk. It uses only maps.
type model struct {
	flow.Totals
	times     []int64 // of all packets
	opt       flow.Options
	flows     map[flow.Key]*flow.Flow
	segments  map[flow.Key][]segment // of the flow
	past      []*flow.Flow           // flows whose ports another flow uses
	began     uint64
	ended     []string // flows that ended, with the reason
	packet    decode.Packet
	fragments *decode.Fragments
	now       int64
	nth       uint8 // index of the header in the packet
}

func newModel(opt flow.Options) *model {
	return &model{
		opt:       opt,
		flows:     map[flow.Key]*flow.Flow{},
		segments:  map[flow.Key][]segment{},
		now:       flow.NoTime,
		fragments: decode.NewFragments(0),
	}
}

func (m *model) add(x packet) {
	p := &m.packet
	p.Decode(linktype.Raw, x.data, len(x.data))
	at := time.Time{}
	if x.nanos != flow.NoTime {
		at, m.now = time.Unix(0, x.nanos), x.nanos
	}
	m.fragments.Observe(p, x.frame, at)
	m.Total.Add(uint32(len(x.data)))
	if r := x.record(); r.Nanos != flow.NoTime {
		m.times = append(m.times, r.Nanos)
		m.Timed, m.First, m.Last = true, slices.Min(m.times), slices.Max(m.times)
	}
	own := 0
	m.nth = 0
	for i := range p.Ports {
		if q := &p.Ports[i]; !q.Quoted {
			m.header(x, p, q)
			if q.InheritedFrom == 0 {
				own++
			}
		} else if m.opt.Proofs && p.Unreachable(q) != decode.Reachable {
			m.header(x, p, q)
		}
	}
	switch {
	case own == 0:
		m.NoPorts[p.NoPorts].Add(uint32(len(x.data)))
	case own > 1:
		m.Nested.Add(uint32(len(x.data)))
	}
}

// of returns the flow of a header, and its sender.
func (m *model) of(x packet, p *decode.Packet, q *decode.TransportHeader) (*flow.Flow, flow.Side) {
	src, dst := p.Addrs(q.Net)
	k, from := flow.KeyOf(
		q.Proto,
		flow.Endpoint{Addr: src, Port: q.Src},
		flow.Endpoint{Addr: dst, Port: q.Dst},
	)
	if f := m.flows[k]; f != nil {
		if why := m.ends(f); why != 0 {
			m.end(f, why)
		} else if !q.Quoted && m.reuses(f, segmentOf(x, p, q, from)) {
			m.end(f, flow.EndDetected)
			if m.opt.Idle|m.opt.Active == 0 {
				m.past = append(m.past, f)
			}
		}
	}
	if m.flows[k] == nil {
		m.began++
		m.flows[k] = &flow.Flow{
			Key:        k,
			Facts:      flow.Facts{First: from},
			Number:     m.began,
			FirstFrame: x.frame,
			Header:     m.nth,
			Start:      flow.NoTime,
			End:        flow.NoTime,
		}
		m.segments[k] = nil
	}
	return m.flows[k], from
}

func (m *model) header(x packet, p *decode.Packet, q *decode.TransportHeader) {
	f, from := m.of(x, p, q)
	m.nth++
	if q.Quoted {
		return
	}
	m.segments[f.Key] = append(m.segments[f.Key], segmentOf(x, p, q, from))
	f.Refused = refused(m.segments[f.Key])
	if f.Total().Packets == 0 {
		f.Opening, f.ISN = p.Handshake(q), m.segments[f.Key][0].isn
	}
	if first, ok := opening(m.segments[f.Key]); ok {
		f.ISN = first.isn
	}
	f.From[from].Add(uint32(len(x.data)))
	f.LastFrame = x.frame
	if f.End = max(f.End, x.nanos); f.Start == flow.NoTime ||
		x.nanos != flow.NoTime && x.nanos < f.Start {
		f.Start = x.nanos
	}
	flags, _ := p.TCPControl(q)
	f.Flags[from] |= flags
	switch p.Handshake(q) {
	case decode.OpensAsk:
		f.Asked = cmp.Or(f.Asked, from)
	case decode.OpensAnswer:
		f.Answered = cmp.Or(f.Answered, from)
	}
	m.payload(f, from, x, q)
}

// payload recognizes the first payload of a side. It computes the offset itself.
func (m *model) payload(f *flow.Flow, from flow.Side, x packet, q *decode.TransportHeader) {
	if q.InheritedFrom != 0 || f.Heard[from] {
		return
	}
	end := m.packet.Layers[q.Layer].End
	header := map[decode.Transport]int{decode.ProtoUDP: 8, decode.ProtoTCP: 20}[q.Proto]
	if q.Proto == decode.ProtoUDP && q.At+6 <= len(x.data) {
		if n := int(x.data[q.At+4])<<8 | int(x.data[q.At+5]); n >= 8 {
			end = min(end, q.At+n)
		}
	}
	if end = min(end, len(x.data)); q.At+header < end {
		f.Heard[from] = true
		f.Payloads[from] = annotate.Recognize(q.Proto, x.data[q.At+header:end])
	}
}

// ends repeats the rules of Options.Idle and Options.Active: closed connections end after 5 s.
func (m *model) ends(f *flow.Flow) flow.EndReason {
	closed := f.State() == flow.Closed || f.State() == flow.Reset || f.State() == flow.Refused
	quiet, age := time.Duration(m.now-f.End), time.Duration(m.now-f.Start)
	switch {
	case m.opt.Idle > 0 && closed && quiet >= min(5*time.Second, m.opt.Idle):
		return flow.EndDetected
	case m.opt.Idle > 0 && quiet >= m.opt.Idle:
		return flow.EndIdle
	case m.opt.Active > 0 && age >= m.opt.Active:
		return flow.EndActive
	}
	return 0
}

func (m *model) end(f *flow.Flow, why flow.EndReason) {
	m.ended = append(m.ended, fmt.Sprintf("%d %+v", why, *f))
	delete(m.flows, f.Key)
}

// finish ends all flows, as Table.Finish does.
func (m *model) finish() {
	for _, f := range m.flows {
		switch why := m.ends(f); {
		case why == flow.EndIdle || why == flow.EndDetected:
			m.end(f, why)
		case f.State() == flow.Closed, f.State() == flow.Reset, f.State() == flow.Refused:
			m.end(f, flow.EndDetected)
		default:
			m.end(f, flow.EndOfInput)
		}
	}
}

// text returns the same lines as the function text for a table with the same flows.
func (m *model) text() (lines []string) {
	list := slices.AppendSeq(slices.Clone(m.past), maps.Values(m.flows))
	place := func(f *flow.Flow) string { return fmt.Sprint(f.Key) }
	slices.SortFunc(list, func(x, y *flow.Flow) int {
		return cmp.Or(cmp.Compare(x.FirstFrame, y.FirstFrame), cmp.Compare(place(x), place(y)))
	})
	for _, f := range list {
		lines = append(lines, fmt.Sprintf("%+v", *f))
	}
	for _, p := range portsOf(list) {
		lines = append(lines, fmt.Sprintf("%+v", *p))
	}
	return append(lines, fmt.Sprintf("%+v", m.Totals))
}

// portsOf sums up flows by the port that they count for, with maps.
func portsOf(list []*flow.Flow) []*flow.Port {
	ports := map[flow.PortKey]*flow.Port{}
	payloads := map[flow.PortKey]map[annotate.Payload]*flow.PayloadCount{}
	for _, f := range list {
		k := f.ServicePort()
		p := ports[k]
		if p == nil {
			p = &flow.Port{PortKey: k, First: flow.NoTime, Last: flow.NoTime}
			ports[k], payloads[k] = p, map[annotate.Payload]*flow.PayloadCount{}
		}
		side := flow.ServiceSide(f.Key, f.Facts)
		p.Flows++
		p.From.Plus(f.From[side])
		p.To.Plus(f.From[side.Other()])
		if p.First == flow.NoTime || f.Start < p.First && f.Start != flow.NoTime {
			p.First = f.Start
		}
		p.Last = max(p.Last, f.End)
		kinds := f.Payloads[1:]
		for _, kind := range slices.Compact(slices.Clone(kinds)) {
			c := payloads[k][kind]
			if c == nil {
				c = &flow.PayloadCount{Payload: kind, Frame: f.FirstFrame}
				payloads[k][kind] = c
			}
			c.Flows++
			c.Frame = min(c.Frame, f.FirstFrame)
		}
	}
	var out []*flow.Port
	for k, p := range ports {
		delete(payloads[k], annotate.NoPayload)
		for _, c := range payloads[k] {
			p.Payloads = append(p.Payloads, *c)
		}
		slices.SortFunc(p.Payloads, func(x, y flow.PayloadCount) int {
			return cmp.Or(cmp.Compare(y.Flows, x.Flows), cmp.Compare(x.Payload, y.Payload))
		})
		if p.From.Packets+p.To.Packets > 0 { // a flow with only ICMP errors has no packets
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(x, y *flow.Port) int {
		a, b := x.Total(), y.Total()
		return cmp.Or(
			cmp.Compare(b.Packets, a.Packets),
			cmp.Compare(b.Bytes, a.Bytes),
			cmp.Compare(x.Proto, y.Proto),
			cmp.Compare(x.Port, y.Port),
		)
	})
	return out
}

// sorted sorts lines as the model does. The flows of a table that begin with the same packet are in
// the order of its headers.
func sorted(lines []string) []string { return slices.Sorted(slices.Values(lines)) }

// TestTableAgainstModel compares a table with a model, with single packets and with batches.
func TestTableAgainstModel(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		opt := flow.Options{Proofs: seed%2 == 0}
		packets := traffic(r, 3000)
		if seed%5 == 0 {
			for i := range packets {
				packets[i].nanos = flow.NoTime
			}
		}
		m, batches := newModel(opt), flow.NewTable(opt)
		for _, p := range packets {
			m.add(p)
		}
		countBatches(batches, r, packets)
		firstDifference(t, fmt.Sprintf("seed %d", seed), sorted(text(batches)), sorted(m.text()))
		one, d, fragments := flow.NewTable(opt), decode.Packet{}, decode.NewFragments(0)
		for _, p := range packets {
			record := p.record()
			d.Decode(record.Link, record.Data, int(record.Length))
			at := time.Time{}
			if p.nanos != flow.NoTime {
				at = time.Unix(0, p.nanos)
			}
			fragments.Observe(&d, p.frame, at)
			if matches := one.Add(&d, record.Length, p.nanos,
				p.frame); len(matches) != len(d.Ports) {
				t.Fatalf("%d matches for %d headers", len(matches), len(d.Ports))
			}
		}
		firstDifference(t, fmt.Sprintf("seed %d, one by one", seed), text(one), text(batches))
	}
}

// packetOf returns a packet built from five bytes of a fuzzer.
func packetOf(c []byte, frame int64) packet {
	addrs := []string{"10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.255"}
	b := tcp(addrs[c[0]&3], addrs[c[0]>>2&3], uint16(c[1]&15), uint16(c[1]>>4), c[2])
	b = numbered(b, uint32(c[3]>>4&3), uint32(c[3]>>6))
	if c[3]&1 != 0 {
		b = udp(addrs[c[0]&3], addrs[c[0]>>2&3], uint16(c[1]&15), uint16(c[1]>>4), c[2], c[2])
	}
	if c[3]&2 != 0 {
		b = inIPv6(b)
	}
	if c[3]&4 != 0 {
		b = b[:max(len(b)-int(c[3]>>3), 1)] // truncated
	}
	return packet{b, int64(int8(c[4])) * second, frame}
}

// FuzzTable compares a table with the model for any packets. A table with the least memory must
// count every packet, too.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0x04, 0x21, 2, 0, 1, 0x01, 0x12, 0x12, 0, 2, 0x04, 0x21, 0x10, 0, 3}, uint8(1))
	f.Add(
		[]byte{0x04, 0x21, 2, 3, 1, 0x04, 0x21, 2, 1, 0, 0x04, 0x11, 2, 0x54, 0, 0, 0, 0, 2, 0x80},
		uint8(2),
	)
	f.Fuzz(func(t *testing.T, choices []byte, cut uint8) {
		var packets []packet
		for n := int64(1); len(choices) >= 5; n, choices = n+1, choices[5:] {
			packets = append(packets, packetOf(choices, n))
		}
		r, opt := rand.New(rand.NewPCG(1, uint64(cut))), flow.Options{}
		m, table, small := newModel(opt), flow.NewTable(opt), flow.NewTable(flow.Options{Memory: 1})
		for _, p := range packets {
			m.add(p)
		}
		countBatches(table, r, packets)
		firstDifference(t, "table", sorted(text(table)), sorted(m.text()))
		countBatches(small, r, packets)
		if small.Totals != table.Totals {
			t.Errorf("%+v, want %+v", small.Totals, table.Totals)
		}
	})
}
