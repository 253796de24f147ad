package flow

import (
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// An entry is one flow in a Table, in two cache lines. Arrays of two have one element for A and one
// for B. The key becomes zero when the flow leaves the table. It gets the pastBit when another
// connection uses the same ports.
type entry struct {
	key
	isn      uint32   // the TCP client's initial sequence number, if asked or answered is known
	flags    [2]uint8 // TCP control bits
	payload  [2]annotate.Payload
	heard    [2]bool // a payload was captured
	asked    Side
	answered Side
	first    Side
	refused  bool             // a RST answered the SYN
	nth      uint8            // index of the header in the first packet
	opening  decode.Handshake // handshake step of the first packet
	number   uint64

	packets, bytes [2]uint64
	frame, last    int64 // numbers of the first and the latest packet
	start, end     int64 // as in Flow
}

// count adds a header to its flow.
func (e *entry) count(h *header) {
	side := (h.from - A) & 1
	if h.opens != decode.OpensNothing {
		e.open(h)
	}
	e.packets[side]++
	e.bytes[side] += uint64(h.bytes)
	e.flags[side] |= h.flags
	e.last = h.frame
	if h.time != NoTime {
		e.end = max(e.end, h.time)
		if h.time < e.start || e.start == NoTime {
			e.start = h.time
		}
	}
	if h.payload != nil && !e.heard[side] {
		e.heard[side] = true
		e.payload[side] = annotate.Recognize(e.proto(), h.payload)
	}
}

// open records a header that opens or refuses a connection, before it is counted. Only the first
// SYN and the first SYN-ACK decide about roles.
func (e *entry) open(h *header) {
	if !e.used() {
		e.opening, e.isn = h.opens, h.isn
	}
	if h.opens == decode.OpensRefusal {
		e.refused = e.refused || e.refusedBy(h)
		return
	}
	if !e.opened() {
		e.isn = h.isn
	}
	switch {
	case h.opens == decode.OpensAsk && e.asked == None:
		e.asked = h.from
	case h.opens == decode.OpensAnswer && e.answered == None:
		e.answered, e.refused = h.from, false
	}
}

// used reports whether a packet was counted.
func (e *entry) used() bool { return e.packets != [2]uint64{} }

// opened reports whether a SYN or a SYN-ACK was captured, so that isn is the client's.
func (e *entry) opened() bool { return e.asked|e.answered != None }

// onlySYNs reports whether only SYNs of the TCP client were captured.
func (e *entry) onlySYNs(client Side) bool {
	return client != None && e.asked == client && e.packets[(client.Other()-A)&1] == 0 &&
		e.flags[(client-A)&1]&(decode.FlagACK|decode.FlagRST) == 0
}

// maxSYNData is the maximum length of the data in a SYN, in bytes. A RST acknowledges this data.
const maxSYNData = 1 << 16

// refusedBy reports whether a RST answers the SYN: no other packet came before it, and it
// acknowledges the SYN (RFC 9293 section 3.5.2).
func (e *entry) refusedBy(h *header) bool {
	return e.proto() == decode.ProtoTCP && h.from != e.asked && e.answered == None &&
		e.onlySYNs(e.asked) && (h.flags&decode.FlagACK == 0 || h.isn-e.isn < maxSYNData)
}

// reuseTime is the silence after which a SYN with another sequence number begins another
// connection, even without a FIN or RST. Systems keep ports in TIME-WAIT for this long.
const reuseTime = time.Minute

// reuses reports whether a header begins another TCP connection on the same ports. Such a header is
// a SYN, or a SYN-ACK whose SYN was not captured, with another sequence number. It must follow a
// FIN, a RST or a minute of silence. A SYN also qualifies if the client's earlier SYNs got no
// answer. A SYN in the middle of a connection does not: it may be forged (RFC 5961 section 4).
func (e *entry) reuses(h *header) bool {
	if !e.opensAgain(h) {
		return false
	}
	return (e.flags[0]|e.flags[1])&(decode.FlagFIN|decode.FlagRST) != 0 ||
		since(e.end, h.time, reuseTime) ||
		h.opens == decode.OpensAsk && e.onlySYNs(h.from)
}

// opensAgain reports whether a header is a SYN or SYN-ACK that is not known to belong to the flow.
func (e *entry) opensAgain(h *header) bool {
	return e.used() && e.proto() == decode.ProtoTCP &&
		(h.opens == decode.OpensAsk || h.opens == decode.OpensAnswer) &&
		!(e.opened() && e.isn == h.isn)
}

// cuts reports whether a flow ends before a SYN or SYN-ACK because timeouts cut flows into parts.
// Earlier packets may be in another part, so Put decides later whether the connection is new.
func (t *Table) cuts(e *entry, h *header) bool {
	return t.opt.Idle|t.opt.Active != 0 && e.opensAgain(h)
}

// quoted records the time of an ICMP error that quotes a flow without packets. Timeouts can then
// end the flow.
func (t *Table) quoted(e *entry, h *header) {
	if t.opt.Idle|t.opt.Active == 0 || e.used() {
		return
	}
	if e.start == NoTime {
		e.start = h.time
	}
	e.end = max(e.end, h.time)
}

// onlyQuoted reports whether only ICMP errors that quote the flow came before a header. It applies
// if timeouts cut flows into parts. The errors are then a part of their own, and the next part does
// not depend on them.
func (t *Table) onlyQuoted(e *entry, h *header) bool {
	return t.opt.Idle|t.opt.Active != 0 && !e.used() && e.frame != h.frame
}

// since reports whether at least span passed between two known times.
func since(from, to int64, span time.Duration) bool {
	return from != NoTime && to != NoTime && to > from && uint64(to-from) >= uint64(span)
}

func (e *entry) facts() Facts { return Facts{e.asked, e.answered, e.first} }

// closed reports whether a TCP connection has ended.
func (e *entry) closed() bool {
	switch state(e.proto(), e.flags[0], e.flags[1], e.refused) {
	case Closed, Reset, Refused:
		return true
	}
	return false
}

func (e *entry) total() Count { return Count{e.packets[0] + e.packets[1], e.bytes[0] + e.bytes[1]} }

// flow returns an entry as a Flow.
func (t *Table) flow(i uint32) Flow {
	e := t.entries.at(i)
	f := Flow{
		Key: e.key.full(), Facts: e.facts(), Number: e.number,
		From:       [3]Count{A: {e.packets[0], e.bytes[0]}, B: {e.packets[1], e.bytes[1]}},
		Flags:      [3]uint8{A: e.flags[0], B: e.flags[1]},
		Payloads:   [3]annotate.Payload{A: e.payload[0], B: e.payload[1]},
		Heard:      [3]bool{A: e.heard[0], B: e.heard[1]},
		FirstFrame: e.frame, Header: e.nth, LastFrame: e.last, Start: e.start, End: e.end,
		Opening: e.opening, ISN: e.isn, Refused: e.refused,
	}
	if t.opt.Proofs {
		p := t.proofs.at(i)
		f.Proofs = [3]Proof{A: p.ends[0], B: p.ends[1]}
	}
	if t.opt.TCP && f.Proto == decode.ProtoTCP {
		f.TCP = t.tcp.at(i).result()
	}
	return f
}
