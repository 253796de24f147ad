package flow

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// The first flows in an order are the same, whether all are put in order or only so many are kept while they are looked at. Many are equal in all that counts but when
// they began.
func TestSorted(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table := NewTable(Options{Service: lower})
	for frame := range int64(3000) {
		n := int(random.ExpFloat64() * 100)
		packet := tcp(host(n/7), server, uint16(40000+n), uint16(80+n%5), decode.FlagACK)
		bytes := uint32(60 + 10*random.IntN(3))
		p := &decode.Packet{}
		p.Decode(linktype.Raw, packet, int(bytes))
		table.Add(p, bytes, frame, frame+1)
	}
	all := slices.Collect(table.Flows())
	port := func(f Flow) int { return int(min(f.A.Port, f.B.Port)) }
	orders := map[By]func(x, y Flow) int{
		ByFlows: func(x, y Flow) int { return 0 },
		ByPackets: func(x, y Flow) int {
			return cmp.Or(-cmp.Compare(x.Total().Packets, y.Total().Packets), -cmp.Compare(x.Total().Bytes, y.Total().Bytes))
		},
		ByBytes: func(x, y Flow) int {
			return cmp.Or(-cmp.Compare(x.Total().Bytes, y.Total().Bytes), -cmp.Compare(x.Total().Packets, y.Total().Packets))
		},
		ByPort: func(x, y Flow) int {
			return cmp.Or(cmp.Compare(port(x), port(y)), -cmp.Compare(x.Total().Packets, y.Total().Packets), -cmp.Compare(x.Total().Bytes, y.Total().Bytes))
		},
	}
	for by, order := range orders {
		want := slices.Clone(all)
		slices.SortStableFunc(want, order)
		for _, top := range []int{0, 1, 2, 3, 20, len(all) / 2, len(all) - 1, len(all), len(all) + 1, 10 * len(all)} {
			first := len(all)
			if top > 0 {
				first = min(top, first)
			}
			if got := slices.Collect(table.Sorted(by, top)); !slices.Equal(got, want[:first]) {
				t.Errorf("order %d, first %d of %d: %s", by, top, len(all), difference(got, want))
			}
		}
	}
	for range table.Sorted(ByPackets, 0) {
		break // stops
	}
	if got := slices.Collect(NewTable(Options{Service: lower}).Sorted(ByBytes, 5)); len(got) != 0 {
		t.Errorf("an empty table has %d flows", len(got))
	}
}

func difference(got, want []Flow) string {
	for i := range got {
		if got[i] != want[i] {
			return fmt.Sprintf("flow %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	return fmt.Sprintf("%d flows", len(got))
}

// BenchmarkTop is what the first flows of many cost.
func BenchmarkTop(b *testing.B) {
	table := NewTable(Options{Service: lower})
	for n := range int64(200_000) {
		p := &decode.Packet{}
		p.Decode(linktype.Raw, tcp(host(int(n>>10)), server, uint16(n&1023)|1<<15, 80, decode.FlagACK), 60)
		table.Add(p, uint32(60+n*7919%5000), n, n+1)
	}
	b.ReportAllocs()
	for b.Loop() {
		for range table.Sorted(ByBytes, 20) {
			continue
		}
	}
}
