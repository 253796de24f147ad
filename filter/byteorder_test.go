package filter_test

import (
	"encoding/binary"
	"sync"
	"testing"

	"github.com/portsniff/portsniff/linktype"
)

// addressFamilies are numbers in loopback headers: IPv4, the three of IPv6, others that systems use
// or used, and one that no system uses.
var addressFamilies = []uint32{2, 24, 28, 30, 0, 7, 10, 16, 23, 0x1234}

// loopback adds a header with every address family to IP packets, in the given byte order. Some
// frames end within the header.
func loopback(order binary.AppendByteOrder, packets []frame) (list []frame) {
	for i, p := range packets {
		for _, family := range addressFamilies {
			data := append(order.AppendUint32(nil, family), p.data...)
			list = append(list, frame{data, p.wire + 4})
			if i == 0 {
				list = append(list, frame{data[:3], p.wire + 4}, frame{data[:4], p.wire + 4})
			}
		}
	}
	return list
}

// TestLoopbackByteOrders runs every expression of the table on loopback headers in either byte
// order, in files of that order. It also checks the link type whose header is always in network
// byte order. The selected frames must be tcpdump's.
func TestLoopbackByteOrders(t *testing.T) {
	tool := tcpdump(t)
	var packets []frame
	for i, f := range frames(t)[linktype.Raw] {
		if i%5 == 0 {
			packets = append(packets, f)
		}
	}
	if len(packets) < 20 {
		t.Fatalf("only %d packets", len(packets))
	}
	rows := table(t)
	for _, c := range []struct {
		name        string
		link        linktype.Type
		file, frame binary.AppendByteOrder
	}{
		{"NULL, least significant byte first", linktype.Null, binary.LittleEndian,
			binary.LittleEndian},
		{"NULL, most significant byte first", linktype.Null, binary.BigEndian, binary.BigEndian},
		{"LOOP, least significant byte first", linktype.Loop, binary.LittleEndian,
			binary.BigEndian},
		{"LOOP, most significant byte first", linktype.Loop, binary.BigEndian, binary.BigEndian},
	} {
		list := loopback(c.frame, packets)
		file := writeOrdered(t, c.file, c.link, list)
		jobs := make(chan row)
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() {
				for r := range jobs {
					want, refused := selected(t, tool, file, r.expr)
					again := func() []int {
						list,
							_ := selected(t, tool, file, r.expr, "-O")
						return list
					}
					if err := check(r.expr, c.link, list, want, refused, again, false); err != nil {
						t.Errorf("%s: %s: %v", c.name, r.expr, err)
					}
				}
			})
		}
		for _, r := range rows {
			if !r.differ && (!testing.Short() || len(r.expr)%10 == 0) {
				jobs <- r
			}
		}
		close(jobs)
		wait.Wait()
	}
}
