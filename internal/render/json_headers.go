package render

import (
	"encoding/binary"
	"strconv"

	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/decode"
)

// ip writes the fields of the IP header at index net in Layers, except addresses. It writes nothing
// if the header is missing or truncated.
func (j *JSONWriter) ip(p *decode.Packet, net int) {
	if net < 0 {
		return
	}
	if h := p.IPv4(net); h != nil {
		j.number(`,"ttl":`, int64(h.TTL))
		j.number(`,"ip_id":`, int64(h.Id))
	} else if h := p.IPv6(net); h != nil {
		j.number(`,"ttl":`, int64(h.HopLimit))
	}
}

// tcp writes a TCP header. It writes nothing if the header is truncated or its ports are inherited.
func (j *JSONWriter) tcp(p *decode.Packet, t *decode.TransportHeader) {
	h := p.TCP(t.Layer)
	if h == nil {
		return
	}
	j.raw(`,"tcp":{"flags":"`)
	j.out = appendControlBits(j.out, p, t)
	j.number(`","seq":`, int64(h.Seq))
	j.number(`,"ack":`, int64(h.Ack))
	j.number(`,"window":`, int64(h.Window))
	j.raw(`,"options":[`)
	for i := range h.Options {
		if i > 0 {
			j.raw(",")
		}
		j.tcpOption(&h.Options[i])
	}
	j.raw("]}")
}

// tcpOption writes an option: its kind, and its values if it has the length that its RFC requires.
func (j *JSONWriter) tcpOption(o *layers.TCPOption) {
	d := o.OptionData
	j.number(`{"kind":`, int64(o.OptionType))
	switch kind := o.OptionType; {
	case kind == layers.TCPOptionKindMSS && len(d) == 2:
		j.number(`,"mss":`, int64(binary.BigEndian.Uint16(d)))
	case kind == layers.TCPOptionKindWindowScale && len(d) == 1:
		j.number(`,"shift":`, int64(d[0]))
	case kind == layers.TCPOptionKindTimestamps && len(d) == 8:
		j.number(`,"val":`, int64(binary.BigEndian.Uint32(d)))
		j.number(`,"ecr":`, int64(binary.BigEndian.Uint32(d[4:])))
	case kind == layers.TCPOptionKindSACK && len(d)%8 == 0:
		j.raw(`,"blocks":[`)
		for at := 0; at < len(d); at += 8 {
			j.number([...]string{`[`, `,[`}[min(at, 1)], int64(binary.BigEndian.Uint32(d[at:])))
			j.number(`,`, int64(binary.BigEndian.Uint32(d[at+4:])))
			j.raw("]")
		}
		j.raw("]")
	case len(d) > 0:
		j.raw(`,"data":"`)
		for _, b := range d {
			j.out = appendHex(j.out, int(b), 2)
		}
		j.raw(`"`)
	}
	j.raw("}")
}

// appendControlBits writes the letters of the control bits that are set, as in a packet's line.
// Like tcpdump, it writes e for the bit of Accurate ECN (RFC 9768).
func appendControlBits(out []byte, p *decode.Packet, t *decode.TransportHeader) []byte {
	if bits, _ := p.TCPControl(t); bits != 0 {
		out = appendTCPFlags(out, bits)
	}
	if p.TCP(t.Layer).NS {
		out = append(out, 'e')
	}
	return out
}

// appendTCPOption writes one option in tcpdump's notation.
func appendTCPOption(out []byte, o *layers.TCPOption) []byte {
	d := o.OptionData
	number := func(word string, n uint32) {
		out = strconv.AppendUint(append(append(out, word...), ' '), uint64(n), 10)
	}
	switch kind := o.OptionType; {
	case kind == layers.TCPOptionKindEndList:
		return append(out, "eol"...)
	case kind == layers.TCPOptionKindNop:
		return append(out, "nop"...)
	case kind == layers.TCPOptionKindMSS && len(d) == 2:
		number("mss", uint32(binary.BigEndian.Uint16(d)))
	case kind == layers.TCPOptionKindWindowScale && len(d) == 1:
		number("wscale", uint32(d[0]))
	case kind == layers.TCPOptionKindSACKPermitted && len(d) == 0:
		return append(out, "sackOK"...)
	case kind == layers.TCPOptionKindTimestamps && len(d) == 8:
		number("TS val", binary.BigEndian.Uint32(d))
		number(" ecr", binary.BigEndian.Uint32(d[4:]))
	case kind == layers.TCPOptionKindSACK && len(d)%8 == 0:
		number("sack", uint32(len(d)/8))
		for at := 0; at < len(d); at += 8 {
			number("", binary.BigEndian.Uint32(d[at:]))
			out = strconv.AppendUint(append(out, ':'), uint64(binary.BigEndian.Uint32(d[at+4:])),
				10)
		}
	default:
		number("kind", uint32(kind))
		for i, b := range d {
			if i == 0 {
				out = append(out, ' ')
			}
			out = appendHex(out, int(b), 2)
		}
	}
	return out
}
