package flow

import (
	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
)

// An entry is one flow in a Table, in two cache lines. Arrays of two have one element for A and one
// for B.
type entry struct {
	key
	hash     uint32
	flags    [2]uint8 // TCP control bits
	payload  [2]annotate.Payload
	heard    [2]bool // a payload was captured
	asked    Side
	answered Side
	first    Side
	refused  bool  // reply is an ICMP error
	ended    bool  // the flow has left the table
	nth      uint8 // which header of the first packet

	packets, bytes    [2]uint64
	frame, last       int64 // numbers of the first and the latest packet
	start, end, reply int64 // as in Flow
}

// entrySize is the memory of an entry, and of its number while flows are sorted, in bytes.
const entrySize = 128 + 4

// count adds a header to its flow.
func (e *entry) count(h *header) {
	side := (h.from - A) & 1
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
	if h.opens != decode.OpensNothing {
		e.open(h)
	}
	if h.payload != nil && !e.heard[side] {
		e.heard[side] = true
		e.payload[side] = annotate.Recognise(e.proto(), h.payload)
	}
	if h.from != e.first && e.reply == 0 {
		e.reply = h.frame
	}
}

// open notes a header that opens a connection. Only the first one counts: a connection that reuses
// the ports does not change the roles of the one before.
func (e *entry) open(h *header) {
	switch {
	case h.opens == decode.OpensAsk && e.asked == None:
		e.asked = h.from
	case h.opens == decode.OpensAnswer && e.answered == None:
		e.answered = h.from
	}
}

// refuse notes an ICMP error that refuses the port.
func (e *entry) refuse(frame int64) {
	if e.reply == 0 {
		e.reply, e.refused = frame, true
	}
}

func (e *entry) facts() Facts { return Facts{e.asked, e.answered, e.first} }

// closed reports whether a TCP connection has come to its end.
func (e *entry) closed() bool {
	s := state(e.proto(), e.flags[0], e.flags[1])
	return s == Closed || s == Reset
}

func (e *entry) total() Count { return Count{e.packets[0] + e.packets[1], e.bytes[0] + e.bytes[1]} }

// flow returns the entry as a Flow.
func (e *entry) flow() Flow {
	return Flow{
		Key: e.key.full(), Facts: e.facts(),
		From:       [3]Count{A: {e.packets[0], e.bytes[0]}, B: {e.packets[1], e.bytes[1]}},
		Flags:      [3]uint8{A: e.flags[0], B: e.flags[1]},
		Payloads:   [3]annotate.Payload{A: e.payload[0], B: e.payload[1]},
		Heard:      [3]bool{A: e.heard[0], B: e.heard[1]},
		FirstFrame: e.frame, Header: e.nth, LastFrame: e.last, Start: e.start, End: e.end,
		ReplyFrame: e.reply, Refused: e.refused,
	}
}
