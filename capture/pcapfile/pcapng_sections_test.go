package pcapfile

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// TestPcapngSections checks that a section resets byte order, interfaces and link types. Packet
// numbers continue.
func TestPcapngSections(t *testing.T) {
	got, f, err := read(t, join(
		shb(le), idb(le, 1, 0), idb(le, 101, 0), epb(le, 1, 1, frame(60, 1)),
		shb(be), idb(be, 228, 0, option(be, 9, []byte{3})), epb(be, 0, 1500, frame(61, 2)),
		shbVersion(le, 1, 2), idb(le, 113, 0), spb(le, 62, frame(62, 3)),
		shb(be)))
	if err != nil || len(got) != 3 {
		t.Fatalf("%d packets, %v", len(got), err)
	}
	for i, link := range []linktype.Type{101, 228, 113} {
		if got[i].Link != link || got[i].Number != int64(i+1) ||
			!bytes.Equal(got[i].Data, frame(60+i, byte(i+1))) {
			t.Errorf("packet %d: number %d, link %d", i+1, got[i].Number, got[i].Link)
		}
	}
	if want := time.Unix(1, 5e8); !got[1].Timestamp.Equal(want) {
		t.Errorf("time %v, want %v", got[1].Timestamp, want)
	}
	if len(f.Interfaces()) != 0 {
		t.Errorf("the last section has no interface, got %+v", f.Interfaces())
	}
}

// TestPcapngLongBlockInBuffer checks that a skipped block may be longer than a record, even if a
// large buffer contains all of it.
func TestPcapngLongBlockInBuffer(t *testing.T) {
	const between = 10 // enough to fill the buffer once more before the long block
	longest, long := epb(le, 0, 1, make([]byte, maxBlock-32)), block(le, 99, make([]byte, maxBlock))
	file := join(shb(le), idb(le, 1, 0), longest,
		bytes.Repeat(epb(le, 0, 1, frame(60_000, 1)), between), long, epb(le, 0, 1, frame(60, 1)))
	if got, _, err := read(t, file); err != nil || len(got) != between+2 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

// TestPcapngInterfacesOfSections checks that cached interfaces of one section do not affect the
// next.
func TestPcapngInterfacesOfSections(t *testing.T) {
	var file []byte
	for _, name := range []string{"eth0", "wlan0"} {
		file = append(file, join(shb(le), idb(le, 1, 0, option(le, 2, []byte(name))),
			epb(le, 0, 1, frame(60, 1)), idb(le, 1, 0, option(le, 2, []byte(name+"b"))),
			epb(le, 1, 1, frame(60, 1)))...)
	}
	f, err := NewReader(bytes.NewReader(file), "test", Options{})
	if err != nil {
		t.Fatal(err)
	}
	var p capture.Packet
	for i, want := range []string{"eth0", "eth0b", "wlan0", "wlan0b"} {
		if err := f.Next(&p); err != nil {
			t.Fatal(err)
		}
		if in := f.Interfaces(); len(in) != i%2+1 || in[p.InterfaceIndex].Name != want ||
			in[p.InterfaceIndex].Index != i%2 {
			t.Errorf("packet %d is of %+v, want %s", i+1, in, want)
		}
	}
}

// TestPcapngInterfaceLimits checks the limits on the number and the names of interfaces.
func TestPcapngInterfaceLimits(t *testing.T) {
	many := join(shb(le), bytes.Repeat(idb(le, 1, 0), maxInterfaces))
	got, f, err := read(t, join(many, epb(le, maxInterfaces-1, 1, frame(60, 1))))
	if err != nil || len(got) != 1 || len(f.Interfaces()) != maxInterfaces {
		t.Errorf("%d interfaces: %d packets, %v", maxInterfaces, len(got), err)
	}
	_, _, err = read(t, join(many, idb(le, 1, 0)))
	mustFail(t, err, ErrTooLarge, 28+20*maxInterfaces, 0)
	if want := "test: interface at byte 163 868: more than 8192 interfaces in one section (0 " +
		"packets read)"; err.Error() != want {
		t.Errorf("got  %q\nwant %q", err, want)
	}

	name := idb(le, 1, 0, option(le, 2, bytes.Repeat([]byte("n"), 65535)))
	got, f, err = read(t, join(shb(le), name, epb(le, 0, 1, frame(60, 1))))
	if err != nil || len(got) != 1 || len(f.Interfaces()[0].Name) != maxString {
		t.Errorf("a long name: %d packets, %v", len(got), err)
	}
	_, _, err = read(t, join(shb(le), bytes.Repeat(name, 257)))
	mustFail(t, err, ErrTooLarge, int64(28+256*len(name)), 0)
}

// TestPcapngByteOrderPerSection checks that only a section's own magic number determines its byte
// order.
func TestPcapngByteOrderPerSection(t *testing.T) {
	var file []byte
	for i := range 8 {
		o := []bo{le, be}[i%2]
		file = append(file, join(shb(o), idb(o, 1, 0),
			epb(o, 0, 1_000_000, binary.BigEndian.AppendUint32(nil, uint32(i))))...)
	}
	got, _, err := read(t, file)
	if err != nil || len(got) != 8 {
		t.Fatalf("%d packets, %v", len(got), err)
	}
	for i, p := range got {
		if binary.BigEndian.Uint32(p.Data) != uint32(i) || p.Timestamp.Unix() != 1 {
			t.Errorf("packet %d: % x at %v", i+1, p.Data, p.Timestamp)
		}
	}
}
