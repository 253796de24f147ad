package render

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// addTransport adds a transport header: both ends, protocol, flags.
func (w *LineWriter) addTransport(p *decode.Packet, t *analysis.Transport) {
	l := &w.l
	w.addEnd(t.SrcAddr, t.Src, t.SrcRange, t.SrcService)
	arrow := l.add(" > ")
	arrow.from[formTight], arrow.to[formTight] = arrow.from[formFull]+1, arrow.from[formFull]+2
	w.addEnd(t.DstAddr, t.Dst, t.DstRange, t.DstService)
	from := len(l.text)
	l.text = append(append(l.text, ' '), protoName(t.Proto)...)
	l.end(from).split = true
	from = len(l.text)
	l.text = appendFlags(append(l.text, ' '), p, t)
	if len(l.text) == from+1 {
		l.text = l.text[:from]
		return
	}
	l.end(from).clip = t.Proto == decode.ProtoSCTP
}

// addEnd adds one end: address, port, service, range.
func (w *LineWriter) addEnd(addr netip.Addr, n uint16, r annotate.Range, service string) {
	l := &w.l
	from := len(l.text)
	l.text = appendHost(l.text, addr)
	l.end(from)
	from = len(l.text)
	l.text = strconv.AppendUint(l.text, uint64(n), 10)
	l.end(from).paint = paintPort
	if service != "" && !w.opt.NoNames {
		from = len(l.text)
		l.text = append(append(l.text, '/'), service...)
		p := l.end(from)
		p.clip, p.paint = true, paintService
	}
	from = len(l.text)
	l.text = append(append(l.text, ' '), r.Short()...)
	p := l.end(from)
	p.to[formShort], p.to[formTight] = from+len(" s"), from+len(" s")
}

// appendFlags writes what a transport header says about the connection: TCP's control bits, SCTP's
// chunks, DCCP's packet type.
func appendFlags(out []byte, p *decode.Packet, t *analysis.Transport) []byte {
	if t.InheritedFrom != 0 {
		return out
	}
	switch t.Proto {
	case decode.ProtoTCP:
		if bits, ok := p.TCPControl(t.Ports); ok {
			return appendTCPFlags(out, bits)
		}
	case decode.ProtoSCTP:
		return appendChunks(out, p, t.Layer)
	case decode.ProtoDCCP:
		return append(out, fieldMeaning(p, t.Layer, "dccp.type")...)
	}
	return out
}

// tcpFlags are the letters of TCP's control bits, those that open and close a connection first.
var tcpFlags = [...]struct {
	bit    uint8
	letter byte
}{{decode.FlagSYN, 'S'}, {decode.FlagFIN, 'F'}, {decode.FlagRST, 'R'}, {decode.FlagPSH, 'P'},
	{decode.FlagACK, 'A'}, {decode.FlagURG, 'U'}, {decode.FlagECE, 'E'}, {decode.FlagCWR, 'W'}}

// appendTCPFlags writes a letter for each control bit that is set.
func appendTCPFlags(out []byte, bits uint8) []byte {
	if bits == 0 {
		return append(out, "none"...)
	}
	for _, f := range &tcpFlags {
		if bits&f.bit != 0 {
			out = append(out, f.letter)
		}
	}
	return out
}

// appendChunks names the chunks after an SCTP header.
func appendChunks(out []byte, p *decode.Packet, layer int) []byte {
	from := len(out)
	for i := layer + 1; i < len(p.Layers) && p.Layers[i].ID == decode.IDSCTPChunk; i++ {
		if n := fieldMeaning(p, i, "sctp.chunk_type"); n != "" {
			if len(out) > from {
				out = append(out, '+')
			}
			out = append(out, n...)
		}
	}
	return out
}

// fieldMeaning is the meaning of a field's value, "" if it has none.
func fieldMeaning(p *decode.Packet, layer int, key string) string {
	for _, f := range p.Fields(layer) {
		if f.Key == key {
			return f.Meaning()
		}
	}
	return ""
}

func protoName(p decode.Proto) string {
	switch p {
	case decode.ProtoTCP:
		return "TCP"
	case decode.ProtoUDP:
		return "UDP"
	case decode.ProtoUDPLite:
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}

// hostPort is the address in front of a port, with the colon.
func hostPort(a netip.Addr) string { return string(appendHost(nil, a)) }

// appendHost writes an address and a colon. IPv6 is in brackets.
func appendHost(out []byte, a netip.Addr) []byte {
	if !a.Is6() {
		return append(appendAddr(out, a), ':')
	}
	return append(a.AppendTo(append(out, '[')), "]:"...)
}
