package pcapfile

import (
	"bytes"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// detached returns a way to read a file in groups of packets that are in memory together. It
// detaches each group, and reads it only after the next packet. kept counts the packets in detached
// memory.
func detached(kept *int) func(f *File, see func(int64, capture.Record)) (int, error) {
	return func(f *File, see func(int64, capture.Record)) (n int, err error) {
		var p capture.Packet
		var spare []byte
		err = f.Next(&p)
		for err == nil {
			group := []capture.Record{p.Record()}
			for err == nil && len(group) < 5000 && f.Ready() {
				if err = f.Next(&p); err == nil {
					group = append(group, p.Record())
				}
			}
			if memory := f.Detach(spare); memory != nil {
				spare = memory
				*kept += len(group)
			} else {
				for i := range group {
					group[i].Data = slices.Clone(group[i].Data)
				}
			}
			if err == nil {
				err = f.Next(&p)
			}
			for _, r := range group {
				see(r.Number, r)
			}
			n += len(group)
		}
		return n, err
	}
}

// TestDetachedPacketsStayValid compares packets in detached memory with those of Next.
func TestDetachedPacketsStayValid(t *testing.T) {
	pcap, large := plainHeader().bytes(le), plainHeader().bytes(le)
	pcapng := join(shb(le), idb(le, 1, 0))
	comment := option(le, 1, []byte("a comment"))
	for n := range 20_000 {
		data := frame(14+n%400, byte(n))
		pcap = append(pcap, simpleRecord(le, 1, 2, data)...)
		pcapng = append(pcapng, epb(le, 0, 1, data, comment[:n%2*len(comment)])...)
		if n%100 == 0 {
			large = append(large, simpleRecord(le, 1, 2, frame(60+n%3*75_000, byte(n)))...)
		}
	}
	for name, data := range map[string][]byte{"pcap": pcap, "pcapng": pcapng, "large": large} {
		for _, cut := range []int{0, 1, 1000} {
			kept := 0
			n := sameAsNext(t, name, data[:len(data)-cut], detached(&kept))
			if n == 0 || kept < n*9/10 {
				t.Errorf("%s: memory of %d packets of %d was released", name, kept, n)
			}
		}
	}
}

// TestDetachLeavesLargeMemory checks that the memory of a large record is not detached.
func TestDetachLeavesLargeMemory(t *testing.T) {
	large := bytes.Repeat([]byte{7}, 4<<20)
	f, err := NewReader(bytes.NewReader(join(shb(le), idb(le, 1, 0), epb(le, 0, 1, large),
		epb(le, 0, 2, large))), "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	for range 2 {
		if err := f.Next(&p); err != nil {
			t.Fatal(err)
		}
		if f.Detach(nil) != nil || !bytes.Equal(p.Data, large) {
			t.Error("the memory of 4 MiB was released")
		}
	}
}
