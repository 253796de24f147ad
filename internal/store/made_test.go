package store_test

import (
	"encoding/binary"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

const second = int64(time.Second)

// A record is one packet of a capture that a test builds.
type record struct {
	data  []byte
	nanos int64
}

func records(list []record) (out []capture.Record) {
	for i, r := range list {
		out = append(out, capture.Record{Data: r.data, Nanos: r.nanos, Number: int64(i + 1),
			Length: uint32(len(r.data)), Link: linktype.Raw})
	}
	return out
}

// udp returns a packet of 32 bytes from 192.0.2.10 to 198.51.100.7.
func udp(src, dst int) []byte {
	b := []byte{0x45, 3: 32, 8: 64, 9: 17, 12: 192, 0, 2, 10, 198, 51, 100, 7, 31: 0}
	binary.BigEndian.PutUint16(b[20:], uint16(src))
	binary.BigEndian.PutUint16(b[22:], uint16(dst))
	b[25] = 12
	return b
}
