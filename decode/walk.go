package decode

import "github.com/portsniff/portsniff/linktype"

// maxLayers is the largest number of headers that Decode follows in one frame. Real frames have
// fewer than a dozen, but an attacker can build a frame in which each header announces another one.
const maxLayers = 256

// A step is the position of the next header.
type step struct {
	id ProtocolID
	at int // its first byte in the frame
	// the first byte after the header and its payload, according to the enclosing headers
	end int
}

// A walker is the state of one walk.
type walker struct {
	*Packet
	net    int          // index of the innermost IP header, -1 before the first
	claim  LengthSource // what limits the current step
	depth  int          // headers passed so far
	trans  int          // transport headers of the frame's own so far, not quoted
	quoted bool
	via    uint16 // the UDP port that selected the current step
	later  []fork // other chains of headers to follow later; the last one is the next
}

// A fork is the start of another chain of headers, such as the next A-MSDU subframe or the next
// packet of an sFlow datagram.
type fork struct {
	step
	net    int
	quoted bool
}

// Decode walks one frame. data are the captured bytes, link is their link type, and wireLen is the
// frame's length on the wire in bytes (len(data) if wireLen is smaller). Decode never fails: Stop
// and NoPorts report what it could not read. It allocates only while the slices of the Packet grow.
func (p *Packet) Decode(link linktype.Type, data []byte, wireLen int) {
	p.DecodeAs(LinkProtocol(link), data, wireLen)
	p.Link = link
}

// DecodeAs is Decode for bytes that begin with the given protocol's header.
func (p *Packet) DecodeAs(id ProtocolID, data []byte, wireLen int) {
	p.Data, p.WireLen = data, max(wireLen, len(data))
	p.Layers, p.Ports = p.Layers[:0], p.Ports[:0]
	p.NoPorts, p.Stop, p.Frag = HasPorts, DecodeError{}, Fragment{}
	p.headers.reset()
	p.w = walker{Packet: p, net: -1, later: p.w.later[:0]}
	p.sums = p.sums[:0]
	w := &p.w
	if id == IDNone {
		p.NoPorts = UnsupportedLink
		return
	}
	next := step{id, 0, p.WireLen}
	for next.id != IDNone {
		if w.depth++; w.depth > maxLayers {
			w.malformed(next, ErrTooDeep)
			break
		}
		next = protocols[next.id].walk(w, next)
		if next.id == IDNone {
			next = w.popBranch()
		}
	}
	w.finish()
}

// pushBranch records the start of another chain of headers. Decode follows it when the current
// chain has ended.
func (w *walker) pushBranch(s step) { w.later = append(w.later, fork{s, w.net, w.quoted}) }

// popBranch resumes the last recorded branch with its state.
func (w *walker) popBranch() step {
	n := len(w.later) - 1
	if n < 0 {
		return step{}
	}
	f := w.later[n]
	w.later, w.net, w.quoted, w.via = w.later[:n], f.net, f.quoted, 0
	return f.step
}

// finish sets the reason that there are no ports. There is no reason if a header of the frame
// itself has ports.
func (w *walker) finish() {
	if w.trans > 0 {
		w.NoPorts = HasPorts
		return
	}
	for i := len(w.Layers) - 1; i >= 0; i-- {
		if r := w.Layers[i].Protocol().none; !w.Layers[i].Quoted && r != HasPorts {
			w.setNoPorts(r)
		}
	}
	w.quoted = false
	w.setNoPorts(NotIP)
}

// notIP ends the walk at a protocol that is not IP and does not carry it.
func (w *walker) notIP() step {
	w.setNoPorts(NotIP)
	return step{}
}

// setNoPorts records the first reason that there are no ports. It ignores quoted headers.
func (w *walker) setNoPorts(r Reason) {
	if w.quoted || w.NoPorts != HasPorts {
		return
	}
	// ARP in a tunnel over IP: an outer IP header exists
	if r == NotIP && w.net >= 0 {
		r = NoTransport
	}
	w.NoPorts = r
}

// visible returns the captured bytes from the step to the end that the enclosing headers set.
func (w *walker) visible(s step) []byte {
	end := min(s.end, len(w.Data))
	if s.at >= end {
		return nil
	}
	return w.Data[s.at:end:end]
}

// add records a header of n bytes whose payload ends at end.
func (w *walker) add(s step, n, end int) {
	w.Layers = append(w.Layers, Layer{ID: s.id, Quoted: w.quoted, Via: w.via, At: s.at, Len: n,
		End: end})
	w.via = 0
}

// last returns the most recently added header.
func (w *walker) last() *Layer { return &w.Layers[len(w.Layers)-1] }

// header adds a header of n bytes and returns its bytes. It returns nil and records the truncation
// if bytes are missing.
func (w *walker) header(s step, n int) []byte {
	if h := w.visible(s); len(h) >= n {
		w.add(s, n, s.end)
		return h
	}
	w.truncated(s, n)
	return nil
}

// truncated ends the walk at a header that needs n bytes but is shorter. It adds the captured part.
func (w *walker) truncated(s step, n int) step {
	have := len(w.visible(s))
	if have > 0 {
		w.add(s, n, s.end)
	}
	w.stopShort(s, n, have)
	return step{}
}

// stopShort records why n bytes from s on are missing.
func (w *walker) stopShort(s step, n, have int) {
	c, r := ClaimHeader, Malformed
	switch {
	case w.quoted:
		c = ClaimQuote
	case s.at+n <= s.end:
		c, r = ClaimCaptured, CutOff
	case s.end >= w.WireLen:
		c = ClaimWire
	}
	w.setNoPorts(r)
	if w.Stop.Err == nil {
		w.Stop = DecodeError{Layer: s.id, At: s.at, Need: n, Have: have, Claim: c, Err: ErrShort}
	}
}

// malformed ends the walk at a header that violates its protocol.
func (w *walker) malformed(s step, err error) step {
	w.setNoPorts(Malformed)
	if w.Stop.Err == nil {
		w.Stop = DecodeError{Layer: s.id, At: s.at, Claim: ClaimSelf, Err: err}
	}
	return step{}
}

// malformedWith is malformed for a header whose first n bytes can be displayed.
func (w *walker) malformedWith(s step, n int, err error) step {
	w.add(s, min(n, len(w.visible(s))), s.end)
	return w.malformed(s, err)
}

// wrongLength is malformed for a header of n bytes that claims to have only have.
func (w *walker) wrongLength(s step, n, have int) step {
	return w.impossible(s, n, have, ClaimSelf)
}

// tooLong is malformed for a header that claims n bytes, more than the enclosing header leaves.
func (w *walker) tooLong(s step, n int) step {
	return w.impossible(s, n, s.end-s.at, ClaimHeader)
}

// impossible is malformed for a header that needs n bytes when claim leaves only have.
func (w *walker) impossible(s step, n, have int, claim LengthSource) step {
	w.setNoPorts(Malformed)
	if w.Stop.Err == nil {
		w.Stop = DecodeError{Layer: s.id, At: s.at, Need: n, Have: have, Claim: claim,
			Err: ErrLength}
	}
	return step{}
}

// cutPorts records the ports of a transport header that is cut or malformed after them. In all
// protocols the first two bytes are the source port and the next two the destination port.
func (w *walker) cutPorts(proto Transport, h []byte, at int) {
	if len(h) >= portsLen {
		w.ports(proto, tcpSrcPort.U16(h), tcpDstPort.U16(h), at)
	}
}

// ports records a transport header whose source port is at byte at of the frame. Its layer is the
// last one added.
func (w *walker) ports(proto Transport, src, dst uint16, at int) {
	w.Ports = append(w.Ports, TransportHeader{Proto: proto, Quoted: w.quoted, Src: src, Dst: dst,
		At: at, Layer: len(w.Layers) - 1, Net: w.net})
	if !w.quoted {
		w.trans++
	}
}
