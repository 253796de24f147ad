package decode

// A Handshake is the role of one packet in opening a connection.
type Handshake uint8

// The steps that distinguish a client from a server.
const (
	OpensNothing Handshake = iota
	// TCP's SYN (RFC 9293 section 3.5), SCTP's INIT (RFC 9260 section 5.1), DCCP's Request (RFC
	// 4340 section 8.1): its sender is the client
	OpensAsk
	OpensAnswer // the SYN-ACK, INIT-ACK or Response to it: its sender is the server
	// TCP's RST, SCTP's ABORT, DCCP's Reset: if it answers an OpensAsk, the port is closed
	OpensRefusal
)

// Chunk and packet types that open an association.
const (
	sctpInit    = 1
	sctpInitAck = 2
	sctpAbort   = 6

	dccpRequest  = 0
	dccpResponse = 1
	dccpResets   = 7
)

// Handshake returns the role of the transport header q, one of p.Ports, in opening a connection. It
// returns OpensNothing if the header was cut before the needed field or its ports were inherited.
func (p *Packet) Handshake(q *TransportHeader) Handshake {
	h := p.transport(q)
	switch q.Proto {
	case ProtoTCP:
		if f, ok := tcpControl(h); ok {
			return tcpHandshake(f)
		}
	case ProtoSCTP:
		if len(h) > sctpLen {
			return opening(sctpChunkType.U8(h[sctpLen:]), sctpInit, sctpInitAck, sctpAbort)
		}
	case ProtoDCCP:
		if len(h) >= DCCPMinLen {
			return opening(DCCP(h).Type(), dccpRequest, dccpResponse, dccpResets)
		}
	}
	return OpensNothing
}

// tcpHandshake is Handshake for TCP's control bits.
func tcpHandshake(flags uint8) Handshake {
	if flags&FlagRST != 0 {
		return OpensRefusal
	}
	return opening(flags&(FlagSYN|FlagACK), FlagSYN, FlagSYN|FlagACK, FlagRST)
}

// isn returns the client's initial sequence number. A SYN contains it; the answer to a SYN
// acknowledges the number after it. h holds a TCP header up to its control bits.
func isn(h []byte, flags uint8) uint32 {
	if flags&FlagACK != 0 {
		return tcpAck.U32(h) - 1
	}
	return tcpSeq.U32(h)
}

func opening(v, ask, answer, refusal uint8) Handshake {
	switch v {
	case ask:
		return OpensAsk
	case answer:
		return OpensAnswer
	case refusal:
		return OpensRefusal
	}
	return OpensNothing
}

// TCPControl returns the eight control bits of the TCP header q, one of p.Ports, with FlagFIN
// lowest. It reports false for other protocols and for a header that was cut before the control
// bits.
func (p *Packet) TCPControl(q *TransportHeader) (flags uint8, ok bool) {
	if q.Proto != ProtoTCP {
		return 0, false
	}
	return tcpControl(p.transport(q))
}

func tcpControl(h []byte) (flags uint8, ok bool) {
	if len(h) <= tcpFlags.First()/8 {
		return 0, false
	}
	return tcpFlags.U8(h), true
}

// transport returns the captured bytes from the header q to the end set by the enclosing headers.
// It returns nil if the ports were inherited.
func (p *Packet) transport(q *TransportHeader) []byte {
	if q.At < 0 || q.At >= len(p.Data) {
		return nil
	}
	return p.Data[q.At:max(q.At, min(p.Layers[q.Layer].End, len(p.Data)))]
}
