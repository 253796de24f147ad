package decode

// NextProtocol returns the IP protocol number in the layer with the given index. It reports false
// if the layer has no such field or the field was cut.
func (p *Packet) NextProtocol(layer int) (number uint8, ok bool) {
	l := p.Layers[layer]
	for i := range l.Protocol().Fields {
		s := &l.Protocol().Fields[i]
		if s.Role != NextIPProtocol || l.At > len(p.Data) {
			continue
		}
		v, ok := s.Uint(p.Data[l.At:])
		return uint8(v), ok
	}
	return 0, false
}

// protoNumbers are the IP protocol numbers of the transport protocols with ports.
var protoNumbers = [...]uint8{ProtoTCP: protoTCP, ProtoUDP: protoUDP, ProtoUDPLite: 136,
	ProtoSCTP: 132, ProtoDCCP: 33}

// Number returns the protocol's number in an IP header, 0 for ProtoNone.
func (p Transport) Number() uint8 {
	if int(p) < len(protoNumbers) {
		return protoNumbers[p]
	}
	return 0
}
