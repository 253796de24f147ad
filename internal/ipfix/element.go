// Package ipfix exports flows as IPFIX (RFC 7011) to a collector.
package ipfix

import (
	"encoding/binary"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
)

// reversePEN is the enterprise number of elements about the reverse direction (RFC 5103 section
// 6.1).
const reversePEN = 29305

// An element is a field of a template: IANA's number, its length in bytes, and a function that
// appends its value from a record. from is the side that sent the packets of the record.
type element struct {
	id, size uint16
	pen      uint32 // private enterprise number, 0 for IANA's elements
	add      func(out []byte, r *records.Record, from flow.Side) []byte
}

var be = binary.BigEndian

// common elements follow the addresses in every template.
var common = []element{
	{id: 7, size: 2, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint16(out, r.Endpoint(from).Port) // sourceTransportPort
	}},
	{id: 11, size: 2, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint16(out, r.Endpoint(from.Other()).Port) // destinationTransportPort
	}},
	{id: 4, size: 1, add: func(out []byte, r *records.Record, _ flow.Side) []byte {
		return append(out, r.Proto.Number()) // protocolIdentifier
	}},
	{id: 136, size: 1, add: func(out []byte, r *records.Record, _ flow.Side) []byte {
		return append(out, uint8(r.Why)) // flowEndReason
	}},
	{id: 152, size: 8, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint64(out, millis(r.Times[from].Start)) // flowStartMilliseconds
	}},
	{id: 153, size: 8, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint64(out, millis(r.Times[from].End)) // flowEndMilliseconds
	}},
	{id: 1, size: 8, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint64(out, r.IP[from]) // octetDeltaCount
	}},
	{id: 2, size: 8, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return be.AppendUint64(out, r.From[from].Packets) // packetDeltaCount
	}},
	{id: 6, size: 1, add: func(out []byte, r *records.Record, from flow.Side) []byte {
		return append(out, r.Flags[from]) // tcpControlBits, the lower eight
	}},
}

// reversible are the numbers of the common elements that also exist for the reverse direction.
var reversible = []uint16{152, 153, 1, 2, 6}

// biflowDirection shows whether the source of a biflow is the end that opened it (RFC 5103 section
// 6.3).
var biflowDirection = element{id: 239, size: 1,
	add: func(out []byte, r *records.Record, from flow.Side) []byte {
		const arbitrary, initiator = 0, 1
		if r.Asked == flow.None && r.Answered == flow.None {
			return append(out, arbitrary)
		}
		return append(out, initiator)
	}}

// address returns the element for one end's address.
func address(id, size uint16, other bool) element {
	return element{id: id, size: size,
		add: func(out []byte, r *records.Record, from flow.Side) []byte {
			if other {
				from = from.Other()
			}
			return append(out, r.Endpoint(from).Addr.AsSlice()...)
		}}
}

// reverse returns the same element for the reverse direction.
func (e element) reverse() element {
	add := e.add
	return element{id: e.id, size: e.size, pen: reversePEN,
		add: func(out []byte, r *records.Record, from flow.Side) []byte {
			return add(out, r, from.Other())
		}}
}

// millis returns a time in milliseconds since 1970, 0 if it is unknown.
func millis(nanos int64) uint64 {
	if nanos == flow.NoTime || nanos < 0 {
		return 0
	}
	return uint64(nanos / 1e6)
}
