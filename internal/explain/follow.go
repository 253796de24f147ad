package explain

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// Follow processes a frame that came after the subject. It records whether the frame is the reply,
// or has the first fragment of the subject's datagram.
func (s *Subject) Follow(f *analysis.Frame) {
	if s.First == 0 && s.Packet.NoPorts == decode.LaterFragment && s.Packet.SameDatagram(f.Packet) {
		s.First = f.Number
	}
	if s.Reply != 0 || len(s.Transport) == 0 || len(f.Transport) == 0 {
		return
	}
	a, b := &s.Transport[0], &f.Transport[0]
	if !a.Quoted && !b.Quoted && relation(a, b) == swapped {
		s.Reply = f.Number
	}
}

// Settled reports whether no later frame can say more.
func (s *Subject) Settled() bool {
	switch {
	case len(s.Transport) > 0 && !s.Transport[0].Quoted:
		return s.Reply != 0
	case s.Packet.NoPorts == decode.LaterFragment:
		return s.First != 0
	}
	return true
}
