package decode

import (
	"slices"
	"time"
)

// FragmentWindow is the largest number of packets over which Datagrams follows one datagram.
const FragmentWindow = 1024

// maxPieces is the largest number of fragments that Datagrams follows in one datagram. Ethernet
// frames need 45 at most.
const maxPieces = 128

// Datagrams finds later fragments that come before the first one of their datagram, for a reader
// that looks ahead. It reports the first one only if all fragments of the datagram came within
// FragmentWindow packets and FragmentLife, and do not overlap. Fragments after that belong to
// another datagram. It follows at most DefaultFragments datagrams; beyond that it starts over. It
// must not be used by several goroutines at once.
type Datagrams struct {
	list map[fragmentKey]*datagram
}

// A datagram is the state of one datagram.
type datagram struct {
	pieces   []fragmentPiece
	begun    int64 // frame number of the fragment that came first
	at       time.Time
	first    int64 // frame number of the fragment at offset 0, 0 if it has not come
	bytes    int   // of the pieces in total
	total    int   // of the whole payload, 0 until the last fragment comes
	waiting  []int64
	complete bool
	bad      bool // pieces overlap, or there are too many
}

// A fragmentPiece is the range of a fragment's payload in its datagram, in bytes.
type fragmentPiece struct{ from, to int }

// NewDatagrams returns a Datagrams that has seen no packet.
func NewDatagrams() *Datagrams { return &Datagrams{list: map[fragmentKey]*datagram{}} }

// Observe handles a packet directly after its Decode; frame and at are as in Fragments.Observe.
// waits reports that the packet is a later fragment whose first fragment has not come. If the
// packet completes its datagram, settled lists the frames that waited, and first is the number of
// the first fragment's frame.
func (d *Datagrams) Observe(p *Packet, frame int64, at time.Time) (waits bool, settled []int64,
	first int64) {
	f := &p.Frag
	if !f.Is || f.Net < 0 || p.fragmentLen() <= 0 {
		return false, nil, 0
	}
	key, piece := keyOf(p), fragmentPiece{f.Offset, f.Offset + p.fragmentLen()}
	g := d.list[key]
	if g == nil || g.over(frame, at) || g.complete {
		if len(d.list) >= DefaultFragments {
			clear(d.list)
		}
		g = &datagram{begun: frame, at: at}
		d.list[key] = g
	}
	waits = f.Offset > 0 && g.first == 0 && !g.bad
	g.add(piece, f.More, frame)
	if waits {
		g.waiting = append(g.waiting, frame)
	}
	if g.complete = g.first != 0 && g.total != 0 && g.bytes == g.total && !g.bad; !g.complete {
		return waits, nil, 0
	}
	return false, g.waiting, g.first
}

// over reports whether a packet comes too late to belong to the datagram.
func (g *datagram) over(frame int64, at time.Time) bool {
	return frame-g.begun >= FragmentWindow ||
		!at.IsZero() && !g.at.IsZero() && at.Sub(g.at).Abs() > FragmentLife
}

// add adds a piece, unless it is a duplicate.
func (g *datagram) add(piece fragmentPiece, more bool, frame int64) {
	if slices.Contains(g.pieces, piece) {
		return
	}
	overlaps := func(o fragmentPiece) bool { return piece.from < o.to && o.from < piece.to }
	g.bad = g.bad || len(g.pieces) == maxPieces || piece.to <= piece.from ||
		slices.ContainsFunc(g.pieces, overlaps) || !more && g.total != 0
	if g.bad {
		g.pieces, g.waiting = nil, nil
		return
	}
	g.pieces = append(g.pieces, piece)
	g.bytes += piece.to - piece.from
	if piece.from == 0 {
		g.first = frame
	}
	if !more {
		g.total = piece.to
	}
}
