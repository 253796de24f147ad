package render

import (
	"strconv"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// tcpColumns show what the segments of a TCP flow reveal about its path. Other flows have empty
// cells in CSV and no keys in JSON.
func (v *FlowView) tcpColumns() []Column[flowRow] {
	if !v.TCP {
		return nil
	}
	columns := []Column[flowRow]{
		{Head: "rtt", In: InText, Right: true, Value: func(c *Cell, r *flowRow) {
			if r.TCP.HasRTT {
				c.out = appendRTT(c.out, r.TCP.RTT)
			}
		}},
		dataOnly("rtt_ns", func(c *Cell, r *flowRow) {
			if r.TCP.HasRTT {
				c.ID(int64(r.TCP.RTT))
			}
		}),
	}
	for _, x := range []struct {
		key, head string
		of        func(flow.TCPCounts) uint32
	}{
		{"retransmissions", "retrans", func(n flow.TCPCounts) uint32 { return n.Retransmissions }},
		{"out_of_order", "reordered", func(n flow.TCPCounts) uint32 { return n.OutOfOrder }},
		{"zero_windows", "zero win", func(n flow.TCPCounts) uint32 { return n.ZeroWindows }},
		{"resets", "resets", func(n flow.TCPCounts) uint32 { return n.Resets }},
	} {
		value := func(c *Cell, r *flowRow) {
			if r.Proto == decode.ProtoTCP {
				c.Number(uint64(x.of(r.TCP.Total())))
			}
		}
		columns = append(columns, Column[flowRow]{Key: x.key, Head: x.head, Right: true,
			Value: value})
	}
	return columns
}

// appendRTT writes a time in milliseconds with three decimals.
func appendRTT(out []byte, d time.Duration) []byte {
	return append(strconv.AppendFloat(out, float64(d.Microseconds())/1000, 'f', 3, 64), " ms"...)
}
