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
	l.kind = kindPorts4
	if t.SrcAddr.Is6() {
		l.kind = kindPorts6
	}
	l.begin()
	w.addEnd(t.SrcAddr, t.Src, t.SrcRange, t.SrcService)
	w.addArrow()
	w.addEnd(t.DstAddr, t.Dst, t.DstRange, t.DstService)
	l.tail = len(l.parts)
	from := len(l.text)
	l.text = append(append(l.text, ' '), protoName(t.Proto)...)
	name := l.end(from)
	from = len(l.text)
	l.text = appendFlags(append(l.text, ' '), p, t)
	if len(l.text) == from+1 {
		l.text = l.text[:from]
	} else {
		if l.tcp = t.Proto == decode.ProtoTCP; l.tcp {
			name.shorten(0, 0, formShort) // the flags show that it is TCP
		}
		l.end(from)
	}
	l.length, l.note = len(l.parts), len(l.parts)
}

// addArrow adds the direction, between the two ends.
func (w *LineWriter) addArrow() {
	l := &w.l
	l.arrow = len(l.parts)
	l.add(" > ").shorten(1, 2, formTight)
	l.dst = len(l.parts)
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
	l.text = append(append(l.text, ' '), w.opt.rangeTag(r)...)
	l.end(from)
}

// rangeTag names a range in three letters, or in one on narrow lines. Legend explains them.
func (s Style) rangeTag(r annotate.Range) string {
	if s.Width > 0 && s.Width < fullWidth {
		return r.Short()[:1]
	}
	return r.Short()
}

// appendFlags writes the flags of a transport header: TCP's control bits, SCTP's chunks or DCCP's
// packet type.
func appendFlags(out []byte, p *decode.Packet, t *analysis.Transport) []byte {
	if t.InheritedFrom != 0 {
		return out
	}
	switch t.Proto {
	case decode.ProtoTCP:
		if bits, ok := p.TCPControl(t.TransportHeader); ok {
			return appendFlagWords(out, bits)
		}
	case decode.ProtoSCTP:
		return appendChunks(out, p, t.Layer)
	case decode.ProtoDCCP:
		return append(out, fieldMeaning(p, t.Layer, "dccp.type")...)
	}
	return out
}

// tcpFlags lists TCP's control bits, those that open and close a connection first. Each has a word
// for lines and a letter for JSON.
var tcpFlags = [...]struct {
	bit    uint8
	letter byte
	word   string
}{{decode.FlagSYN, 'S', "SYN "}, {decode.FlagFIN, 'F', "FIN "}, {decode.FlagRST, 'R', "RST "},
	{decode.FlagPSH, 'P', "PSH "}, {decode.FlagACK, 'A', "ACK "}, {decode.FlagURG, 'U', "URG "},
	{decode.FlagECE, 'E', "ECE "}, {decode.FlagCWR, 'W', "CWR "}}

// appendFlagWords writes a word for each control bit that is set.
func appendFlagWords(out []byte, bits uint8) []byte {
	if bits == 0 {
		return append(out, "no flags"...)
	}
	for i := range tcpFlags {
		if bits&tcpFlags[i].bit != 0 {
			out = append(out, tcpFlags[i].word...)
		}
	}
	return out[:len(out)-1]
}

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

// fieldMeaning returns the meaning of a field's value, or "" if it has none.
func fieldMeaning(p *decode.Packet, layer int, key string) string {
	for _, f := range p.Fields(layer) {
		if f.Key == key {
			return f.Meaning()
		}
	}
	return ""
}

func protoName(p decode.Transport) string {
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

// hostPort returns an address and the colon before a port.
func hostPort(a netip.Addr) string { return string(appendHost(nil, a)) }

// appendHost writes an address and a colon. An IPv6 address is in brackets.
func appendHost(out []byte, a netip.Addr) []byte {
	if !a.Is6() {
		return append(appendAddr(out, a), ':')
	}
	return append(a.AppendTo(append(out, '[')), "]:"...)
}
