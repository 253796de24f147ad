package flow_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A segment is what the model below records of one header of a flow.
type segment struct {
	from          flow.Side
	tcp           bool
	flags         uint8
	opens, answer bool // a SYN, INIT or Request; an answer to one of these
	refuses       bool
	isn           uint32 // of the client
	nanos         int64
}

func segmentOf(x packet, p *decode.Packet, q *decode.TransportHeader, from flow.Side) segment {
	s := segment{from: from, tcp: q.Proto == decode.ProtoTCP, nanos: x.nanos}
	opening := p.Handshake(q)
	s.opens, s.answer = opening == decode.OpensAsk, opening == decode.OpensAnswer
	s.refuses = opening == decode.OpensRefusal
	if s.flags, _ = p.TCPControl(q); s.tcp && opening != decode.OpensNothing {
		if s.isn = binary.BigEndian.Uint32(x.data[q.At+4:]); s.flags&decode.FlagACK != 0 {
			s.isn = binary.BigEndian.Uint32(x.data[q.At+8:]) - 1
		}
	}
	return s
}

// opening returns the first segment that opens the flow or answers the opening, if there is one.
func opening(list []segment) (segment, bool) {
	i := slices.IndexFunc(list, func(s segment) bool { return s.opens || s.answer })
	if i < 0 {
		return segment{}, false
	}
	return list[i], true
}

// refused reports whether a RST answers the SYN of a flow with these segments.
func refused(list []segment) bool {
	ask := slices.IndexFunc(list, func(s segment) bool { return s.opens })
	if ask < 0 || slices.ContainsFunc(list, func(s segment) bool { return s.answer }) {
		return false
	}
	client := list[ask].from
	for _, s := range list[:ask] {
		if s.from != client || s.flags&(decode.FlagACK|decode.FlagRST) != 0 {
			return false
		}
	}
	for _, s := range list[ask:] {
		if s.tcp && s.refuses && s.from != client {
			return s.flags&decode.FlagACK == 0 || s.isn-list[ask].isn < 1<<16
		}
		if s.from != client || s.flags&(decode.FlagACK|decode.FlagRST) != 0 {
			return false
		}
	}
	return false
}

// reuses reports whether a segment begins another connection on the ports of a flow.
func (m *model) reuses(f *flow.Flow, s segment) bool {
	list := m.segments[f.Key]
	first, ok := opening(list)
	if len(list) == 0 || !s.tcp || !s.opens && !s.answer || ok && first.isn == s.isn {
		return false
	}
	if m.opt.Idle|m.opt.Active != 0 {
		return true // flows are cut into parts: earlier segments may be in another part
	}
	asked := slices.ContainsFunc(list, func(s segment) bool { return s.opens })
	ended, onlySYNs, end := false, s.opens && asked, int64(flow.NoTime)
	for _, old := range list {
		ended = ended || old.flags&(decode.FlagFIN|decode.FlagRST) != 0
		onlySYNs = onlySYNs && old.from == s.from && old.flags&decode.FlagACK == 0
		end = max(end, old.nanos)
	}
	silent := end != flow.NoTime && s.nanos != flow.NoTime && s.nanos-end >= int64(time.Minute)
	return ended || onlySYNs || silent
}

// connection returns the packets of a connection: the handshake, and a FIN from both ends if closes
// is true.
func connection(isn uint32, closes bool) [][]byte {
	const syn, ack, fin = decode.FlagSYN, decode.FlagACK, decode.FlagFIN
	there := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(client, server, 50000, 80, flags), seq, next)
	}
	back := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(server, client, 80, 50000, flags), seq, next)
	}
	list := [][]byte{there(syn, isn, 0), back(syn|ack, 7, isn+1), there(ack, isn+1, 8)}
	if closes {
		list = append(list, there(fin|ack, isn+1, 8), back(fin|ack, 8, isn+2),
			there(ack, isn+2, 9))
	}
	return list
}

// TestPortReuse checks which SYN begins another connection on the same ports. Each want is the
// state and the first frame of a connection, derived by hand from RFC 9293.
func TestPortReuse(t *testing.T) {
	const syn, ack, rst, fin = decode.FlagSYN, decode.FlagACK, decode.FlagRST, decode.FlagFIN
	at := func(seconds int64, frame int64, data []byte) packet {
		return packet{data, seconds * second, frame}
	}
	there := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(client, server, 50000, 80, flags), seq, next)
	}
	back := func(flags byte, seq, next uint32) []byte {
		return numbered(tcp(server, client, 80, 50000, flags), seq, next)
	}
	type conn struct {
		state flow.State
		frame int64
	}
	for _, c := range []struct {
		what    string
		packets []packet
		want    []conn
	}{
		{"three connections", captureOf(slices.Concat(connection(1000, true),
			connection(900000, true), connection(4294967295, false))...),
			[]conn{{flow.Closed, 1}, {flow.Closed, 7}, {flow.Established, 13}}},
		{"the same SYN again after the end", captureOf(append(connection(5, true),
			there(syn, 5, 0))...), []conn{{flow.Closed, 1}}},
		{"refused three times", captureOf(there(syn, 1, 0), back(rst|ack, 0, 2), there(syn, 9, 0),
			back(rst|ack, 0, 10), there(syn, 20, 0), back(rst, 0, 0)),
			[]conn{{flow.Refused, 1}, {flow.Refused, 3}, {flow.Refused, 5}}},
		{"refused, then accepted", captureOf(append([][]byte{there(syn, 1, 0),
			back(rst|ack, 0, 2)}, connection(9, false)...)...),
			[]conn{{flow.Refused, 1}, {flow.Established, 3}}},
		{"a SYN with data is refused", captureOf(there(syn, 1, 0), back(rst|ack, 0, 44)),
			[]conn{{flow.Refused, 1}}},
		{"reset, not refused", captureOf(append(connection(5, false), back(rst|ack, 8, 6))...),
			[]conn{{flow.Reset, 1}}},
		{"reset by the client before an answer", captureOf(there(syn, 5, 0), there(rst, 6, 0)),
			[]conn{{flow.Reset, 1}}},
		{"a RST that acknowledges other data", captureOf(there(syn, 5, 0),
			back(rst|ack, 0, 1000000)), []conn{{flow.Reset, 1}}},
		{"a RST after data, without the SYN-ACK",
			captureOf(there(syn, 5, 0), there(ack, 6, 8), back(rst|ack, 8, 6)),
			[]conn{{flow.Reset, 1}}},
		{"a SYN in the middle, answered by a challenge", captureOf(append(connection(5, false),
			there(syn, 700, 0), back(ack, 8, 6), there(ack, 6, 8))...),
			[]conn{{flow.Established, 1}}},
		{"a SYN after 59 seconds", []packet{at(0, 1, there(syn, 5, 0)),
			at(0, 2, back(syn|ack, 1, 6)), at(59, 3, there(syn, 9, 0))},
			[]conn{{flow.Established, 1}}},
		{"a SYN after a minute", []packet{at(0, 1, there(syn, 5, 0)), at(0, 2, back(syn|ack, 1, 6)),
			at(60, 3, there(syn, 9, 0))}, []conn{{flow.Established, 1}, {flow.Asked, 3}}},
		{"no answer, then another SYN", captureOf(there(syn, 5, 0), there(syn, 5, 0),
			there(syn, 9, 0)), []conn{{flow.Asked, 1}, {flow.Asked, 3}}},
		{"both ends open at once", captureOf(there(syn, 5, 0), back(syn, 9, 0),
			there(syn|ack, 5, 10), back(syn|ack, 9, 6)), []conn{{flow.Established, 1}}},
		{"a FIN from before the capture, then a refused SYN", captureOf(back(fin|ack, 500, 600),
			there(syn, 1, 0), back(rst|ack, 0, 2)), []conn{{flow.Closing, 1}, {flow.Refused, 2}}},
		{"only answers were captured", captureOf(back(syn|ack, 7, 6), back(fin|ack, 8, 7),
			back(syn|ack, 9, 101), back(ack, 10, 101)),
			[]conn{{flow.Closing, 1}, {flow.Established, 3}}},
		{"the SYN comes after its answer", captureOf(back(syn|ack, 7, 6), there(syn, 5, 0),
			there(fin|ack, 6, 8)), []conn{{flow.Closing, 1}}},
	} {
		table := flow.NewTable(flow.Options{})
		countBatches(table, rand.New(rand.NewPCG(1, 1)), c.packets)
		var got []conn
		for f := range table.Flows() {
			if got = append(got, conn{f.State(), f.FirstFrame}); f.Number != uint64(len(got)) {
				t.Errorf("%s: flow %d has number %d", c.what, len(got), f.Number)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

// TestReuseEnds checks that OnEnd receives each connection once, as soon as the next one begins.
// This holds whether or not the table still lists it. A connection that does not fit in memory is
// evicted once.
func TestReuseEnds(t *testing.T) {
	packets := captureOf(slices.Concat(connection(1, true), connection(50, true),
		connection(90, false))...)
	for _, opt := range []flow.Options{{}, {Idle: time.Hour}, {Active: time.Hour}} {
		table := flow.NewTable(opt)
		var ends []flow.EndReason
		table.OnEnd = func(f *flow.Flow, why flow.EndReason) {
			if ends = append(ends, why); f.FirstFrame != int64(6*len(ends)-5) {
				t.Errorf("%+v: %+v ends", opt, f)
			}
		}
		addAll(table, packets...)
		if !slices.Equal(ends, []flow.EndReason{flow.EndDetected, flow.EndDetected}) {
			t.Errorf("%+v: %v before the end", opt, ends)
		}
		if table.Finish(); len(ends) != 3 || ends[2] != flow.EndOfInput {
			t.Errorf("%+v: %v", opt, ends)
		}
		want := 3
		if opt.Idle+opt.Active > 0 {
			want = 1
		}
		if p := table.Ports(); table.Len() != want || p[0].Flows != 3 {
			t.Errorf("%+v: %d flows are left, %+v", opt, table.Len(), p)
		}
	}
	table, ended := flow.NewTable(flow.Options{Memory: 1}), uint64(0)
	table.OnEnd = func(*flow.Flow, flow.EndReason) { ended++ }
	const connections = 5000
	for i := range uint32(connections) {
		addAll(table, captureOf(connection(10*i, true)...)...)
	}
	table.Finish()
	if used, limit := table.Used(); ended != connections || used > limit ||
		uint64(table.Len())+table.Evicted.Flows != connections || table.Evicted.Flows == 0 ||
		table.Ports()[0].Flows != connections {
		t.Errorf("%d ends, %d flows, %+v evicted; %d bytes of %d", ended, table.Len(),
			table.Evicted,
			used, limit)
	}
}
