package corpustest_test

import (
	"encoding/binary"
	"testing"
)

// A framing is the end of each record of a capture, computed independently of the program. It uses
// the two length fields of the formats (pcap: draft-ietf-opsawg-pcap, section 5; pcapng:
// draft-ietf-opsawg-pcapng, section 3.1).
type framing struct {
	header int // bytes before the first record
	// positions of a regular end: after the header and after each record or block
	bounds []int
	ends   []int // the end of each packet
}

// frameCapture returns the framing of a complete little-endian capture.
func frameCapture(t testing.TB, data []byte) framing {
	t.Helper()
	const pcapHeader, sectionHeader = 24, 0x0a0d0d0a
	f, ok := framing{}, false
	if binary.LittleEndian.Uint32(data) == sectionHeader {
		f.header = int(binary.LittleEndian.Uint32(data[4:]))
		ok = f.walk(data, 0, blockLength)
	} else {
		f.header = pcapHeader
		f.bounds = []int{pcapHeader}
		ok = f.walk(data, pcapHeader, recordLength)
	}
	if !ok || len(f.ends) == 0 {
		t.Fatalf("the test finds %d whole packets and then no record", len(f.ends))
	}
	return f
}

// walk goes from record to record, and reports whether the last one ends at the end of the data.
func (f *framing) walk(data []byte, at int, length func([]byte) (n int, packet bool)) bool {
	for at < len(data) {
		n, packet := length(data[at:])
		if n <= 0 || n > len(data)-at {
			return false
		}
		at += n
		f.bounds = append(f.bounds, at)
		if packet {
			f.ends = append(f.ends, at)
		}
	}
	return true
}

// recordLength returns the length of the pcap record at the start of data: 16 bytes plus its third
// word.
func recordLength(data []byte) (int, bool) {
	const header = 16
	if len(data) < header {
		return 0, false
	}
	return header + int(binary.LittleEndian.Uint32(data[8:])), true
}

// blockLength returns the pcapng block's total length, its second word. It reports whether the
// block contains a packet: block types 2, 3 and 6.
func blockLength(data []byte) (int, bool) {
	const shortest, packet, simple, enhanced = 12, 2, 3, 6
	if len(data) < shortest {
		return 0, false
	}
	kind := binary.LittleEndian.Uint32(data)
	return int(binary.LittleEndian.Uint32(data[4:])), kind == packet || kind == simple ||
		kind == enhanced
}

// whole returns the number of packets that end within the first n bytes.
func (f *framing) whole(n int) (packets int) {
	for packets < len(f.ends) && f.ends[packets] <= n {
		packets++
	}
	return packets
}

// bound reports whether a file that is cut to n bytes ends between two records.
func (f *framing) bound(n int) bool {
	for _, b := range f.bounds {
		if b == n {
			return true
		}
	}
	return false
}
