package decode

import "fmt"

// NextName returns the name of the next protocol according to the layer with the given index, if
// that protocol has no decoder: the name of an EtherType or a protocol number. It returns "" if the
// layer has no such field or the next protocol has a decoder.
func (p *Packet) NextName(layer int) string {
	l := p.Layers[layer]
	for i := range l.Protocol().Fields {
		s := &l.Protocol().Fields[i]
		if !s.Role.SaysNext() || l.At > len(p.Data) {
			continue
		}
		v, ok := s.Uint(p.Data[l.At:])
		if !ok {
			continue
		}
		switch s.Role {
		case NextIPProtocol:
			if ipProtos[v] != IDNone {
				return ""
			}
			if n := ipProtoName(v); n != "" {
				return n
			}
			return fmt.Sprintf("IP protocol %d", v)
		case NextEtherType:
			if v <= maxLLCLength || etherTypes[uint16(v)] != IDNone {
				return ""
			}
			if n := etherTypeName(v); n != "" {
				return n
			}
			return fmt.Sprintf("EtherType 0x%04x", v)
		}
	}
	return ""
}
