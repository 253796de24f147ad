//go:build !purego

package flow

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// setWide says whether packets may be counted eight at a time, and gives what was said before.
func setWide(on bool) (was bool) {
	was, wide = wide, on
	return was
}

// needWide ends a test where the processor works on one packet after the other.
func needWide(t *testing.T) {
	t.Helper()
	if !wide {
		corpustest.Missing(t, "this processor has no AVX2 or no BMI2, nothing was counted eight at a time")
	}
}

// narrowly does something without what is wide.
func narrowly(do func()) {
	defer setWide(setWide(false))
	do()
}

// anyRun is a run of up to decode.RunLen frames of Ethernet, most of them plain, some with a tag, some of no flow, and what lies behind them.
func anyRun(r *rand.Rand) *Run {
	run := newRun(linktype.Ethernet)
	run.First = r.Int64N(1 << 40)
	for range 1 + r.IntN(decode.RunLen) {
		frame := framed(traffic(r, 1)[0].data)
		switch r.IntN(12) {
		case 0:
			frame = slices.Concat(frame[:12], []byte{0x81, 0, 0, 7}, frame[12:])
		case 1: // a fragment, or whatever the byte says in IPv6
			frame[20] |= 0x20
		case 2: // ARP
			frame[12], frame[13] = 8, 6
		case 3: // a high port
			frame[34] |= 0x80
		}
		run.put(frame, r.Uint32(), r.Int64N(1000)-500)
	}
	run.Data = append(run.Data, make([]byte, 80)...)
	if r.IntN(2) == 0 { // more frames than it says
		run.N = 1 + r.IntN(run.N)
	}
	return run
}

// TestKeysWide: ends, hashes and addresses of packets are the same whether they are made for eight at once or one by one.
func TestKeysWide(t *testing.T) {
	needWide(t)
	r := rand.New(rand.NewPCG(1, 20))
	table := NewTable(Options{})
	all, sixes := 0, 0
	for range 3000 {
		run := anyRun(r)
		wide, narrow := table.Batch(nil), table.Batch(nil)
		for range 1 + r.IntN(3) { // with others before them, of another length
			left := wide.Run(run)
			narrowly(func() {
				if got := narrow.Run(run); got != left {
					t.Fatalf("left %b, one by one %b", left, got)
				}
			})
			run = anyRun(r)
		}
		n := wide.slots.n
		if n != narrow.slots.n || wide.Totals != narrow.Totals || len(wide.six) != len(narrow.six) {
			t.Fatalf("%d slots, %d in IPv6, %+v; one by one %d, %d, %+v", n, len(wide.six), wide.Totals, narrow.slots.n, len(narrow.six), narrow.Totals)
		}
		all, sixes = all+n, sixes+len(wide.six)
		number := map[uint64]uint64{} // of addresses, which come in another order
		for i := range n {
			x, y := wide.slots.ends[i], narrow.slots.ends[i]
			kind := uint8(x.a >> kindShift)
			if kind&kindApart != 0 && kind != kindRoom {
				a, b := x.a>>16&(1<<32-1), y.a>>16&(1<<32-1)
				if _, twice := number[a]; twice || wide.v6[a] != narrow.v6[b] {
					t.Fatalf("slot %d: addresses %x, one by one %x", i, wide.v6[a], narrow.v6[b])
				}
				number[a] = b
				x.a, y.a = x.a&^(endMask&^0xffff), y.a&^(endMask&^0xffff)
			} else if kind == kindNone {
				x, y = ends{}, ends{a: y.a &^ (1<<kindShift - 1)}
			}
			if x != y || kind != kindNone && wide.slots.hash[i] != narrow.slots.hash[i] {
				t.Fatalf("slot %d of %d: %x with hash %x, one by one %x, %x", i, n, x, wide.slots.hash[i], y, narrow.slots.hash[i])
			}
		}
		for _, s := range wide.six {
			if !slices.ContainsFunc(narrow.six, func(o six) bool { return o.slot == s.slot }) {
				t.Fatalf("slot %d is in IPv6", s.slot)
			}
		}
	}
	if sixes < all/20 {
		t.Errorf("%d of %d packets in IPv6", sixes, all)
	}
}

// TestExpectWide: what is looked up for eight hashes at once is what is looked up for each, in an index of any fill, up to its last slot and on at its first one.
func TestExpectWide(t *testing.T) {
	needWide(t)
	r := rand.New(rand.NewPCG(2, 20))
	odd, known := 0, 0
	for range 400 {
		table := NewTable(Options{})
		table.index = newIndex(uint(2+r.IntN(10)), table.store.pages)
		slots := len(table.index.slots)
		table.store.n = r.IntN(slots - slots/8)
		hashes := make([]uint32, 0, table.store.n)
		for n := range table.store.n {
			hash := r.Uint32()
			if r.IntN(3) == 0 { // where the last ones begin
				hash |= ^uint32(0) << (32 - table.index.bits)
			}
			table.index.set(table.index.hole(hash), hash, uint32(n))
			hashes = append(hashes, hash)
		}
		for range 20 {
			b := table.Batch(nil)
			b.slots.more(1 + r.IntN(3*decode.RunLen))
			for i := range b.slots.n {
				if b.slots.hash[i] = r.Uint32(); len(hashes) > 0 && r.IntN(4) != 0 {
					b.slots.hash[i] = hashes[r.IntN(len(hashes))]
					if r.IntN(4) == 0 { // the same lower bits, a slot before it
						b.slots.hash[i] -= 1 << (32 - table.index.bits)
					}
				}
			}
			table.Expect(&b)
			table.Expect(&b)
			for i := range b.slots.n {
				hash := b.slots.hash[i]
				_, want := table.index.next(table.index.begins(hash), hash)
				if b.slots.near[i] != want {
					t.Fatalf("hash %x in an index of %d slots for %d: %d, want %d", hash, slots, table.store.n, b.slots.near[i], want)
				}
				if want != 0 {
					known++
				}
			}
			n := min(b.slots.n, decode.RunLen)
			closer := expectSlots(&table.index.slots[0], table.index.bits, &b.slots.hash[0], &b.slots.near[0], n, &b.slots.hash[0], 0)
			for i := range n {
				hash := b.slots.hash[i]
				begins := table.index.begins(hash)
				decided := func(slot uint32) bool {
					s := table.index.slots[slot]
					return s == 0 || s^table.index.lower(hash) < table.index.limit()
				}
				if last := int(begins) == slots-1; closer>>i&1 == 1 != (last || !decided(begins) && !decided(begins+1)) {
					t.Fatalf("hash %x in an index of %d slots for %d: a closer look %b", hash, slots, table.store.n, closer>>i&1)
				}
				odd += int(closer >> i & 1)
			}
		}
	}
	if odd == 0 || known == 0 {
		t.Errorf("%d hashes needed a closer look, %d are known", odd, known)
	}
}

// TestPortsWide: packets count for the same ports eight at once as one by one.
func TestPortsWide(t *testing.T) {
	needWide(t)
	r := rand.New(rand.NewPCG(3, 20))
	for _, low := range []uint16{1 << 15, 1, 0} {
		choose := Chooser{Low: low, Choose: func(proto decode.Proto, src, dst uint16) bool { return src > dst }}
		wide, narrow := NewPortTable(ServicePort, choose, nil), NewPortTable(ServicePort, choose, nil)
		for range 2000 {
			run := anyRun(r)
			if r.IntN(10) == 0 {
				run.Link = linktype.Raw
			}
			left := wide.Run(run)
			narrowly(func() {
				if got := narrow.Run(run); got != left {
					t.Fatalf("left %b, one by one %b", left, got)
				}
			})
		}
		got, want := wide.Ports(), narrow.Ports()
		if wide.Totals != narrow.Totals || !slices.EqualFunc(got, want, func(a, b Port) bool {
			return a.PortKey == b.PortKey && a.To == b.To && a.From == b.From && a.First == b.First && a.Last == b.Last
		}) || len(got) < 20 {
			t.Errorf("low %x: %d ports, %+v; one by one %d, %+v", low, len(got), wide.Totals, len(want), narrow.Totals)
		}
	}
	many, table := newRun(linktype.Ethernet), NewPortTable(ServicePort, Chooser{Low: 1 << 15}, nil)
	for range decode.RunLen {
		many.put(framed(tcp(client, server, 40000, 80, decode.FlagACK)), 60, 1)
	}
	if many.N++; table.Run(many) != 0 || table.Total != (Count{decode.RunLen, 60 * decode.RunLen}) {
		t.Errorf("a run that says to be longer than it can be: %+v", table.Total)
	}
	if empty := newRun(linktype.Ethernet); NewPortTable(ServicePort, Chooser{}, nil).Run(empty) != 0 {
		t.Error("a run of no packets")
	}
}

// TestHashesWide: hashes of entries are those that their packets had.
func TestHashesWide(t *testing.T) {
	needWide(t)
	r := rand.New(rand.NewPCG(4, 20))
	table := count(r, Options{Service: lower}, traffic(r, 3000))
	if table.Len() < 10*decode.RunLen {
		t.Fatalf("%d flows", table.Len())
	}
	for from := 0; from < table.Len(); from += decode.RunLen {
		var hash [decode.RunLen]uint32
		n := min(table.Len()-from, 1+r.IntN(decode.RunLen))
		table.hashWide(&hash, from, n)
		for i := range n {
			if want := table.hash(table.store.entry(uint32(from + i))); hash[i] != want {
				t.Fatalf("entry %d: %x, want %x", from+i, hash[i], want)
			}
		}
	}
}

// TestFirstEntryIsNotAnyones: a packet in IPv6 that was looked up when there was no flow yet is not taken for one of the first entry's, whose key it may have.
func TestFirstEntryIsNotAnyones(t *testing.T) {
	packet := framed(raw6(tcp(client, server, 40000, 80, decode.FlagACK)))
	other := framed(raw6(tcp("10.0.0.7", server, 40000, 80, decode.FlagACK)))
	table := NewTable(Options{Service: lower})
	early, now := table.Batch(nil), table.Batch(nil)
	run := newRun(linktype.Ethernet)
	for range 3 { // so that there is more than one address in the batch
		run.put(other, 60, 2)
		run.put(packet, 60, 2)
	}
	run.Data = append(run.Data, make([]byte, 80)...)
	if early.Run(run) != 0 || now.Run(runOf(linktype.Ethernet, append(packet, make([]byte, 80)...), 60, 1)) != 0 {
		t.Fatal("the quick walk does not take the test's packets")
	}
	table.Expect(&early)
	table.Expect(&early)
	table.Count(&now)
	table.Count(&early)
	if flows := flowsOf(table); len(flows) != 2 || flows[0].Total().Packets != 4 || flows[1].Total().Packets != 3 || flows[0].Key == flows[1].Key {
		t.Errorf("%+v", flows)
	}
}
