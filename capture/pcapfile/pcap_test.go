package pcapfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// want is an expected packet; data is omitted if its length is enough.
type want struct {
	sec, nanos int64
	caplen     int
	wire       int
}

func checkPackets(t *testing.T, got []capture.Packet, wants []want) {
	t.Helper()
	if len(got) != len(wants) {
		t.Fatalf("%d packets, want %d", len(got), len(wants))
	}
	for i, w := range wants {
		p := got[i]
		if at := time.Unix(w.sec, w.nanos).UTC(); !p.Timestamp.Equal(at) ||
			p.Timestamp.Location() != time.UTC || !p.HasTime {
			t.Errorf("packet %d: time %v (%v), want %v", i+1, p.Timestamp, p.HasTime, at)
		}
		if p.CaptureLength != w.caplen || p.Length != w.wire || p.Number != int64(i+1) ||
			p.File != "test" {
			t.Errorf("packet %d: number %d of %q, captured %d of %d, want %d of %d", i+1, p.Number,
				p.File, p.CaptureLength, p.Length, w.caplen, w.wire)
		}
	}
}

func TestPcapVariants(t *testing.T) {
	with := func(change func(*pcapHeader)) pcapHeader {
		h := plainHeader()
		change(&h)
		return h
	}
	f60 := frame(60, 1)
	tests := []struct {
		name   string
		header pcapHeader
		more   []byte // of each record header
		rec    [4]uint32
		data   []byte
		format string
		link   linktype.Type
		fcs    int
		want   want
	}{
		{"microseconds", plainHeader(), nil, [4]uint32{1, 2, 60, 60}, f60, "pcap", 1, -1,
			want{1, 2000, 60, 60}},
		{"nanoseconds", with(func(h *pcapHeader) { h.magic = 0xa1b23c4d }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap-ns", 1, -1, want{1, 2, 60, 60}},
		{"modified", with(func(h *pcapHeader) { h.magic = 0xa1b2cd34 }), make([]byte, 8),
			[4]uint32{1, 2, 60, 60}, f60, "pcap-modified", 1, -1, want{1, 2000, 60, 60}},
		{"ixia software", with(func(h *pcapHeader) {
			h.magic, h.more = 0x1c0001ab,
				[]byte{1, 2, 3, 4}
		}), nil, [4]uint32{1, 2, 60, 60}, f60, "pcap-ixia", 1, -1, want{1, 2000, 60, 60}},
		{"ixia hardware", with(func(h *pcapHeader) {
			h.magic, h.more = 0x1c0001ac,
				[]byte{1, 2, 3, 4}
		}), nil, [4]uint32{1, 2, 60, 60}, f60, "pcap-ixia", 1, -1, want{1, 2000, 60, 60}},
		{"2.2 has the lengths swapped", with(func(h *pcapHeader) { h.minor = 2 }), nil,
			[4]uint32{1, 2, 70, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 70}},
		{"2.3 as now", with(func(h *pcapHeader) { h.minor = 3 }), nil, [4]uint32{1, 2, 60, 70}, f60,
			"pcap", 1, -1, want{1, 2000, 60, 70}},
		{"2.3 as before", with(func(h *pcapHeader) { h.minor = 3 }), nil, [4]uint32{1, 2, 70, 60},
			f60, "pcap", 1, -1, want{1, 2000, 60, 70}},
		{"2.5 is no reason to stop", with(func(h *pcapHeader) { h.minor = 5 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 60}},
		{"543.0 of DG/UX", with(func(h *pcapHeader) { h.major, h.minor = 543, 0 }), nil,
			[4]uint32{1, 2, 70, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 70}},
		{"AIX", with(func(h *pcapHeader) { h.minor, h.link = 2, 6 }), nil, [4]uint32{1, 2, 70, 60},
			f60, "pcap-aix", 1, -1, want{1, 2, 60, 70}},
		{"link type above 255", with(func(h *pcapHeader) { h.link = 276 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 276, -1, want{1, 2000, 60, 60}},
		{"FCS of two 16-bit units", with(func(h *pcapHeader) { h.link = 0x24000001 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 1, 4, want{1, 2000, 60, 60}},
		{"FCS length without its flag", with(func(h *pcapHeader) { h.link = 0x20000001 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 60}},
		{"reserved bits make another type", with(func(h *pcapHeader) { h.link = 0x00010001 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 65537, -1, want{1, 2000, 60, 60}},
		{"snapshot length 0", with(func(h *pcapHeader) { h.snap = 0 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 60}},
		{"longer than the snapshot length", with(func(h *pcapHeader) { h.snap = 10 }), nil,
			[4]uint32{1, 2, 60, 60}, f60, "pcap", 1, -1, want{1, 2000, 60, 60}},
		{"captured more than there was", plainHeader(), nil, [4]uint32{1, 2, 60, 20}, f60, "pcap",
			1, -1, want{1, 2000, 60, 20}},
		{"5 s in microseconds", plainHeader(), nil, [4]uint32{1, 5_000_000, 60, 60}, f60, "pcap", 1,
			-1, want{6, 0, 60, 60}},
		{"as many microseconds as fit", plainHeader(), nil, [4]uint32{1, 1<<32 - 1, 60, 60}, f60,
			"pcap", 1, -1, want{1 + 4294, 967295000, 60, 60}},
		{"the year 2106", plainHeader(), nil, [4]uint32{1<<32 - 1, 999999, 60, 60}, f60, "pcap", 1,
			-1, want{1<<32 - 1, 999999000, 60, 60}},
		{"as long as libpcap takes", plainHeader(), nil, [4]uint32{1, 2, 262144, 262144},
			frame(262144, 1), "pcap", 1, -1, want{1, 2000, 262144, 262144}},
		{"longer, by its header", with(func(h *pcapHeader) { h.snap = 1 << 20 }), nil,
			[4]uint32{1, 2, 1 << 20, 1 << 20}, frame(1<<20, 1), "pcap", 1, -1,
			want{1, 2000, 1 << 20, 1 << 20}},
		{"USB, 16 MiB", with(func(h *pcapHeader) { h.link = 189 }), nil,
			[4]uint32{1, 2, 16 << 20, 16 << 20}, frame(16<<20, 1), "pcap", 189, -1,
			want{1, 2000, 16 << 20, 16 << 20}},
		{"EBHSCR, 8 MiB", with(func(h *pcapHeader) { h.link = 279 }), nil,
			[4]uint32{1, 2, 8 << 20, 8 << 20}, frame(8<<20, 1), "pcap", 279, -1,
			want{1, 2000, 8 << 20, 8 << 20}},
	}
	for _, o := range []bo{le, be} {
		for _, tt := range tests {
			t.Run(o.String()+" "+tt.name, func(t *testing.T) {
				rec := record(o, tt.rec[0], tt.rec[1], tt.rec[2], tt.rec[3], tt.more, tt.data)
				got, f, err := read(t, join(tt.header.bytes(o), rec, rec))
				if err != nil {
					t.Fatal(err)
				}
				checkPackets(t, got, []want{tt.want, tt.want})
				for _, p := range got {
					if !bytes.Equal(p.Data, tt.data) || p.Link != tt.link || p.FCSLen != tt.fcs ||
						p.InterfaceIndex != 0 {
						t.Errorf("link %d, FCS %d, interface %d, %d bytes", p.Link, p.FCSLen,
							p.InterfaceIndex, len(p.Data))
					}
				}
				in := f.Interfaces()
				if f.Format() != tt.format || len(in) != 1 || in[0].Link != tt.link ||
					in[0].SnapLen != tt.header.snap || in[0].FCSLen != tt.fcs {
					t.Errorf("format %q, interfaces %+v", f.Format(), in)
				}
			})
		}
	}
}

// TestPcapGuesses checks record headers that share a magic number with others. Their first two
// records identify them, in files only. One record alone is read as a plain file that was cut.
func TestPcapGuesses(t *testing.T) {
	tests := []struct {
		name   string
		magic  uint32
		more   int
		format string
	}{
		{"plain", 0xa1b2c3d4, 0, "pcap"},
		{"nokia", 0xa1b2c3d4, 4, "pcap-nokia"},
		{"redhat", 0xa1b2c3d4, 8, "pcap-redhat6.1"},
		{"modified", 0xa1b2cd34, 8, "pcap-modified"},
		{"suse", 0xa1b2cd34, 12, "pcap-suse6.3"},
	}
	for _, o := range []bo{le, be} {
		for _, n := range []int{2, 3, 5, 20000} {
			for _, tt := range tests {
				h := plainHeader()
				h.magic = tt.magic
				data := h.bytes(o)
				for i := range n {
					data = append(data, record(o, uint32(1e9+i), 5, 60, 60,
						bytes.Repeat([]byte{0x5a}, tt.more), frame(60, byte(i)))...)
				}
				name := filepath.Join(t.TempDir(), "f")
				if err := os.WriteFile(name, data, 0o600); err != nil {
					t.Fatal(err)
				}
				f, err := Open(name, Options{})
				if err != nil {
					t.Fatal(err)
				}
				packets, err := drain(t, f)
				if err != nil || f.Format() != tt.format || len(packets) != n ||
					!bytes.Equal(packets[n-1].Data, frame(60, byte(n-1))) {
					t.Errorf("%s, %d records: %s, %d packets, %v", tt.name, n, f.Format(),
						len(packets), err)
				}
				f.Close()
			}
		}
	}
}

// TestPcapCutIsNotGuessed checks that a cut file is read as plain. Its one complete record and the
// bytes after it might also have a longer record header.
func TestPcapCutIsNotGuessed(t *testing.T) {
	for _, o := range []bo{le, be} {
		whole := plainHeader().bytes(o)
		for i := range 2 {
			whole = append(whole, simpleRecord(o, uint32(1e9+i), 5, frame(60, byte(i)))...)
		}
		const one = 24 + 16 + 60 // file header, record header, frame
		for n := one + 1; n < len(whole); n++ {
			f, err := Open(writeFiles(t, whole[:n])[0], Options{})
			if err != nil {
				t.Fatal(err)
			}
			packets, err := drain(t, f)
			if !errors.Is(err, ErrCut) || f.Format() != "pcap" || len(packets) != 1 ||
				!bytes.Equal(packets[0].Data, frame(60, 0)) {
				t.Errorf("cut to %d of %d bytes: %s, %d packets, %v", n, len(whole), f.Format(),
					len(packets), err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestPcapErrors(t *testing.T) {
	head := func(change func(*pcapHeader)) []byte {
		h := plainHeader()
		change(&h)
		return h.bytes(le)
	}
	plain, good := plainHeader().bytes(le), simpleRecord(le, 1, 2, frame(60, 1))
	lie := func(caplen uint32) []byte { return record(le, 1, 2, caplen, caplen, nil, frame(36, 2)) }
	tests := []struct {
		name    string
		data    []byte
		cause   error
		offset  int64
		packets int64
		text    string
	}{
		{"version 1", head(func(h *pcapHeader) { h.major = 1 }), ErrVersion, 0, 0,
			"test: pcap version 1.4, versions 2.x are read"},
		{"version 3", head(func(h *pcapHeader) { h.major = 3 }), ErrVersion, 0, 0, ""},
		{"version 543.1", head(func(h *pcapHeader) { h.major, h.minor = 543, 1 }), ErrVersion, 0, 0,
			""},
		{"header cut", plain[:23], ErrCut, 0, 0,
			"test: a header takes 24 bytes, the file has 23 bytes left"},
		{"record header cut", join(plain, good, good[:15]), ErrCut, 100, 1,
			"test: packet 2 at byte 100: a header takes 16 bytes, the file has 15 bytes left (1 " +
				"packet read)"},
		{"record cut", join(plain, good, good, good[:75]), ErrCut, 176, 2,
			"test: packet 3 at byte 176: record claims 76 bytes, the file has 75 bytes left (2 " +
				"packets read)"},
		{"4 GiB", join(plain, good, lie(1<<32-1)), ErrTooLarge, 100, 1, ""},
		{"2 GiB", join(plain, good, lie(1<<31)), ErrTooLarge, 100, 1, ""},
		{"a byte above libpcap's limit", join(plain, good, lie(262145), make([]byte, 300000)),
			ErrTooLarge, 100, 1,
			"test: packet 2 at byte 100: record claims 262 145 bytes, the limit is 262 144 " +
				"bytes (1 packet read)"},
		{"an absurd snapshot length is no license",
			join(head(func(h *pcapHeader) { h.snap = 1<<32 - 1 }), good, lie(262145)), ErrTooLarge,
			100, 1, ""},
		{"USB above 16 MiB", join(head(func(h *pcapHeader) { h.link = 189 }), good, lie(16<<20+1)),
			ErrTooLarge, 100, 1, ""},
		{"less than the limit, more than there is", join(plain, good, lie(262144)), ErrCut, 100, 1,
			"test: packet 2 at byte 100: record claims 262 160 bytes, the file has 52 bytes " +
				"left (1 packet read)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _, err := read(t, tt.data)
			if len(got) != int(tt.packets) {
				t.Errorf("%d packets", len(got))
			}
			mustFail(t, err, tt.cause, tt.offset, tt.packets)
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("got  %q\nwant %q", err, tt.text)
			}
		})
	}
}

// TestErrorText checks the documented message, for a file of known size.
func TestErrorText(t *testing.T) {
	data := plainHeader().bytes(le)
	const packets, before = 1041, 83211 - 24 // the wrong length begins at byte 83 211
	for i := range packets {
		n := before/packets - 16
		if i == 0 {
			n += before % packets
		}
		data = append(data, simpleRecord(le, 1, 2, frame(n, byte(i)))...)
	}
	data = append(data, record(le, 1, 2, 1<<32-1, 60, nil, frame(36, 1))...)
	name := filepath.Join(t.TempDir(), "capture.pcap")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = drain(t, f)
	const text = ": packet 1042 at byte 83 211: record claims 4 GiB, the file has 52 bytes left " +
		"(1041 packets read)"
	if err.Error() != name+text {
		t.Errorf("got  %q\nwant %q", err, name+text)
	}
	mustFail(t, err, ErrTooLarge, 83211, 1041)
}
