package pcapfile

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/portsniff/portsniff/capture"
)

func compressGzip(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	return pack(t, &b, gzip.NewWriter(&b), data)
}

func compressZstd(t testing.TB, data []byte, window int) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithEncoderConcurrency(1),
		zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	// A flush makes the writer omit the size from the frame's header, which then has the window.
	if _, err = w.Write(data[:len(data)/2]); err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return pack(t, &b, w, data[len(data)/2:])
}

func compressLZ4(t testing.TB, data []byte) []byte {
	var b bytes.Buffer
	return pack(t, &b, lz4.NewWriter(&b), data)
}

// pack writes in two pieces, so that no format knows the whole size from the first.
func pack(t testing.TB, b *bytes.Buffer, w io.WriteCloser, data []byte) []byte {
	t.Helper()
	for _, piece := range [][]byte{data[:len(data)/2], data[len(data)/2:]} {
		if _, err := w.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// storeXZ returns an xz file whose LZMA2 chunks are stored. It requests a dictionary of the given
// size (a byte of LZMA2 properties).
func storeXZ(data []byte, dictionary byte) []byte {
	sum := func(b []byte) []byte {
		return binary.LittleEndian.AppendUint32(b,
			crc32.ChecksumIEEE(b))
	}
	flags := []byte{0, 0} // no check of the content
	out := append([]byte("\xfd7zXZ\x00"), sum(flags)...)
	blockStart := len(out)
	out = append(out, sum([]byte{2, 0, 0x21, 1, dictionary, 0, 0, 0})...) // 12 bytes, one filter
	// stored, and with a new dictionary
	control := byte(1)
	for rest := data; len(rest) > 0; control = 2 {
		n := min(len(rest), 1<<16)
		out = append(out, control, byte((n-1)>>8), byte(n-1))
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	out = append(out, 0)
	unpadded := len(out) - blockStart
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	index := binary.AppendUvarint([]byte{0, 1}, uint64(unpadded))
	index = binary.AppendUvarint(index, uint64(len(data)))
	for len(index)%4 != 0 {
		index = append(index, 0)
	}
	index = sum(index)
	out = append(out, index...)
	footer := binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1))
	footer = append(footer, flags...)
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(footer))
	return append(append(out, footer...), "YZ"...)
}

func unbase64(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// halves is the position that splits plainPcap(le) into two members, in the second record's header.
const halves = 105

// Output of bzip2 1.0.8 -1 and xz 5.4.1 -9 for plainPcap(le) and for its halves.
const (
	bzip2Whole = `
QlpoMTFBWSZTWRFu5HoAAFP////s2bNmzZs2bNmzZs2bNmzZs2bNuTBwwYsGDBgwYMGDIACUGQAAAACYmmTaRgABMATE
wTBBgAGg0NNEYAimqPRlNMjAmIyaYEwACGCMjIwCZMAEwEMJgCGCDhwKhdZUgqBQgoSOADEiABxAA1cXuIOPcLfwjGCC
S/JymTRs4dPIkaRKmTqFKrwVrFviu8l7BUB5jQGILIEH09WbRq2buHLp28evn8CDC9ocSLGjyJMqX7zJs74n0KNKn81K
tavY+vv8/bNq3cCvX8GHFkyhhZ9GkUPXs2iCbhSm/h/f/Hlz6de3cXckU4UJARbuR6A=`
	bzip2First = `
QlpoMTFBWSZTWdjn1qcAAC5///zIkSJEiRIkSJEiRIkSJEiRIkSJMCBQgQoEDBAgQIECIABUc0yMAmAJgmJgAAATEYIj
VNqaNMJoaaaaMTEGmARoDCMHCsUx2IwkIYpBKABRQOS8QynoZkUk1M6ujTqW1qAvsXY2s7l2PbLTfxx15+CGKOSWaeim
q+y27LDHXP7pdrt+/78ci7kinChIbHPrU4A=`
	bzip2Last = `
QlpoMTFBWSZTWUEk+VcAAAB//9OkSJEiRIkSJEiRIkSJEiRIkSJEiRAgQIECBAgQIECBIABUcwAEwABMAAAAACk0mEwA
aAEYBNDRgBGFo+hIihBCAvgQDCzepx6CKSaiqy7CYBsjabcdefgh7d4o5JZp5JZp6Kaq7Lbr8Mcs9Ndt+Oeu/PRdyRTh
QkEEk+Vc`
	xzWhole = `
/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4ADAAJtdAGow0ch9i/gJm68fzHkCfViv8VZN9S0FdtblbjED8BYR2GCQRkUF
mr3vVxOdO0ZX4YdF6JXYG7Ac+YeDHL6P2ubQCE2jhX24ys29G6j9l1aokoFZGh3s6OH4yy0h/lmSZtiGkgHZtiyumCvs
dtNJQE0xT1gVflTA1RYYe4Z9YRF+5l9MlcTHw7GS0F7R+ZiBiB7j4cXvSnl1oJYvAABqZOWUR10MoQABtwHBAQAA9D3J
NrHEZ/sCAAAAAARZWg==`
	xzFirst = `
/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABoAFpdAGow0ch9i/gJm68fzHkCfViv8VZN9S0FdtblbjED8BYR2GCQRkUF
mr3vVxOdO0ZX4YdF6JXYG7Ac+YeDHL6P2ubQCE2jhX24ys29G6j9l1aokoFZGhoGVaAAAAAAAFJCb/IkeQhnAAF2aaey
jW0ftvN9AQAAAAAEWVo=`
	xzLast = `
/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABXAE5dAABr/wCDRds25Ocu70ALMNayWjKdzN+88fc/I+ADhdPVYORmN5rD
5wGaqMUK130fdZEmboCXafq21NTfBNOp9yNgsdPQ2QTUqx+9XkWFAAAAAOT1fbKrc1JnAAFqWMDvJNoftvN9AQAAAAAE
WVo=`
)

// xzLookback is the output of xz -9 for a capture of two packets: 1024 bytes of noise and 6144
// zeros, then the same noise again.
const xzLookback = `
/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4CA3BFhdAGow0ch9i/gJm68fzHkCfVivoRSPOocqQU39dn8Xw+R3XwkAE7c3
uUk+WKcslpsBM706JFbiJk4Y/0McevwP1SK6UnWl2iO3FwBSsjVWQJPJErw4OqdRjGpOWD2Zc50BvjHaNV0EjrZouyX4
Ic1TIq7Xe2AFQZSBdtUPjzUHfD0PIbV4D/QIGBOKpcwoPVN1mnJl6ZAoCJtdgEJxGiNKtj5Nk76Ruz1e83f6RhIMyHrq
pJ6Xzev7nWup8lhn/WmzUOJAF5bNA2rVKKKgYsOHUJ+7i0vvjxmScr5ifv2nxR749G7DSgNOmYhrYdwB6mmBQ7R0605y
L6bPQleDULTrLYh4LFic+OxRxBvPqECXQX2Ww1Mdeo96MQHlz4Apu40jGE3mODsT+OsvNxa98aJtHswYWxFqQyr9Tv1+
cftTvbITg7//xKtIDzhr8J1dv8etJddf/HHL8g75Dw/PCXX5LbY+KrCehao9xmqxga5Ij7o+RwcmaSsCITPLagsaDqgU
KVKLgEIMn7/dWzVnNkx715n0/ZF7DT4JpWoZjJZ3tlQnpmagBGMY226EgCsILN4rHg1Ol8R1AMvNBQcK7d7fihjMB/HN
+CTjkA0SSz74+gdJ7Zz2J3Gab/Lel7Wk4ddDnhjy9SQdznOW1biw04UkDDN3wPX+H2BXFa0rkTtGzx8pw9/Jz2EA0k6O
fkLTGwh1dPPmwK7hW/k/YiSVaUAXsV0VHP4MTXSLrMSrG8ojn2dQTCFUHoyPOUHIvPD90/y9yDAr6KHt7ftyqMuI0lAj
JSkAKfXJBThsq138VeUYbZkxAgvCiReQtFOsg+l8I2dhgR1rfF86GrC/YdUVYCAWKvuweFLiyU8lO2SqvyZp7vRseQkJ
BFkTsKx+5nRZ9+fxKB7v7PPCo2/nkfRBpduO1bWe2vQK99X3tu5Q2TrtdWyVyb09/ks/iSwbPKyHad7cdPOkvOM9ytI1
82Cny+WUrXFPT6AP/k1W4I68jvyI0VzBff97PwFzKZjB9nGk23+xaiIXJDy4iNOyqYbpReH/X70438s/MbWc1OZ1MZIn
QFz6NFuATSPIYNq/jmlFZMkcWmctMf83388p8F+W8xe/D5w694Eph2H7n2qlxSMmp/LK93b+YyccWO+D7ArOi8sdsa90
Lz67lPbns/rwKJVtqIoOrDOWGc1sxOnQC6O+M1ZxoiH+VEg/+z9evwJRm2xI+kMbhJvF4fBX7T0ZSs2pCf7DjpbiA33I
biqY1KzcKQsKRN80fUXdjwGYcTjzBIrT99KNllhw4y9wB9FykfAVNUWV8lO50iuTefxNlyvoxuHPgO3vPexisP+sJwOx
s4LpARuu6m5APL2srgYP+IMWrbooV2UJ0aLxDQBGgigZLTIo3KWvu21NBLsvUpj0UKcZ03b+Zo2lekyw8HxNHChpqtm3
wv6NVjyL9VCJrbvNo+UQLH/5DCv2ddcOOAEf4YoHUNANJFieyesAAJypN93VeyfJAAH0CLhAAACmL3rVscRn+wIAAAAA
BFla`

// A codec makes compressed files for tests.
type codec struct {
	name  string
	whole []byte // plainPcap(le)
	parts []byte // the same in two members
}

func codecs(t testing.TB) []codec {
	plain := plainPcap(le)
	zst := func(b []byte) []byte { return compressZstd(t, b, 1<<20) }
	return []codec{
		{"gzip", compressGzip(t, plain), join(compressGzip(t, plain[:halves]),
			compressGzip(t, plain[halves:]))},
		{"zstd", zst(plain), join(zst(plain[:halves]), zst(plain[halves:]))},
		{"lz4", compressLZ4(t, plain), join(compressLZ4(t, plain[:halves]),
			compressLZ4(t, plain[halves:]))},
		{"xz", unbase64(t, xzWhole), join(unbase64(t, xzFirst), unbase64(t, xzLast))},
		{"bzip2", unbase64(t, bzip2Whole), join(unbase64(t, bzip2First), unbase64(t, bzip2Last))},
	}
}

func TestCompressed(t *testing.T) {
	want, _, err := read(t, plainPcap(le))
	if err != nil || len(want) != 3 {
		t.Fatal(len(want), err)
	}
	check := func(name, compression string, data []byte) {
		t.Helper()
		got, f, err := read(t, data)
		if err != nil || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s: %d packets, %v", name, len(got), err)
			return
		}
		if f.Compression() != compression || f.Format() != "pcap" ||
			f.Offset() != int64(len(plainPcap(le))) || f.RawOffset() != int64(len(data)) {
			t.Errorf("%s: %s in %s, %d bytes from %d of %d", name, f.Format(), f.Compression(),
				f.Offset(), f.RawOffset(), len(data))
		}
		if err := f.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range codecs(t) {
		check(c.name, c.name, c.whole)
		check(c.name+" in two members", c.name, c.parts)
	}
	check("zstd after a frame without data", "zstd",
		join([]byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"), compressZstd(t, plainPcap(le), 1<<20)))
	check("xz, stored", "xz", storeXZ(plainPcap(le), 0))
	check("xz that needs 64 MiB", "xz", storeXZ(plainPcap(le), 28))
	check("xz that needs 4 GiB", "xz", storeXZ(plainPcap(le), 40))
}

// readSmall reads with a small window, which is much faster.
func readSmall(t testing.TB, data []byte) ([]capture.Packet, error) {
	f, err := NewReader(bytes.NewReader(data), "test", Options{MaxWindow: 1 << 20})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return drain(t, f)
}

// TestCompressedCut cuts compressed files at every byte. All data that can be decompressed is
// returned, then the cut is reported, even if no record is incomplete.
func TestCompressedCut(t *testing.T) {
	for _, c := range codecs(t) {
		for cut := range len(c.whole) {
			got, err := readSmall(t, c.whole[:cut])
			if errors.Is(err, ErrUnknownFormat) && cut < 6 {
				continue // the magic number itself is cut
			}
			if !errors.Is(err, ErrCut) {
				t.Errorf("%s cut at byte %d of %d: %d packets, %v", c.name, cut, len(c.whole),
					len(got), err)
			}
		}
		// Trailing data of the last member is still checked, after all packets are returned. The
		// zstd library checks a frame's checksum before it returns the frame's last block.
		want := 3
		if c.name == "zstd" {
			want = 0
		}
		got, err := readSmall(t, c.whole[:len(c.whole)-1])
		if err == nil || len(got) != want {
			t.Errorf("%s without its last byte: %d packets, %v", c.name, len(got), err)
		}
	}
}

// TestCompressedDamage checks that no changed byte silently changes a packet. All formats except
// stored xz have checksums, and some bits have no meaning.
func TestCompressedDamage(t *testing.T) {
	want, _, _ := read(t, plainPcap(le))
	for _, c := range codecs(t) {
		for i := range c.whole {
			damaged := bytes.Clone(c.whole)
			damaged[i] ^= 0x55
			got, err := readSmall(t, damaged)
			if err == nil && fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
				t.Errorf("%s with byte %d changed: %d other packets and no error", c.name, i,
					len(got))
			}
		}
	}
}

func TestCompressedErrors(t *testing.T) {
	plain := plainPcap(le)
	sum := compressGzip(t, plain)
	sum[len(sum)-6] ^= 1
	lookback := unbase64(t, xzLookback)
	const control = 24 // of the first LZMA2 chunk, after the headers of stream and block
	damaged := storeXZ(plain, 40)
	damaged[control] = 3 // LZMA2 does not use this value
	tests := []struct {
		name    string
		data    []byte
		opt     Options
		cause   error
		offset  int64
		packets int64
		text    string
	}{
		{"checksum", sum, Options{}, ErrCompressed, 193, 3,
			"test: packet 4 at byte 193: gzip data is damaged: gzip: invalid checksum (3 " +
				"packets read)"},
		{"trailing bytes", join(compressGzip(t, plain), []byte("something else")), Options{},
			ErrTrailing, 193, 3, ""},
		{"gzip method", []byte("\x1f\x8b\x07 and so on"), Options{}, ErrUnknownFormat, 0, 0, ""},
		{"gzip header cut", []byte("\x1f\x8b\x08\x00"), Options{}, ErrCut, 0, 0,
			"test: gzip data is cut short"},
		{"nothing in it", compressGzip(t, nil), Options{}, ErrCut, 0, 0,
			"test: there is nothing in the gzip data"},
		{"no capture in it", compressGzip(t, []byte("Dear diary")), Options{}, ErrUnknownFormat, 0,
			0, ""},
		{"twice", compressGzip(t, compressZstd(t, plain, 1<<20)), Options{}, ErrUnknownFormat, 0, 0,
			"test: it is zstd inside gzip; only one compression is undone"},
		{"cut capture in whole data", compressGzip(t, plain[:192]), Options{}, ErrCut, 116, 2,
			"test: packet 3 at byte 116: record claims 77 bytes, the file has 76 bytes left (2 " +
				"packets read)"},
		{"zstd window", compressZstd(t, plain, 64<<20), Options{}, ErrTooLarge, 0, 0,
			"test: zstd data needs a window of more than 8 MiB; " +
				"decompress it first and pipe it in"},
		{"xz, damaged, with its dictionary taken down", damaged, Options{}, ErrCompressed, 0, 0,
			""},
		{"xz looks back too far", lookback, Options{MaxWindow: 4096}, ErrTooLarge, 24, 0,
			"test: packet 1 at byte 24: xz data needs a window of more than 4096 bytes; " +
				"decompress it first and pipe it in (0 packets read)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := NewReader(bytes.NewReader(tt.data), "test", tt.opt)
			var got []capture.Packet
			if err == nil {
				got, err = drain(t, f)
			}
			if len(got) != int(tt.packets) {
				t.Errorf("%d packets", len(got))
			}
			mustFail(t, err, tt.cause, tt.offset, tt.packets)
			if tt.text != "" && err.Error() != tt.text {
				t.Errorf("got  %q\nwant %q", err, tt.text)
			}
		})
	}
	for name, data := range map[string][]byte{"xz": lookback,
		"zstd": compressZstd(t, plain, 64<<20)} {
		f, err := NewReader(bytes.NewReader(data), "test", Options{MaxWindow: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := drain(t, f); err != nil || len(got) < 2 {
			t.Errorf("%s with a window of 64 MiB: %d packets, %v", name, len(got), err)
		}
	}
}
