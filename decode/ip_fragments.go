package decode

import (
	"hash/maphash"
	"time"
)

// DefaultFragments is the default number of first fragments in a Fragments.
const DefaultFragments = 4096

// FragmentLife is the time for which the ports of a first fragment are valid. Receivers drop an
// incomplete datagram after it (RFC 8200 section 4.5, RFC 1122 section 3.3.2). Later fragments with
// the same identification belong to another datagram (RFC 6864).
const FragmentLife = 60 * time.Second

// Fragments remembers the ports of first fragments, because later fragments have none. It
// holds a fixed number of datagrams and evicts the oldest. It allocates nothing after NewFragments.
// It must not be used by several goroutines at once.
//
// A sender cannot force wrong ports: Observe lists what is refused.
type Fragments struct {
	seed maphash.Seed
	// index of a chain's first entry by the key's hash, -1 for none; a power of two
	heads []int32
	// of the entries: a search reads links first and rarely touches a wrong entry
	links   []fragmentLink
	entries []fragmentEntry
	next    int // the entry to be used next: the oldest
	live    int
	counts  FragmentCounts
}

// FragmentCounts counts packets with fragments, except Evicted and Expired, which count datagrams.
type FragmentCounts struct {
	Inherited int64 // later fragments that inherited ports
	Refused   int64 // overlap with the first fragment, or a second, different first one
	Evicted   int64 // first fragments that were dropped because the table was full
	Expired   int64 // first fragments that were too old when they were looked up
}

// A fragmentEntry is a datagram whose first fragment was seen.
type fragmentEntry struct {
	key    fragmentKey
	frame  int64
	at     time.Time
	length int // of the first fragment's payload, in bytes
	src    uint16
	dst    uint16
	proto  Transport
	poison bool // its fragments contradict each other

	bytes  int    // of the datagram's payload in all fragments so far
	total  int    // of the datagram's payload, 0 until the last fragment comes
	latest [2]int // offset and length of the most recent later fragment
}

// complete reports whether all fragments of the datagram have come.
func (e *fragmentEntry) complete() bool { return !e.poison && e.total != 0 && e.bytes == e.total }

// later records a later fragment. It ignores a duplicate of the previous one, captured twice.
func (e *fragmentEntry) later(f *Fragment, length int) {
	if piece := [2]int{f.Offset, length}; piece != e.latest {
		e.latest = piece
		e.bytes += length
		if !f.More {
			e.total = f.Offset + length
		}
	}
}

// Len returns the number of datagrams in memory.
func (t *Fragments) Len() int { return t.live }

// Counts returns the counts so far.
func (t *Fragments) Counts() FragmentCounts { return t.counts }

// Observe handles a packet directly after its Decode. frame is its number, not 0. at is its time,
// zero if it has none.
//
// It remembers the ports of a first fragment. For a later fragment of that datagram it appends an
// entry to p.Ports with InheritedFrom set; p.NoPorts does not change. Fragments of a datagram have
// the same source, destination, identification and, in IPv4, protocol (RFC 791 section 3.2, RFC
// 8200 section 4.5). They are also within the same VLAN, label, tunnel and outer addresses.
//
// A later fragment that overlaps the first one inherits nothing, and neither does any fragment
// after it, because attackers use overlap to deceive filters (RFC 1858 section 4, RFC 3128, RFC
// 5722). The same holds after a second first fragment with other ports or another length. Once all
// fragments of a datagram have come, the next first fragment begins another datagram, and a later
// fragment belongs to none. A fragment without payload is ignored. Only the outermost fragment
// header of a frame counts, and none that an ICMP error quotes.
func (t *Fragments) Observe(p *Packet, frame int64, at time.Time) {
	f := &p.Frag
	switch {
	case !f.Is || f.Net < 0 || p.fragmentLen() <= 0:
	case f.Offset > 0:
		t.inherit(p, at)
	default:
		t.remember(p, t.ownPorts(p), frame, at)
	}
}

// ObserveAhead is Observe for a later fragment p that comes before the first one of its datagram,
// as Datagrams reports. It replaces the state of an earlier datagram with the same key.
func (t *Fragments) ObserveAhead(p, first *Packet, frame int64, at time.Time) {
	if !p.SameDatagram(first) {
		return
	}
	key := keyOf(first)
	if i := t.find(&key, t.hash(&key), at); i >= 0 {
		if e := &t.entries[i]; e.frame != frame {
			t.drop(i)
		}
	}
	t.remember(first, t.ownPorts(first), frame, at)
	t.inherit(p, at)
}

// ownPorts returns the ports of a first fragment; Proto is ProtoNone if it has none.
func (t *Fragments) ownPorts(p *Packet) *TransportHeader {
	// a first fragment without ports is recorded too: another one with ports contradicts it
	q := &TransportHeader{}
	for i := range p.Ports {
		if p.Ports[i].Net == p.Frag.Net {
			q = &p.Ports[i]
			break
		}
	}
	return q
}

// inherit adds the ports of the first fragment to the packet.
func (t *Fragments) inherit(p *Packet, at time.Time) {
	key := keyOf(p)
	i := t.find(&key, t.hash(&key), at)
	if i < 0 {
		return
	}
	e, length := &t.entries[i], p.fragmentLen()
	if e.complete() && e.latest != [2]int{p.Frag.Offset, length} {
		return
	}
	if e.poison || p.Frag.Offset < e.length {
		e.poison = true
		t.counts.Refused++
		return
	}
	e.later(&p.Frag, length)
	if e.proto == ProtoNone {
		return
	}
	t.counts.Inherited++
	p.Ports = append(p.Ports, TransportHeader{
		Proto: e.proto, Src: e.src, Dst: e.dst, At: -1, Layer: p.Frag.Net, Net: p.Frag.Net,
		InheritedFrom: e.frame,
	})
}

// remember records the ports q of a first fragment. A duplicate, for instance in a capture of two
// interfaces, only updates the frame number and the time.
func (t *Fragments) remember(p *Packet, q *TransportHeader, frame int64, at time.Time) {
	key := keyOf(p)
	length := p.fragmentLen()
	hash := t.hash(&key)
	i := t.find(&key, hash, at)
	if i < 0 || t.entries[i].complete() && t.entries[i].frame != frame {
		if i >= 0 {
			t.drop(i)
		}
		*t.take(hash) = fragmentEntry{key: key, frame: frame, at: at, length: length, src: q.Src,
			dst: q.Dst, proto: q.Proto, bytes: length}
		return
	}
	e := &t.entries[i]
	if e.poison || e.proto != q.Proto || e.src != q.Src || e.dst != q.Dst || e.length != length {
		e.poison = true
		t.counts.Refused++
		return
	}
	e.frame, e.at = frame, at
}
