package selection

import "github.com/portsniff/portsniff/capture"

// A Passing selects the packets that pass a filter, up to a limit. It is for commands that also
// read the other packets.
type Passing struct {
	Filter *PacketFilter // nil for all packets
	Limit  int64         // 0 for none
	N      int64         // number of packets that passed so far
	Err    error         // error of the filter
}

// Has reports whether the next packet passes.
func (p *Passing) Has(r *capture.Record) bool {
	if p.Filter == nil {
		return true
	}
	if p.Err != nil || p.All() {
		return false
	}
	yes, err := p.Filter.Match(r)
	p.Err = err
	if yes {
		p.N++
	}
	return yes
}

// All reports whether the limit is reached.
func (p *Passing) All() bool { return p.Limit > 0 && p.N == p.Limit }
