package pcapfile_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
)

// TestContextEndsReading checks that reading ends with the context. Packets read before it are
// valid, and the error is the cause. This must also hold while few bytes decompress to very many.
func TestContextEndsReading(t *testing.T) {
	head := []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x04\x00\x01\x00\x00\x00")
	plain := append(head, make([]byte, 16<<20)...) // a million empty records
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"plain": plain, "zstd": enc.EncodeAll(plain, nil)} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			opt := pcapfile.Options{Context: ctx}
			f, err := pcapfile.NewReader(io.MultiReader(bytes.NewReader(data)), name, opt)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			enough := errors.New("enough")
			var p capture.Packet
			n := 0
			for err = f.Next(&p); err == nil; err = f.Next(&p) {
				if n++; n == 100 {
					cancel(enough)
				}
			}
			if !errors.Is(err, enough) || n < 100 || n > 100_000 {
				t.Errorf("%d packets, %v", n, err)
			}
		})
	}
}
