package decode

import (
	"encoding/binary"
	"hash/maphash"
	"time"
)

// DefaultFragments is how many first fragments are remembered unless another number is asked for.
const DefaultFragments = 4096

// FragmentLife is how long a first fragment's ports are good for: a receiver gives up on a datagram
// after so long (RFC 8200 section 4.5, RFC 1122 section 3.3.2), and an identification comes back
// some time (RFC 6864).
const FragmentLife = 60 * time.Second

// Fragments remembers the ports of first fragments, for the later ones that have none. It holds a
// fixed number of datagrams; the one that was noted first goes first. It allocates nothing after
// NewFragments, and is for one goroutine at a time.
//
// What it says is never a guess that a sender could force: see Observe for what is refused.
type Fragments struct {
	seed maphash.Seed
	// index of a chain's first entry by the key's hash, -1 for none; a power of two
	heads []int32
	// of the entries: a search reads these and seldom another entry than the one that is wanted
	links   []fragmentLink
	entries []fragmentEntry
	next    int // the entry to be used next: the one that was noted first
	live    int
	counts  FragmentCounts
}

// FragmentCounts says what became of fragments, in packets but for Evicted and Expired, which count
// datagrams.
type FragmentCounts struct {
	Inherited int64 // later fragments that got ports
	Refused   int64 // fragments that contradict the first one: overlapping it, or another first one
	Evicted   int64 // first fragments that were forgotten to make room
	Expired   int64 // first fragments that were too old when they were asked for
}

// fragmentKeyLen: source and destination (16 bytes each), identification (4), IP version (1),
// protocol (1), nothing (2), what encloses it (8).
const fragmentKeyLen = 48

type fragmentKey [fragmentKeyLen]byte

// same compares by words, where == would call.
func (k *fragmentKey) same(o *fragmentKey) bool {
	differ := uint64(0)
	for i := 0; i < fragmentKeyLen; i += 8 {
		differ |= binary.LittleEndian.Uint64(k[i:]) ^ binary.LittleEndian.Uint64(o[i:])
	}
	return differ == 0
}

type fragmentEntry struct {
	key    fragmentKey
	frame  int64
	at     time.Time
	length int // of the first fragment's payload, in bytes
	src    uint16
	dst    uint16
	proto  Proto
	poison bool // its fragments contradict each other

	bytes  int    // of the datagram's payload in the fragments so far
	total  int    // of the datagram's payload, 0 until the last fragment
	latest [2]int // offset and length of the later fragment that came last
}

// complete reports whether all fragments of the datagram came.
func (e *fragmentEntry) complete() bool { return !e.poison && e.total != 0 && e.bytes == e.total }

// later notes a later fragment. One that is the same as the one before it was captured twice.
func (e *fragmentEntry) later(f *Fragment, length int) {
	if piece := [2]int{f.Offset, length}; piece != e.latest {
		e.latest = piece
		e.bytes += length
		if !f.More {
			e.total = f.Offset + length
		}
	}
}

type fragmentLink struct {
	hash uint64 // of the key; its lower bits say which chain
	next int32  // the next entry of the chain, -1 for none
	used bool
}

// NewFragments makes a table for so many datagrams; DefaultFragments if max is not positive. One
// takes about 120 bytes.
func NewFragments(max int) *Fragments {
	if max <= 0 {
		max = DefaultFragments
	}
	size := 1
	for size < max {
		size *= 2
	}
	t := &Fragments{seed: maphash.MakeSeed(), heads: make([]int32, size),
		links: make([]fragmentLink, max), entries: make([]fragmentEntry, max)}
	for i := range t.heads {
		t.heads[i] = -1
	}
	return t
}

// Len is how many datagrams are remembered.
func (t *Fragments) Len() int { return t.live }

// Counts says what became of the fragments so far.
func (t *Fragments) Counts() FragmentCounts { return t.counts }

// Observe looks at a packet right after its Decode. frame is its number, not 0; at is its time,
// zero if it has none.
//
// Of a first fragment it remembers the ports. To a later fragment whose first one it remembers it
// appends an entry in p.Ports with InheritedFrom set; p.NoPorts stays what it is. Fragments belong
// together by source, destination, identification and, in IPv4, protocol (RFC 791 section 3.2, RFC
// 8200 section 4.5), within the same VLAN, label, tunnel and outer addresses.
//
// A later fragment that begins within the first one's bytes inherits nothing, and neither does any
// fragment after it, for overlap is how filters are deceived (RFC 1858 section 4, RFC 3128, RFC
// 5722); the same goes for a second first fragment with other ports or another length. Once all
// fragments of a datagram came, the next first fragment begins another datagram, and a later one
// belongs to none. Only the outermost fragment header of a frame counts, and none that an ICMP
// error quotes.
func (t *Fragments) Observe(p *Packet, frame int64, at time.Time) {
	f := &p.Frag
	if !f.Is || f.Net < 0 {
		return
	}
	if f.Offset > 0 {
		t.inherit(p, at)
		return
	}
	t.remember(p, t.ownPorts(p), frame, at)
}

// ObserveAhead is Observe for a later fragment p that comes before the first one of its datagram,
// as Datagrams found out; both are looked at in place of what is known of an earlier datagram.
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

// ownPorts returns the ports of a first fragment, ProtoNone if it has none.
func (t *Fragments) ownPorts(p *Packet) *TransportHeader {
	// a first fragment without ports is noted too: another one with ports contradicts it
	q := &TransportHeader{}
	for i := range p.Ports {
		if p.Ports[i].Net == p.Frag.Net {
			q = &p.Ports[i]
			break
		}
	}
	return q
}

// inherit gives the packet the ports of its first fragment.
func (t *Fragments) inherit(p *Packet, at time.Time) {
	key := keyOf(p)
	i := t.find(&key, t.hash(&key), at)
	if i < 0 {
		return
	}
	e, length := &t.entries[i], p.Layers[p.Frag.Net].End-p.Frag.At
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

// remember notes the ports q of a first fragment. One that was seen twice, in a capture of two
// interfaces for instance, is the same.
func (t *Fragments) remember(p *Packet, q *TransportHeader, frame int64, at time.Time) {
	key := keyOf(p)
	length := p.Layers[p.Frag.Net].End - p.Frag.At
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

// find gives the index of the entry with this key, -1 if there is none that has at within the
// lifetime. Clocks are set back and captures are joined: an entry from the future is worth as
// little as an old one. Without times only the table's size bounds.
func (t *Fragments) find(key *fragmentKey, hash uint64, at time.Time) int32 {
	i := *t.head(hash)
	for i >= 0 && !(t.links[i].hash == hash && t.entries[i].key.same(key)) {
		i = t.links[i].next
	}
	if i < 0 {
		return -1
	}
	if e := &t.entries[i]; !at.IsZero() && !e.at.IsZero() {
		if age := at.Sub(e.at); age > FragmentLife || age < -FragmentLife {
			t.counts.Expired++
			t.drop(i)
			return -1
		}
	}
	return i
}

// take gives the entry that is next in turn, at the head of the hash's chain; what it has is
// another datagram's.
func (t *Fragments) take(hash uint64) *fragmentEntry {
	i := int32(t.next)
	if t.next++; t.next == len(t.entries) {
		t.next = 0
	}
	if t.links[i].used {
		t.counts.Evicted++
		t.drop(i)
	}
	head := t.head(hash)
	t.links[i] = fragmentLink{hash: hash, next: *head, used: true}
	*head = i
	t.live++
	return &t.entries[i]
}

// drop takes an entry out of its chain.
func (t *Fragments) drop(i int32) {
	link := t.head(t.links[i].hash)
	for *link != i {
		link = &t.links[*link].next
	}
	*link = t.links[i].next
	t.links[i].used = false
	t.live--
}

// hash is a key's hash. It has a random seed, so that nobody can send fragments that all meet in
// one chain.
func (t *Fragments) hash(key *fragmentKey) uint64 {
	return maphash.Bytes(t.seed, key[:])
}

// head is where a chain begins.
func (t *Fragments) head(hash uint64) *int32 { return &t.heads[hash&uint64(len(t.heads)-1)] }

// keyOf is what the packet's outermost fragment shares with the others of its datagram.
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

// enclosure is a hash (FNV-1a) of what says one network from another in the headers in front of
// the layer with the given index. Outer ports are not in it: tunnels choose the source port by the
// inner flow (RFC 7348 section 5); a later fragment shows less of it.
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
				// 0 where a header was cut: the fragment after it would not have been met
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

// networkOf gives the fields of a header that name the network inside it.
func networkOf(id ID) [2]Bits {
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

// greKeyAt is where a GRE header has its key.
func greKeyAt(h []byte) [2]Bits {
	at := greMinLen
	if greC.Word(h)|greR.Word(h) != 0 {
		at += 4
	}
	return [2]Bits{Bits(8*at)<<8 | 32}
}

// SameDatagram reports whether first is the first fragment of the datagram that p, a later
// fragment, is a part of.
func (p *Packet) SameDatagram(first *Packet) bool {
	return p.Frag.Is && first.Frag.Is && p.Frag.Net >= 0 && first.Frag.Net >= 0 &&
		first.Frag.Offset == 0 && p.Frag.Offset > 0 && keyOf(p) == keyOf(first)
}
