package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
	"time"
)

// Each test here is about a trap of gopacket 1.1.19's pcapgo, and shows the result of this package
// instead. trap_pcapgo_test.go shows that pcapgo really has the traps.

func TestTrapCutFileIsCleanEOF(t *testing.T) {
	for _, tt := range []struct{ file, record []byte }{
		{plainPcapng(le), spb(le, 62, frame(62, 3))},
		{plainPcap(le), simpleRecord(le, 5, 6, frame(61, 2))},
	} {
		got, _, err := read(t, tt.file[:len(tt.file)-3])
		if len(got) != 2 {
			t.Errorf("%d packets", len(got))
		}
		mustFail(t, err, ErrCut, int64(len(tt.file)-len(tt.record)), 2)
	}
}

func TestTrapBlockLengthsSwallowTheRest(t *testing.T) {
	head, good := join(shb(le), idb(le, 1, 65535)), epb(le, 0, 1, frame(60, 1))
	for _, length := range []uint32{0, 4, 1<<32 - 4} {
		file := join(head, good, rawBlock(le, 99, length, length, nil), good, good)
		got, _, err := read(t, file)
		cause := ErrLength
		if length > 4 {
			cause = ErrTooLarge
		}
		if len(got) != 1 {
			t.Errorf("length %d: %d packets", length, len(got))
		}
		mustFail(t, err, cause, int64(len(head)+len(good)), 1)
	}
}

// TestTrapLengthsAllocate checks that the reader does not allocate a claimed length.
func TestTrapLengthsAllocate(t *testing.T) {
	header := plainHeader()
	header.snap = 256 << 20
	file := join(header.bytes(le), record(le, 1, 2, 256<<20, 256<<20, nil, frame(4, 1)))
	if grown := allocated(func() {
		_, _, err := read(t, file)
		mustFail(t, err, ErrTooLarge, 24, 0)
	}); grown > 4<<20 {
		t.Errorf("%d bytes are allocated", grown)
	}
}

// allocated returns the number of bytes that f allocates, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestTrapTimeResolutions(t *testing.T) {
	tests := []struct {
		tsresol byte
		v       uint64
		want    time.Time
	}{
		{0, 1_700_000_000, time.Unix(1_700_000_000, 0)},
		{20, 1e19, time.Unix(0, 100_000_000)},
		{64, 1e19, time.Unix(0, 0)},
		{0xc0, 1 << 63, time.Unix(0, 500_000_000)},
	}
	for _, tt := range tests {
		file := join(shb(le), idb(le, 1, 65535, option(le, 9, []byte{tt.tsresol}),
			option(le, 0, nil)), epb(le, 0, tt.v, frame(60, 1)))
		got, _, err := read(t, file)
		if err != nil || len(got) != 1 || !got[0].Timestamp.Equal(tt.want) {
			t.Errorf("if_tsresol %#x: %+v, %v, want %v", tt.tsresol, got, err, tt.want)
		}
	}
}

func TestTrapTrailerMismatchIsAccepted(t *testing.T) {
	head := join(shb(le), idb(le, 1, 65535))
	file := join(head, rawBlock(le, 6, 92, 91, epbBody(le, 0, 1, 60, 60, frame(60, 1))))
	_, _, err := read(t, file)
	mustFail(t, err, ErrTrailer, int64(len(head)), 0)
}

func TestTrapSecondLinkTypeIsDropped(t *testing.T) {
	file := join(shb(le), idb(le, 1, 0), idb(le, 101, 0), epb(le, 0, 1, frame(60, 1)),
		epb(le, 1, 2, frame(61, 2)), epb(le, 0, 3, frame(62, 3)))
	got, _, err := read(t, file)
	if err != nil || len(got) != 3 || got[1].Link != 101 || got[1].Number != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTrapLinkTypesWrap(t *testing.T) {
	header := plainHeader()
	header.link = 276 // SLL2; 276-256 is 20
	file := join(header.bytes(le), simpleRecord(le, 1, 2, frame(60, 1)))
	got, _, err := read(t, file)
	if err != nil || len(got) != 1 || got[0].Link != 276 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTrapSnapshotLength(t *testing.T) {
	for _, snap := range []uint32{0, 10} {
		header := plainHeader()
		header.snap = snap
		file := join(header.bytes(le), simpleRecord(le, 1, 2, frame(60, 1)),
			simpleRecord(le, 1, 2, frame(61, 1)))
		got, _, err := read(t, file)
		if err != nil || len(got) != 2 || got[1].CaptureLength != 61 {
			t.Errorf("snapshot length %d: %+v, %v", snap, got, err)
		}
	}
}

func TestTrapMicrosecondsWrap(t *testing.T) {
	file := join(plainHeader().bytes(le), simpleRecord(le, 1, 5_000_000, frame(60, 1)))
	want := time.Unix(6, 0)
	got, _, err := read(t, file)
	if err != nil || len(got) != 1 || !got[0].Timestamp.Equal(want) {
		t.Errorf("%+v, %v, want %v", got, err, want)
	}
}

func TestTrapInterfaceBlocksWithoutEnd(t *testing.T) {
	file := join(shb(le), bytes.Repeat(idb(le, 1, 65535), 1_000_000))
	grown := allocated(func() {
		_, _, err := read(t, file)
		mustFail(t, err, ErrTooLarge, 28+20*maxInterfaces, 0)
	})
	if grown > 32<<20 {
		t.Errorf("%d MiB are allocated", grown>>20)
	}
}

// TestTrapReadErrorsEndTheLoop checks read errors: gopacket's PacketSource drops them and retries
// forever.
func TestTrapReadErrorsEndTheLoop(t *testing.T) {
	gone := errors.New("the network share is gone")
	file := plainPcap(le)
	f, err := NewReader(io.MultiReader(bytes.NewReader(file[:110]), iotest.ErrReader(gone)), "test",
		Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := drain(t, f) // it calls Next again after the error
	if len(got) != 1 {
		t.Errorf("%d packets", len(got))
	}
	mustFail(t, err, gone, 100, 1)
}

func TestTrapOldVersions(t *testing.T) {
	header := plainHeader()
	header.minor = 3
	file := join(header.bytes(le), simpleRecord(le, 1, 2, frame(60, 1)))
	if got, _, err := read(t, file); err != nil || len(got) != 1 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}
