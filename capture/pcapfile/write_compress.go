package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A Compression is the compression of a written file.
type Compression uint8

// Compressions of written files.
const (
	Uncompressed Compression = iota
	Gzip                     // RFC 1952
	Zstd                     // RFC 8878
)

// ErrCompression is for a compression that can be read, but not written.
var ErrCompression = errors.New("files are written plain, as .gz or as .zst")

const (
	// packSize is the number of bytes of records that are compressed at a time. Each piece is a
	// separate gzip member or zstd frame, so that the file is complete after each piece. This
	// makes the file about 1% larger.
	packSize = 1 << 20
	// packWindow is zstd's window, in bytes.
	packWindow = packSize
)

// FormatOf returns the format of a written file from its name. It is pcap if the name without a
// compression suffix ends in .pcap, else pcapng. It is compressed if the name ends in .gz or .zst.
// The error wraps ErrCompression.
func FormatOf(name string) (Format, Compression, error) {
	stem, suffix := splitCompression(name)
	format := Pcapng
	if strings.HasSuffix(strings.ToLower(stem), ".pcap") {
		format = Pcap
	}
	switch strings.ToLower(suffix) {
	case "":
		return format, Uncompressed, nil
	case ".gz":
		return format, Gzip, nil
	case ".zst":
		return format, Zstd, nil
	}
	return format, Uncompressed, fmt.Errorf("%s: %w", name, ErrCompression)
}

// splitCompression splits a name before its compression suffix.
func splitCompression(name string) (stem, suffix string) {
	lower := strings.ToLower(name)
	for _, s := range []string{".gz", ".zst", ".lz4", ".xz", ".bz2", ".lzma"} {
		if strings.HasSuffix(lower, s) {
			return name[:len(name)-len(s)], name[len(name)-len(s):]
		}
	}
	return name, ""
}

// A packer compresses pieces of a file. The result is valid until the next piece.
type packer interface {
	pack(data []byte) ([]byte, error)
}

// newPacker returns nil for no compression.
func newPacker(c Compression) packer {
	switch c {
	case Gzip:
		return &gzipPacker{}
	case Zstd:
		return &zstdPacker{}
	}
	return nil
}

// A gzipPacker compresses each piece to a member. It prefers speed over size, so that a capture
// does not wait.
type gzipPacker struct {
	w   *gzip.Writer
	buf bytes.Buffer
}

func (g *gzipPacker) pack(data []byte) ([]byte, error) {
	g.buf.Reset()
	if g.w == nil {
		w, err := gzip.NewWriterLevel(&g.buf, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		g.w = w
	}
	g.w.Reset(&g.buf)
	if _, err := g.w.Write(data); err != nil {
		return nil, err
	}
	err := g.w.Close()
	return g.buf.Bytes(), err
}

// A zstdPacker compresses each piece to a frame, and starts no goroutines.
type zstdPacker struct {
	w   *zstd.Encoder
	buf []byte
}

func (z *zstdPacker) pack(data []byte) ([]byte, error) {
	if z.w == nil {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(packWindow), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, err
		}
		z.w = w
	}
	z.buf = z.w.EncodeAll(data, z.buf[:0])
	return z.buf, nil
}
