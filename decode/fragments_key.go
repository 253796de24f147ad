package decode

import "encoding/binary"

// fragmentKeyLen is the sum of source and destination (16 bytes each), identification (4), IP
// version (1), protocol (1), padding (2), and the hash of the enclosing headers (8).
const fragmentKeyLen = 48

type fragmentKey [fragmentKeyLen]byte

// same compares word by word, because == would call a function.
func (k *fragmentKey) same(o *fragmentKey) bool {
	differ := uint64(0)
	for i := 0; i < fragmentKeyLen; i += 8 {
		differ |= binary.LittleEndian.Uint64(k[i:]) ^ binary.LittleEndian.Uint64(o[i:])
	}
	return differ == 0
}

// keyOf returns the key that all fragments of the datagram share, for the packet's outermost
// fragment.
func keyOf(p *Packet) (key fragmentKey) {
	l := p.Layers[p.Frag.Net]
	h := p.Data[l.At:]
	if l.ID == IDIPv4 {
		copy(key[0:], ipv4Src.Bytes(h))
		copy(key[16:], ipv4Dst.Bytes(h))
		key[36], key[37] = 4, p.Frag.Proto
	} else {
		copy(key[0:], ipv6Src.Bytes(h))
		copy(key[16:], ipv6Dst.Bytes(h))
		key[36] = 6
	}
	binary.BigEndian.PutUint32(key[32:], p.Frag.ID)
	binary.BigEndian.PutUint64(key[40:], p.enclosure(p.Frag.Net))
	return key
}

// enclosure returns a hash (FNV-1a) of the fields that identify a network in the headers before the
// layer with the given index. It leaves out outer ports: tunnels derive the source port from the
// inner flow (RFC 7348 section 5), and a later fragment shows less of that flow.
func (p *Packet) enclosure(layer int) uint64 {
	h := uint64(14695981039346656037)
	for i, l := range p.Layers[:layer] {
		part := networkOf(l.ID)
		b := p.Data[min(l.At, len(p.Data)):min(l.At+l.Len, len(p.Data))]
		if l.ID == IDGRE && len(b) >= greMinLen && greK.Word(b) != 0 && greVersion.Word(b) == 0 {
			part = greKeyAt(b)
		}
		for _, bits := range part {
			for at, left := bits.First(), bits.Width(); left > 0; at, left = at+8, left-8 {
				// 0 if a header was cut: the walk does not reach the fragment after it
				v, _ := readBits(b, at, min(left, 8))
				h = (h ^ v) * 1099511628211
			}
		}
		if part[0] != 0 {
			h = (h ^ uint64(l.ID) ^ uint64(i)<<8) * 1099511628211
		}
	}
	return h
}

// networkOf returns the fields of a header that identify the network inside it.
func networkOf(id ProtocolID) [2]Bits {
	switch id {
	case IDVLAN:
		return [2]Bits{vlanID}
	case IDMPLS:
		return [2]Bits{mplsLabel}
	case IDPPPoE:
		return [2]Bits{pppoeSession}
	case IDVXLAN, IDVXLANGPE:
		return [2]Bits{vxlanVNI}
	case IDGeneve:
		return [2]Bits{geneveVNI}
	case IDGTP:
		return [2]Bits{gtpTEID}
	case IDITag:
		return [2]Bits{itagISID}
	case IDIPv4:
		return [2]Bits{ipv4Src, ipv4Dst}
	case IDIPv6:
		return [2]Bits{ipv6Src, ipv6Dst}
	}
	return [2]Bits{}
}

// greKeyAt returns the position of the key in a GRE header.
func greKeyAt(h []byte) [2]Bits {
	at := greMinLen
	if greC.Word(h)|greR.Word(h) != 0 {
		at += 4
	}
	return [2]Bits{Bits(8*at)<<8 | 32}
}

// SameDatagram reports whether p, a later fragment, and first, a first fragment, belong to the same
// datagram.
func (p *Packet) SameDatagram(first *Packet) bool {
	return p.Frag.Is && first.Frag.Is && p.Frag.Net >= 0 && first.Frag.Net >= 0 &&
		first.Frag.Offset == 0 && p.Frag.Offset > 0 && keyOf(p) == keyOf(first)
}

// fragmentLen returns the number of payload bytes in the packet's outermost fragment, as its
// headers claim. It is 0 or less if there are none.
func (p *Packet) fragmentLen() int { return p.Layers[p.Frag.Net].End - p.Frag.At }
