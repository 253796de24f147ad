package flow

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// packetOf makes a packet of five bytes that the fuzzer chose: few hosts and ports, so that flows meet again, in both families and directions.
func packetOf(c []byte, frame int64) sent {
	addrs := []string{"10.0.0.1", "10.0.0.2", "10.0.1.1", "192.0.2.255"}
	b := tcp(addrs[c[0]&3], addrs[c[0]>>2&3], uint16(c[1]&15), uint16(c[1]>>4), c[2])
	if c[3]&1 != 0 {
		b[9], b[24], b[25] = 17, 0, 20
	}
	if c[3]&2 != 0 {
		b = raw6(b)
	}
	if c[3]&4 != 0 {
		b = b[:len(b)-int(c[3]>>3)] // cut
	}
	return sent{b, int64(int8(c[4])) * second, frame}
}

// FuzzTable: whatever packets come, a table fed one by one after the whole walk has what one has that is fed in batches by the quick walk, and what one has
// that is merged of two pieces; and all packets are counted, in a table with the least memory too.
func FuzzTable(f *testing.F) {
	f.Add([]byte{0x04, 0x21, 2, 0, 1, 0x01, 0x12, 0x12, 0, 2, 0x04, 0x21, 0x10, 0, 3}, uint8(1))
	f.Add([]byte{0x04, 0x21, 2, 3, 1, 0x04, 0x21, 2, 1, 0, 0x04, 0x11, 2, 0x54, 0, 0, 0, 0, 2, 0x80}, uint8(2))
	f.Fuzz(func(t *testing.T, choices []byte, cut uint8) {
		var packets []sent
		for n := int64(1); len(choices) >= 5; n, choices = n+1, choices[5:] {
			packets = append(packets, packetOf(choices, n))
		}
		opt := Options{Service: lower, Recognise: length}
		one := NewTable(opt)
		var p decode.Packet
		ports, without := uint64(0), uint64(0)
		for _, x := range packets {
			p.Decode(linktype.Raw, x.data, len(x.data))
			if one.Add(&p, uint32(len(x.data)), x.nanos, x.frame); p.NoPorts != decode.HasPorts {
				without++
			}
			ports += uint64(len(p.Ports))
		}
		want := text(one)
		if got := text(count(rand.New(rand.NewPCG(1, uint64(cut))), opt, packets)); !slices.Equal(got, want) {
			t.Errorf("in batches:\n%s\none by one:\n%s", got, want)
		}
		at := int(cut) % (len(packets) + 1)
		r := rand.New(rand.NewPCG(2, 2))
		merged := count(r, opt, packets[:at])
		merged.Merge(count(r, opt, packets[at:]))
		if got := text(merged); !slices.Equal(got, want) {
			t.Errorf("merged behind packet %d:\n%s\nwhole:\n%s", at, got, want)
		}
		opt.Memory = minMemory
		small := count(r, opt, packets)
		for _, table := range []*Table{one, merged, small} {
			addsUp(t, table, uint64(len(packets)), ports, without)
		}
	})
}

// addsUp checks that every packet, every transport header and every reason is counted once.
func addsUp(t *testing.T, table *Table, packets, ports, without uint64) {
	t.Helper()
	inFlows, atPorts, reasons := table.Evicted.Packets, uint64(0), uint64(0)
	for f := range table.Flows() {
		inFlows += f.Total().Packets
	}
	for _, p := range table.Ports() {
		atPorts += p.Total().Packets
	}
	for _, c := range table.NoPorts {
		reasons += c.Packets
	}
	if table.Total.Packets != packets || inFlows != ports || atPorts != ports || reasons != without {
		t.Errorf("%d packets of %d, %d in flows and %d at ports of %d, %d without of %d", table.Total.Packets, packets, inFlows, atPorts, ports, reasons, without)
	}
}
