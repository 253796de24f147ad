package flow

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// A kind is a payload by its length, of flows that count for a port.
type kind struct {
	PortKey
	length int
}

// A simpleKind is what was counted of one.
type simpleKind struct {
	flows map[Key]bool
	first int64
}

// simpleKinds counts the flows of each kind with nothing but maps: of each end of a flow it takes the first payload. The lower port is the service's.
func simpleKinds(packets []sent) map[string]int64 {
	type end struct {
		Key
		Side
	}
	spoke, began, kinds := map[end]bool{}, map[Key]int64{}, map[kind]*simpleKind{}
	var p decode.Packet
	for _, x := range packets {
		p.Decode(linktype.Raw, x.data, len(x.data))
		q := &p.Ports[0]
		src, dst := p.Addrs(q.Net)
		k, from := KeyOf(q.Proto, Endpoint{src, q.Src}, Endpoint{dst, q.Dst})
		if _, ok := began[k]; !ok {
			began[k] = x.frame
		}
		n := len(x.data) - q.At - map[decode.Proto]int{decode.ProtoUDP: 8, decode.ProtoTCP: 20}[q.Proto]
		if n == 0 || spoke[end{k, from}] {
			continue
		}
		spoke[end{k, from}] = true
		name := kind{PortKey{q.Proto, min(q.Src, q.Dst)}, n}
		if kinds[name] == nil {
			kinds[name] = &simpleKind{map[Key]bool{}, x.frame}
		}
		kinds[name].flows[k] = true
		kinds[name].first = min(kinds[name].first, began[k])
	}
	out := map[string]int64{}
	for name, s := range kinds {
		out[fmt.Sprintf("%+v in %d", name, len(s.flows))] = s.first
	}
	return out
}

// kindsOf puts a table's in the same words.
func kindsOf(t *testing.T, table *Table) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, p := range table.Ports() {
		for i, s := range p.Says {
			if i > 0 && s.Flows > p.Says[i-1].Flows {
				t.Errorf("%+v is not in order", p)
			}
			out[fmt.Sprintf("%+v in %d", kind{p.PortKey, int(s.Saying)}, s.Flows)] = s.Frame
		}
	}
	return out
}

// TestSaidAgainstMap holds the kinds of payloads by port against a count with maps.
func TestSaidAgainstMap(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 4))
		packets := traffic(r, 3000)
		want := simpleKinds(packets)
		if got := kindsOf(t, count(r, Options{Service: lower, Recognise: length}, packets)); !maps.Equal(got, want) || len(want) < 100 {
			t.Fatalf("seed %d: %v\nwant %v", seed, got, want)
		}
	}
}

// inTurn makes flows that follow one another, a few packets each, so that none goes on after the memory had no room for it. They begin behind so many packets, and
// have hosts of a network of their own.
func inTurn(r *rand.Rand, network byte, flows, before int) (packets []sent) {
	for i := range flows {
		host := netip.AddrFrom4([4]byte{10, network, byte(i >> 8), byte(i)}).String()
		service := uint16(r.IntN(20))
		for range 1 + r.IntN(4) {
			b := tcp(host, server, 50000, service, byte(r.Uint32()))
			if r.IntN(2) == 0 {
				b = tcp(server, host, service, 50000, byte(r.Uint32()))
			}
			b = append(b, "GET / HTTP/1.1"[:r.IntN(15)]...)
			b[3] = byte(len(b))
			n := before + len(packets)
			packets = append(packets, sent{b, int64(n), int64(n + 1)})
		}
	}
	return packets
}

// TestEvictionKeepsSaidExact: ports are the same whether the flows are evicted or not, with the kinds of their payloads, and so they are where tables that evict
// are merged, as long as no flow goes on after it was evicted.
func TestEvictionKeepsSaidExact(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const flows, pieces = 4000, 5
	var packets []sent
	opt := Options{Service: lower, Recognise: length}
	small := opt
	small.Memory = minMemory
	merged := NewTable(small)
	for n := range byte(pieces) {
		more := inTurn(r, n, flows, len(packets))
		piece := count(r, small, more)
		if piece.Evicted.Flows == 0 {
			t.Fatal("a piece has room for all flows")
		}
		merged.Merge(piece)
		packets = append(packets, more...)
	}
	whole, evicting := count(r, opt, packets), count(r, small, packets)
	if whole.Evicted.Flows != 0 || evicting.Evicted.Flows < flows {
		t.Fatalf("%+v and %+v evicted", whole.Evicted, evicting.Evicted)
	}
	want := whole.Ports()
	if !maps.Equal(kindsOf(t, whole), simpleKinds(packets)) || len(want[0].Says) != len("GET / HTTP/1.1") {
		t.Errorf("%+v", want)
	}
	if got := evicting.Ports(); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
	if got := merged.Ports(); !reflect.DeepEqual(got, want) {
		t.Errorf("merged: %+v\nwant\n%+v", got, want)
	}
	if again := evicting.Ports(); !reflect.DeepEqual(again, want) {
		t.Errorf("the second time: %+v", again)
	}
}
