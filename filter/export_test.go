package filter

// Meta is the kernel's data about a frame for a live program.
type Meta struct {
	VLAN       bool
	TCI, Proto uint16
	IfIndex    uint32
}

// MatchMeta runs a live program outside of the kernel.
func (p *Program) MatchMeta(data []byte, wireLen int, m Meta) bool {
	return p.match(data, wireLen, &beside{vlan: m.VLAN, tci: m.TCI, proto: m.Proto,
		ifIndex: m.IfIndex})
}
