package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// TestMaxDecompressed checks that the limit is exact to the byte for each compression. All complete
// packets before it are read, and the error contains the offset of the next one.
func TestMaxDecompressed(t *testing.T) {
	header, zeros := plainHeader().bytes(le), make([]byte, 9*mib) // records of no bytes
	const fileHeader, record = 24, 16
	for _, c := range []struct {
		name string
		data []byte
		all  int64 // bytes after decompression
	}{
		{"gzip", join(compressGzip(t, header), bytes.Repeat(compressGzip(t, zeros), 2)),
			fileHeader + 18*mib},
		{"zstd", compressZstd(t, join(header, bytes.Repeat(zeros, 2)), defaultWindow), fileHeader +
			18*mib},
		{"lz4", join(compressLZ4(t, header), bytes.Repeat(compressLZ4(t, zeros), 2)), fileHeader +
			18*mib},
		{"bzip2", join(unbase64(t, bzip2Header), bytes.Repeat(unbase64(t, bzip2Zeros), 2)),
			fileHeader + 18*mib},
		{"xz", join(storeXZ(header, 40), bytes.Repeat(unbase64(t, xzMebibyte), 18)), fileHeader +
			18*mib},
	} {
		for _, limit := range []int64{fileHeader, fileHeader + record - 1, 100_000, mib, c.all - 1,
			c.all, 0} {
			f, err := NewReader(bytes.NewReader(c.data), "bomb", Options{MaxDecompressed: limit})
			if err != nil {
				t.Fatal(err)
			}
			var p capture.Packet
			for err == nil {
				err = f.Next(&p)
			}
			whole, cut := (c.all-fileHeader)/record, limit != 0 && limit < c.all
			if cut {
				whole = (limit - fileHeader) / record
			}
			var fe *FormatError
			good := !cut && err == io.EOF || cut && errors.Is(err, ErrTooLarge) &&
				errors.As(err, &fe) && fe.Offset == fileHeader+record*whole && fe.Packet == whole
			if f.Packets() != whole || !good {
				t.Errorf("%s, at most %d bytes: %d packets of %d, %v", c.name, limit, f.Packets(),
					whole, err)
			}
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	const want = "bomb: packet 65535 at byte 1 048 568: gzip data exceeds the limit of 1 " +
		"MiB after decompression (65534 packets read)"
	f, err := NewReader(bytes.NewReader(compressGzip(t, join(header, zeros))), "bomb",
		Options{MaxDecompressed: mib})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := drain(t, f); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestMaxDecompressedInHeader checks that a limit within the file's header is reported as a limit.
func TestMaxDecompressedInHeader(t *testing.T) {
	_, err := NewReader(bytes.NewReader(compressGzip(t, plainPcap(le))), "bomb",
		Options{MaxDecompressed: 10})
	if !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// TestMaxDecompressedOfPlain checks that an uncompressed file has no such limit.
func TestMaxDecompressedOfPlain(t *testing.T) {
	f, err := NewReader(bytes.NewReader(plainPcap(le)), "plain", Options{MaxDecompressed: 30})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := drain(t, f); err != nil || len(got) < 2 {
		t.Errorf("%d packets, %v", len(got), err)
	}
}
