package pcapfile

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
)

func TestPcapngPackets(t *testing.T) {
	for _, o := range []bo{le, be} {
		t.Run(o.String(), func(t *testing.T) {
			flags := o.AppendUint32(nil, 0x82) // outbound, FCS of 4 octets
			end := option(o, 0, nil)
			got, f, err := read(t, join(
				shb(o, option(o, 3, []byte("some OS")), end),
				idb(o, 1, 262144, option(o, 2, []byte("eth0\x00")),
					option(o, 3, []byte("the first")), option(o, 11, []byte("\x00tcp")),
					option(o, 12, []byte("Linux")), option(o, 13, []byte{32}),
					option(o, 15, []byte("a card")), end),
				idb(o, 276, 0, option(o, 9, []byte{9}), option(o, 11, []byte("\x01\x00")),
					option(o, 11, nil), option(o, 14, o.AppendUint64(nil, 1<<64-5))),
				epb(o, 0, 1_500_000, frame(60, 1)),
				epb(o, 1, 2_000_000_007, frame(57, 2), option(o, 1, []byte("one")),
					option(o, 2, flags), option(o, 1, []byte("two\x1b[2J")), end),
				spb(o, 62, frame(62, 3)),
				pb(o, 1, 7, 3_000_000_000, frame(0, 0)),
				pb(o, 0, 0xffff, 3_000_000, frame(5, 4), option(o, 2, flags), end),
				block(o, 6, epbBody(o, 0, 4_000_000, 20, 1500, frame(20, 5))),
			))
			if err != nil {
				t.Fatal(err)
			}
			at := func(sec, nanos int64) time.Time { return time.Unix(sec, nanos).UTC() }
			wants := []capture.Packet{
				{Link: 1, FCSLen: 4, HasTime: true},
				{Link: 276, FCSLen: 4, HasTime: true, Flags: 0x82,
					Comments: [][]byte{[]byte("one"), []byte("two\x1b[2J")}},
				{Link: 1, FCSLen: 4},
				{Link: 276, FCSLen: -1, HasTime: true},
				{Link: 1, FCSLen: 4, HasTime: true, Flags: 0x82},
				{Link: 1, FCSLen: 4, HasTime: true},
			}
			for i, more := range []struct {
				time    time.Time
				iface   int
				caplen  int
				wire    int
				content byte
			}{{at(1, 5e8), 0, 60, 60, 1}, {at(-3, 7), 1, 57, 57, 2}, {time.Time{}, 0, 62, 62, 3},
				{at(-2, 0), 1, 0, 0, 0}, {at(3, 0), 0, 5, 5, 4}, {at(4, 0), 0, 20, 1500, 5}} {
				w := &wants[i]
				w.Timestamp, w.InterfaceIndex, w.CaptureLength, w.Length = more.time, more.iface,
					more.caplen, more.wire
				w.Number, w.File, w.Data = int64(i+1), "test", frame(more.caplen, more.content)
			}
			if len(got) != len(wants) {
				t.Fatalf("%d packets, want %d", len(got), len(wants))
			}
			for i := range wants {
				if g, w := fmt.Sprintf("%+v", got[i]), fmt.Sprintf("%+v", wants[i]); g != w {
					t.Errorf("packet %d:\ngot  %s\nwant %s", i+1, g, w)
				}
			}
			ifaces := []capture.Interface{
				{Index: 0, Name: "eth0", Description: "the first", Filter: "tcp", OS: "Linux",
					Hardware: "a card", Link: 1, SnapLen: 262144, Resolution: capture.Microseconds,
					FCSLen: 4},
				{Index: 1, Link: 276, Resolution: capture.Nanoseconds, TimeOffset: -5, FCSLen: -1},
			}
			if !slices.Equal(f.Interfaces(), ifaces) {
				t.Errorf("interfaces %+v, want %+v", f.Interfaces(), ifaces)
			}
			if f.Format() != "pcapng" || f.Compression() != "" || f.Packets() != 6 {
				t.Errorf("%q %q %d packets", f.Format(), f.Compression(), f.Packets())
			}
		})
	}
}

// TestPcapngFCSLen checks if_fcslen in bits, as the draft defines it, and in octets, as its
// example.
func TestPcapngFCSLen(t *testing.T) {
	for value, want := range map[byte]int{0: 0, 2: 2, 4: 4, 16: 2, 32: 4} {
		got, _, err := read(t, join(shb(le), idb(le, 1, 0, option(le, 13, []byte{value})),
			epb(le, 0, 0, frame(9, 1))))
		if err != nil || len(got) != 1 || got[0].FCSLen != want {
			t.Errorf("if_fcslen %d: %+v, %v, want %d", value, got, err, want)
		}
	}
}

// TestPcapngOtherBlocks checks that blocks without a packet of any length are skipped and not
// counted.
func TestPcapngOtherBlocks(t *testing.T) {
	kinds := map[string]uint32{
		"reserved": 0, "name resolution": 4, "interface statistics": 5, "IRIG timestamp": 7,
		"ARINC 429": 8, "systemd journal": 9,
		"decryption secrets": 10, "sysdig event": 0x204, "custom": 0x0bad,
		"custom, not to be copied": 0x40000bad, "unknown": 0xdeadbeef,
	}
	for name, kind := range kinds {
		for _, n := range []int{0, 4, 100, bufferSize - 12, bufferSize, 3*bufferSize + 8,
			17 << 20} {
			if n == 17<<20 && name != "custom" {
				continue
			}
			got, _, err := read(t, join(shb(be), idb(be, 1, 0), block(be, kind, make([]byte, n)),
				epb(be, 0, 1, frame(60, 1)), block(be, kind, make([]byte, n))))
			if err != nil || len(got) != 1 || got[0].Number != 1 {
				t.Errorf("%s of %d bytes: %d packets, %v", name, n, len(got), err)
			}
		}
	}
}

// TestPcapngUnpaddedLength checks that a block length without the padding is accepted if the length
// at the block's end agrees, as in tshark.
func TestPcapngUnpaddedLength(t *testing.T) {
	for _, o := range []bo{le, be} {
		odd := rawBlock(o, 6, 12+20+57, 12+20+57, epbBody(o, 0, 1, 57, 57, frame(57, 2)))
		other := rawBlock(o, 99, 15, 15, []byte{1, 2, 3, 0})
		got, _, err := read(t, join(shb(o), idb(o, 1, 0), odd, other, epb(o, 0, 1, frame(60, 1))))
		if err != nil || len(got) != 2 || !bytes.Equal(got[0].Data, frame(57, 2)) ||
			!bytes.Equal(got[1].Data, frame(60, 1)) {
			t.Errorf("%d packets, %v", len(got), err)
		}
	}
}

// TestPcapngSimplePacket checks that a Simple Packet Block holds at most the snapshot length of the
// interface.
func TestPcapngSimplePacket(t *testing.T) {
	tests := []struct {
		snap, wire uint32
		data       int
		caplen     int
	}{{20, 60, 20, 20}, {0, 60, 60, 60}, {60, 60, 60, 60}, {61, 59, 59, 59}, {20, 60, 60, 20}}
	for _, tt := range tests {
		got, _, err := read(t, join(shb(le), idb(le, 1, tt.snap),
			spb(le, tt.wire, frame(tt.data, 1))))
		if err != nil || len(got) != 1 {
			t.Errorf("%+v: %d packets, %v", tt, len(got), err)
			continue
		}
		if p := got[0]; p.CaptureLength != tt.caplen || p.Length != int(tt.wire) || p.HasTime ||
			!p.Timestamp.IsZero() || !bytes.Equal(p.Data, frame(tt.caplen, 1)) {
			t.Errorf("%+v: %+v", tt, p)
		}
	}
	_, _, err := read(t, join(shb(le), idb(le, 1, 0), spb(le, 100, frame(60, 1))))
	mustFail(t, err, ErrLength, 48, 0)
}

func TestPcapngErrors(t *testing.T) {
	// 48 and 92 bytes
	head, good := join(shb(le), idb(le, 1, 65535)), epb(le, 0, 1_500_000, frame(60, 1))
	epbOf := func(id, caplen uint32) []byte {
		return block(le, 6,
			epbBody(le, id, 1, caplen, caplen, frame(60, 1)))
	}
	badMagic := shb(le)
	badMagic[8] = 0x4e
	tests := []struct {
		name    string
		tail    []byte // after head and good
		cause   error
		packets int64
		text    string
	}{
		{"trailer", join(rawBlock(le, 6, 92, 999, epbBody(le, 0, 1, 60, 60, frame(60, 1))), good),
			ErrTrailer, 1,
			"test: packet 2 at byte 140: block claims 92 bytes, and 999 bytes at its end (1 " +
				"packet read)"},
		{"trailer of another block", join(rawBlock(le, 99, 16, 17, make([]byte, 4)), good),
			ErrTrailer, 1,
			"test: block at byte 140: block claims 16 bytes, and 17 bytes at its end (1 packet " +
				"read)"},
		{"trailer of a long block", join(rawBlock(le, 99, 4<<20+12, 13, make([]byte, 4<<20)), good),
			ErrTrailer, 1, ""},
		{"length 0", join(rawBlock(le, 6, 0, 0, nil), good), ErrLength, 1,
			"test: packet 2 at byte 140: block claims 0 bytes, it needs 12 at least (1 packet " +
				"read)"},
		{"length 4", join(rawBlock(le, 6, 4, 4, nil), good), ErrLength, 1, ""},
		{"length 11", join(rawBlock(le, 6, 11, 11, nil), good), ErrLength, 1, ""},
		{"length 0 of another block", join(rawBlock(le, 99, 0, 0, nil), good), ErrLength, 1, ""},
		{"zeros after the end", make([]byte, 64), ErrLength, 1, ""},
		{"length 4 GiB", join(rawBlock(le, 6, 1<<32-4, 0, nil), good), ErrTooLarge, 1,
			"test: packet 2 at byte 140: record claims 4 GiB, the limit is 17.1 MiB (1 packet " +
				"read)"},
		{"packet above 16 MiB", join(epb(le, 0, 1, make([]byte, 16<<20+4)), good), ErrTooLarge, 1,
			"test: packet 2 at byte 140: record claims 4 bytes more than the limit of 16 MiB (1 " +
				"packet read)"},
		{"length above 16 MiB of an interface", join(rawBlock(le, 1, 16<<20+4, 0, nil), good),
			ErrTooLarge, 1,
			"test: interface at byte 140: block claims 4 bytes more than the limit of 16 MiB (1 " +
				"packet read)"},
		{"length above 128 MiB of another block", join(rawBlock(le, 99, 128<<20+4, 0, nil), good),
			ErrTooLarge, 1, ""},
		{"length 4 GiB less one byte", join(rawBlock(le, 6, 1<<32-1, 0, nil), good), ErrTooLarge, 1,
			""},
		{"length 4 GiB of another block", join(rawBlock(le, 99, 1<<32-4, 0, nil), good),
			ErrTooLarge, 1,
			"test: block at byte 140: block claims 4 GiB, the limit is 128 MiB (1 packet read)"},
		{"length 4 GiB of a section", rawBlock(le, 0x0a0d0d0a, 1<<32-4, 0, shb(le)[8:24]),
			ErrTooLarge, 1, ""},
		{"length 4 GiB of an interface", rawBlock(le, 1, 1<<32-4, 0, nil), ErrTooLarge, 1, ""},
		{"128 MiB of another block in a short file", join(rawBlock(le, 99, 128<<20, 0, nil), good),
			ErrCut, 1,
			"test: block at byte 140: block claims 128 MiB, the file has 104 bytes left (1 " +
				"packet read)"},
		{"no multiple of 4, end elsewhere", join(rawBlock(le, 6, 89, 89,
			epbBody(le, 0, 1, 57, 57, frame(57, 1))[:77]), good), ErrLength, 1, ""},
		{"packet larger than its block", join(epbOf(0, 61), good), ErrLength, 1,
			"test: packet 2 at byte 140: packet claims 61 bytes, its block holds 60 " +
				"bytes (1 packet read)"},
		{"packet of 4 GiB in a block of 92", join(epbOf(0, 1<<32-1), good), ErrLength, 1, ""},
		{"packet block too short", join(block(le, 6, make([]byte, 16)), good), ErrLength, 1, ""},
		{"simple packet block too short", join(block(le, 3), good), ErrLength, 1, ""},
		{"interface block too short", join(block(le, 1, make([]byte, 4)), good), ErrLength, 1, ""},
		{"unknown interface", join(epbOf(1, 60), good), ErrInterface, 1,
			"test: packet 2 at byte 140: it is of interface 1, counted from 0, and the section " +
				"has described 1 (1 packet read)"},
		{"interface 4294967295", join(epbOf(1<<32-1, 60), good), ErrInterface, 1, ""},
		{"unknown interface of the obsolete block", pb(le, 0xffff, 0, 1, frame(60, 1)),
			ErrInterface, 1, ""},
		{"new section without interfaces", join(shb(le), good), ErrInterface, 1, ""},
		{"new section without interfaces, simple", join(shb(be), spb(be, 4, frame(4, 1))),
			ErrInterface, 1, ""},
		{"section of version 2", join(shbVersion(le, 2, 0), good), ErrVersion, 1,
			"test: section header at byte 140: pcapng version 2.0, version 1.0 is read (1 " +
				"packet read)"},
		{"section of version 1.1", join(shbVersion(le, 1, 1), good), ErrVersion, 1, ""},
		{"section without byte order", badMagic, ErrUnknownFormat, 1, ""},
		{"section header too short", rawBlock(le, 0x0a0d0d0a, 24, 24, shb(le)[8:20]), ErrCut, 1,
			""},
		{"section claims too little", rawBlock(le, 0x0a0d0d0a, 24, 24, shb(le)[8:24]), ErrLength, 1,
			""},
		{"cut in a block's head", good[:7], ErrCut, 1,
			"test: block at byte 140: a header takes 8 bytes, the file has 7 bytes left (1 " +
				"packet read)"},
		{"cut in a packet", good[:91], ErrCut, 1,
			"test: packet 2 at byte 140: record claims 92 bytes, the file has 91 bytes left (1 " +
				"packet read)"},
		{"cut in another block", block(le, 99, make([]byte, 400))[:100], ErrCut, 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := read(t, join(head, good, tt.tail))
			offset := int64(len(head) + len(good))
			switch tt.name { // cases with valid blocks before the fault
			case "new section without interfaces", "new section without interfaces, simple":
				offset += 28
			}
			if len(got) != int(tt.packets) || !bytes.Equal(got[0].Data, frame(60, 1)) {
				t.Errorf("%d packets", len(got))
			}
			mustFail(t, err, tt.cause, offset, tt.packets)
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("got  %q\nwant %q", err, tt.text)
			}
		})
	}
}

// TestPcapngSoftFaults checks blocks with a wrong option but matching lengths. Everything is read,
// and the fault is returned at the end.
func TestPcapngSoftFaults(t *testing.T) {
	good := epb(le, 0, 1, frame(60, 1))
	tests := []struct {
		name    string
		section []byte
		iface   []byte
		packet  []byte
		cause   error
		offset  int64
		packet0 int64
		text    string
	}{
		{name: "packet", packet: epb(le, 0, 1, frame(60, 2), rawOption(le, 1, 400, []byte("abcd"))),
			cause: ErrLength, offset: 140, packet0: 1,
			text: "test: packet 2 at byte 140: option 1 claims 400 bytes, its block has 4 bytes " +
				"left (3 packets read all the same)"},
		{name: "interface", iface: idb(le, 1, 0, rawOption(le, 2, 300, []byte("eth0"))),
			cause: ErrLength, offset: 28},
		{name: "resolution of two bytes", iface: idb(le, 1, 0, option(le, 9, []byte{9, 9})),
			cause: ErrLength, offset: 28,
			text: "test: interface at byte 28: option 9 has 2 bytes, it must have 1 (3 packets " +
				"read all the same)"},
		{name: "offset of four bytes", iface: idb(le, 1, 0, option(le, 14, make([]byte, 4))),
			cause: ErrLength, offset: 28},
		{name: "too many comments", packet: epb(le, 0, 1, frame(60, 2),
			bytes.Repeat(option(le, 1, nil), 1001)), cause: ErrTooLarge, offset: 140, packet0: 1},
		{name: "too much comment", packet: epb(le, 0, 1, frame(60, 2),
			bytes.Repeat(option(le, 1, make([]byte, 65532)), 17)), cause: ErrTooLarge, offset: 140,
			packet0: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			iface, packet := idb(le, 1, 0), epb(le, 0, 1, frame(60, 2))
			if tt.iface != nil {
				iface = tt.iface
			} else {
				packet = tt.packet
			}
			got, _, err := read(t, join(shb(le), iface, good, packet, good))
			if len(got) != 3 || !bytes.Equal(got[1].Data, frame(60, 2)) ||
				!bytes.Equal(got[2].Data, frame(60, 1)) {
				t.Errorf("%d packets", len(got))
			}
			if tt.packet != nil {
				tt.offset = int64(28 + len(iface) + len(good))
			}
			mustFail(t, err, tt.cause, tt.offset, tt.packet0)
			if tt.text != "" && err.Error() != strings.Replace(tt.text, "byte 140",
				fmt.Sprint("byte ", tt.offset), 1) {
				t.Errorf("got  %q\nwant %q", err, tt.text)
			}
		})
	}
	bad := epb(le, 0, 1, frame(60, 2), rawOption(le, 1, 400, []byte("abcd")))
	_, _, err := read(t, join(shb(le), idb(le, 1, 0), bad, bad, bad))
	if err == nil || !strings.Contains(err.Error(),
		"left, and 2 more such faults (3 packets read all the same)") {
		t.Errorf("three faults: %v", err)
	}
}
