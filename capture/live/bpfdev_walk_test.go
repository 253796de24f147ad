package live

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
)

// bpfLayouts returns the layouts in bpf(4) of macOS (32-bit times, aligned to four bytes) and of
// FreeBSD on 64 bits (aligned to eight bytes).
func bpfLayouts() map[string]bpfLayout {
	return map[string]bpfLayout{"macOS": {4, 4}, "FreeBSD": {8, 8}}
}

// bpfBuffer returns a buffer as from /dev/bpf, with headers of the given length.
func bpfBuffer(l bpfLayout, header int, frames ...[]byte) (b []byte) {
	for i, f := range frames {
		for len(b)%l.align != 0 {
			b = append(b, 0xee)
		}
		start := len(b)
		for _, v := range []int{1_795_000_000 + i, 123_456} {
			if l.word == 8 {
				b = binary.NativeEndian.AppendUint64(b, uint64(v))
			} else {
				b = binary.NativeEndian.AppendUint32(b, uint32(v))
			}
		}
		b = binary.NativeEndian.AppendUint32(b, uint32(len(f)))
		b = binary.NativeEndian.AppendUint32(b, uint32(len(f)+1000))
		b = binary.NativeEndian.AppendUint16(b, uint16(header))
		for len(b) < start+header {
			b = append(b, 0xdd)
		}
		b = append(b, f...)
	}
	return b
}

func TestBPFWalk(t *testing.T) {
	for name, l := range bpfLayouts() {
		// the padding aligns the network header to a multiple of four
		for _, header := range []int{l.fixed(), 20, 32} {
			if header < l.fixed() {
				continue
			}
			frames := [][]byte{frame(60, 1), frame(61, 2), {}, frame(1, 3), frame(1514, 4)}
			rest := bpfBuffer(l, header, frames...)
			for i, want := range frames {
				f, r, err := l.next(rest)
				if err != nil {
					t.Fatalf("%s, header of %d, frame %d: %v", name, header, i, err)
				}
				if !bytes.Equal(f.data, want) || f.length != len(want)+1000 ||
					!f.at.Equal(time.Unix(int64(1_795_000_000+i), 123_456_000)) {
					t.Errorf("%s, header of %d, frame %d: %d bytes of %d at %v", name, header, i,
						len(f.data), f.length, f.at)
				}
				rest = r
			}
			if len(rest) != 0 {
				t.Errorf("%s: %d bytes left", name, len(rest))
			}
		}
	}
}

// TestBPFWalkBroken checks that nothing outside a cut or malformed buffer is read.
func TestBPFWalkBroken(t *testing.T) {
	for name, l := range bpfLayouts() {
		whole := bpfBuffer(l, 32, frame(60, 1))
		for n := range whole {
			if f, _, err := l.next(whole[:n:n]); err != errBPFBuffer {
				t.Errorf("%s: %d bytes of %d give a frame of %d", name, n, len(whole), len(f.data))
			}
		}
		short := bytes.Clone(whole)
		binary.NativeEndian.PutUint16(short[2*l.word+8:], uint16(l.fixed()-1))
		huge := bytes.Clone(whole)
		binary.NativeEndian.PutUint32(huge[2*l.word:], 0xffffffff)
		for _, b := range [][]byte{short, huge} {
			if _, _, err := l.next(b); err != errBPFBuffer {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func FuzzBPFWalk(f *testing.F) {
	for _, l := range bpfLayouts() {
		f.Add(bpfBuffer(l, 32, frame(60, 1), frame(3, 2)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, l := range bpfLayouts() {
			for rest := b; len(rest) > 0; {
				_, r, err := l.next(rest)
				if err != nil {
					break
				}
				if len(r) >= len(rest) {
					t.Fatal("the walk stopped early")
				}
				rest = r
			}
		}
	})
}

// frame returns n bytes that differ from each other and from frame to frame.
func frame(n int, seed byte) []byte {
	f := make([]byte, n)
	for i := range f {
		f[i] = byte(i)*7 + seed
	}
	return f
}
