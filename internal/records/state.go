package records

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// An endState is the state of one end of a TCP connection, as in Zeek.
type endState uint8

const (
	inactive    endState = iota // sent no packets
	partial                     // sent packets, but no SYN
	synSent                     // sent a SYN without an answer
	synAckSent                  // answered a SYN that was not captured
	established                 // its SYN was answered, or it answered a SYN
	closed                      // sent a FIN
	reset                       // sent a RST
)

// ConnState returns Zeek's conn_state: S0, S1, S2, S3, SF, REJ, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR
// or OTH. Protocols other than TCP have only SF, S0, SHR and OTH.
func (r *Record) ConnState() string {
	orig, resp := r.endState(r.Client), r.endState(r.Server())
	if r.Proto != decode.ProtoTCP {
		return states[[2]bool{orig != inactive, resp != inactive}]
	}
	switch {
	case resp == reset && (orig == synSent || orig == synAckSent ||
		orig == reset && r.Payload == [3]uint64{}):
		return "REJ"
	case resp == reset && orig == inactive:
		return "RSTRH"
	case resp == reset:
		return "RSTR"
	case orig == reset && resp == inactive:
		return "RSTOS0"
	case orig == reset:
		return "RSTO"
	case resp == closed && orig == closed:
		return "SF"
	case orig == closed && resp == inactive:
		return "SH"
	case orig == closed:
		return "S2"
	case resp == closed && orig == inactive:
		return "SHR"
	case resp == closed:
		return "S3"
	case orig == synSent && resp == inactive:
		return "S0"
	case orig == established && resp == established:
		return "S1"
	}
	return "OTH"
}

// states maps whether client and server sent packets to the state, for protocols without
// connections.
var states = map[[2]bool]string{{true, true}: "SF", {true, false}: "S0", {false, true}: "SHR",
	{false, false}: "OTH"}

// endState returns the state of an end from all control bits that it sent.
func (r *Record) endState(s flow.Side) endState {
	flags, other := r.Flags[s], r.Flags[s.Other()]
	switch {
	case r.From[s].Packets == 0:
		return inactive
	case flags&decode.FlagRST != 0:
		return reset
	case flags&decode.FlagFIN != 0:
		return closed
	case flags&decode.FlagSYN == 0:
		return partial
	case r.Answered == s && r.Asked == flow.None:
		return synAckSent
	case r.Answered == flow.None && other&decode.FlagSYN == 0:
		return synSent
	}
	return established
}
