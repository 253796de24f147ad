package pcaps

import (
	"encoding/binary"
	"testing"
)

// count returns the number of packets in a sample. It steps from record to record without this
// project's reader. Samples are little-endian pcap, or pcapng with Enhanced Packet Blocks.
func count(t *testing.T, name string) int {
	t.Helper()
	b := contents(t, name)
	const fileHeader, sectionBlock = 24, 0x0a0d0d0a
	step, at := record, fileHeader
	if len(b) >= 4 && binary.LittleEndian.Uint32(b) == sectionBlock {
		step, at = block, 0
	}
	n := 0
	for at < len(b) {
		size, packets := step(b[at:])
		if size <= 0 || size > len(b)-at {
			t.Fatalf("%s: no record at byte %d", name, at)
		}
		at, n = at+size, n+packets
	}
	return n
}

// record returns the length of a pcap record: 16 bytes and the captured bytes. It returns 0 if the
// record header is truncated.
func record(b []byte) (size, packets int) {
	if len(b) < 16 {
		return 0, 0
	}
	return 16 + int(binary.LittleEndian.Uint32(b[8:])), 1
}

// block returns the length of a pcapng block, and 1 if it is an Enhanced Packet Block.
func block(b []byte) (size, packets int) {
	const enhanced = 6
	if len(b) < 12 {
		return 0, 0
	}
	if binary.LittleEndian.Uint32(b) == enhanced {
		packets = 1
	}
	return int(binary.LittleEndian.Uint32(b[4:])), packets
}
