package pcapfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestClaimsInCompressedFiles checks that a claim beyond the end of a compressed file is reported
// as one, though its decompressed length is known only at its end.
func TestClaimsInCompressedFiles(t *testing.T) {
	head := join(shb(le), idb(le, 1, 65535), epb(le, 0, 1, frame(60, 1)))
	small := join(head, rawBlock(le, 99, 1<<32-4, 0, make([]byte, 40)))
	large := join(head, rawBlock(le, 99, 1<<32-4, 0, make([]byte, 2*bufferSize)))
	const packets = " (1 packet read)"
	for _, c := range []struct {
		what string
		data []byte
		text string
	}{
		// 12 bytes of the block around its content
		{"near the end", small, "block claims 4 GiB, the file has 52 bytes left" + packets},
		{"far from it", large, "block claims 4 GiB, the limit is 128 MiB" + packets},
	} {
		for name, data := range map[string][]byte{"gz": compressGzip(t, c.data),
			"zst": compressZstd(t, c.data, 1<<20), "lz4": compressLZ4(t, c.data)} {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := Open(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = drain(t, f)
			if want := path + ": block at byte 140: " + c.text; err.Error() != want {
				t.Errorf("%s: got  %q\nwant %q", c.what, err, want)
			}
			f.Close()
		}
	}
}
