package records

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// An endState is how far one end of a TCP connection has come, in the states of Zeek.
type endState uint8

const (
	inactive    endState = iota // sent nothing
	partial                     // sent something, but no SYN
	synSent                     // sent a SYN, which was not answered
	synAckSent                  // answered a SYN that was not captured
	established                 // its SYN was answered, or it answered one
	closed                      // sent a FIN
	reset                       // sent a RST
)

// ConnState is Zeek's conn_state: S0, S1, S2, S3, SF, REJ, RSTO, RSTR, RSTOS0, RSTRH, SH, SHR or
// OTH. Protocols other than TCP have SF, S0, SHR and OTH only.
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

// states are those of protocols without connections, by who sent anything: client and server.
var states = map[[2]bool]string{{true, true}: "SF", {true, false}: "S0", {false, true}: "SHR",
	{false, false}: "OTH"}

// endState decides by all control bits that an end sent.
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
