package flow

import "github.com/portsniff/portsniff/decode"

// Alone returns the result of Add for a packet that is the only one of its capture, without a
// table.
func Alone(p *decode.Packet) []Match {
	matches := make([]Match, 0, len(p.Ports))
	flows := make(map[Key]Match, len(p.Ports))
	for i := range p.Ports {
		q := &p.Ports[i]
		src, dst := p.Addrs(q.Net)
		key, from := KeyOf(q.Proto, Endpoint{src, q.Src}, Endpoint{dst, q.Dst})
		m := flows[key]
		if !q.Quoted {
			if !m.Known {
				m.Known, m.Number = true, uint64(len(flows)+1)
			}
			m.Facts.learn(p.Handshake(q), from)
			flows[key] = m
		}
		m.From = from
		matches = append(matches, m)
	}
	return matches
}

// learn records what a packet from one side shows. It keeps facts from earlier packets.
func (f *Facts) learn(o decode.Handshake, from Side) {
	if f.First == None {
		f.First = from
	}
	switch {
	case o == decode.OpensAsk && f.Asked == None:
		f.Asked = from
	case o == decode.OpensAnswer && f.Answered == None:
		f.Answered = from
	}
}
