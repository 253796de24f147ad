package flow

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// Who asks is told of each flow that begins, from either side, and of each connection on the same ports.
func TestBegan(t *testing.T) {
	packets := [][]byte{
		tcp(client, server, 50000, 80, decode.FlagSYN),
		tcp(server, client, 80, 50000, decode.FlagSYN|decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagACK),
		tcp(client, server, 50001, 80, decode.FlagACK),
		tcp(server, client, 80, 50001, decode.FlagACK),
		tcp(client, server, 50000, 80, decode.FlagSYN),
		{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2},
	}
	first := Key{decode.ProtoTCP, Endpoint{netip.MustParseAddr(client), 50000}, Endpoint{netip.MustParseAddr(server), 80}}
	second := first
	second.A.Port = 50001
	type told struct {
		Key
		asks bool
	}
	want := []told{{first, true}, {second, false}, {first, true}}
	var got []told
	tell := func(k Key, asks bool) { got = append(got, told{k, asks}) }

	table := newTable()
	table.Began(tell)
	feed(table, packets...)
	if !slices.Equal(got, want) {
		t.Errorf("a table tells %v, want %v", got, want)
	}
	if f := table.FactsOf(first); f != (Facts{Asked: A, Answered: B, First: A}) {
		t.Errorf("%+v", f)
	}
	if f := table.FactsOf(Key{Proto: decode.ProtoUDP, A: first.A, B: first.B}); f != (Facts{}) {
		t.Errorf("of another: %+v", f)
	}

	got = nil
	batches := newTable()
	batches.Began(tell)
	for _, part := range [][][]byte{packets[:3], packets[3:]} { // the second one meets a flow that is known
		b := batches.Batch(nil)
		var list []sent
		for i, data := range part {
			list = append(list, sent{data: data, nanos: NoTime, frame: int64(i + 1)})
		}
		addEach(&b, list)
		batches.Count(&b)
	}
	if !slices.Equal(got, want) {
		t.Errorf("a table tells %v of batches, want %v", got, want)
	}

	got = nil
	ports := NewPortTable(AnyPort, Chooser{}, nil)
	ports.Began(tell)
	for _, b := range packets {
		if !ports.Quick(linktype.Raw, b, uint32(len(b)), NoTime) {
			var p decode.Packet
			p.Decode(linktype.Raw, b, len(b))
			ports.Packet(&p, uint32(len(b)), NoTime)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("a table per port tells %v, want %v", got, want)
	}
}

// An IPv6 flow is found again by its key in full.
func TestFactsOfIPv6(t *testing.T) {
	var p decode.Packet
	b := append([]byte{0x60, 0, 0, 0, 0, 20, 6, 64, 0x20, 1, 0xd, 0xb8, 15: 0, 23: 9, 24: 0x20, 25: 1, 26: 0xd, 27: 0xb8, 39: 1}, tcp(client, server, 50000, 80, decode.FlagSYN)[20:]...)
	p.Decode(linktype.Raw, b, len(b))
	table := newTable()
	var told []Key
	table.Began(func(k Key, _ bool) { told = append(told, k) })
	table.Add(&p, 60, 0, 1)
	want := Key{decode.ProtoTCP, Endpoint{netip.MustParseAddr("2001:db8::1"), 80}, Endpoint{netip.MustParseAddr("2001:db8::9"), 50000}}
	if len(told) != 1 || told[0].A.Addr.Is4() || told[0] != flowsOf(table)[0].Key {
		t.Fatalf("%v, want %v", told, want)
	}
	if f := table.FactsOf(told[0]); f.Asked == None {
		t.Errorf("%+v", f)
	}
}
