package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// The builders below write files byte by byte from the formats' specifications. They use none of
// the code under test.

// bo is a byte order to build in.
type bo interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

var (
	le bo = binary.LittleEndian
	be bo = binary.BigEndian
)

// frame returns n bytes of payload that differ from each other and from frame to frame.
func frame(n int, seed byte) []byte {
	f := make([]byte, n)
	for i := range f {
		f[i] = byte(i)*7 + seed
	}
	return f
}

// pcapHeader describes a pcap file's header.
type pcapHeader struct {
	magic        uint32
	major, minor uint16
	snap, link   uint32
	more         []byte
}

// plainHeader returns the header that tcpdump writes for Ethernet.
func plainHeader() pcapHeader {
	return pcapHeader{magic: 0xa1b2c3d4, major: 2, minor: 4, snap: 262144, link: 1}
}

func (h pcapHeader) bytes(o bo) []byte {
	b := o.AppendUint32(nil, h.magic)
	b = o.AppendUint16(b, h.major)
	b = o.AppendUint16(b, h.minor)
	b = append(b, make([]byte, 8)...)
	b = o.AppendUint32(b, h.snap)
	b = o.AppendUint32(b, h.link)
	return append(b, h.more...)
}

// record returns a pcap record; more is added to the usual header in some variants.
func record(o bo, sec, frac, caplen, wire uint32, more, data []byte) []byte {
	b := o.AppendUint32(nil, sec)
	b = o.AppendUint32(b, frac)
	b = o.AppendUint32(b, caplen)
	b = o.AppendUint32(b, wire)
	return append(append(b, more...), data...)
}

// simpleRecord returns a record that contains a complete frame.
func simpleRecord(o bo, sec, frac uint32, data []byte) []byte {
	return record(o, sec, frac, uint32(len(data)), uint32(len(data)), nil, data)
}

// block returns a pcapng block: body is padded, and both lengths agree.
func block(o bo, kind uint32, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	for len(all)%4 != 0 {
		all = append(all, 0)
	}
	return rawBlock(o, kind, uint32(len(all)+12), uint32(len(all)+12), all)
}

// rawBlock returns a block with any two lengths.
func rawBlock(o bo, kind, head, tail uint32, body []byte) []byte {
	b := o.AppendUint32(nil, kind)
	b = o.AppendUint32(b, head)
	b = append(b, body...)
	return o.AppendUint32(b, tail)
}

// option returns one option with its padding; an end of options is option(o, 0, nil).
func option(o bo, code uint16, value []byte) []byte {
	return rawOption(o, code, uint16(len(value)), value)
}

func rawOption(o bo, code, length uint16, value []byte) []byte {
	b := o.AppendUint16(nil, code)
	b = o.AppendUint16(b, length)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func shb(o bo, options ...[]byte) []byte { return shbVersion(o, 1, 0, options...) }

func shbVersion(o bo, major, minor uint16, options ...[]byte) []byte {
	b := o.AppendUint32(nil, 0x1a2b3c4d)
	b = o.AppendUint16(b, major)
	b = o.AppendUint16(b, minor)
	b = o.AppendUint64(b, 1<<64-1)
	return block(o, 0x0a0d0d0a, append([][]byte{b}, options...)...)
}

func idb(o bo, link uint16, snap uint32, options ...[]byte) []byte {
	b := o.AppendUint16(nil, link)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint32(b, snap)
	return block(o, 1, append([][]byte{b}, options...)...)
}

// epbBody returns the body of an Enhanced Packet Block without options, padded.
func epbBody(o bo, id uint32, ts uint64, caplen, wire uint32, data []byte) []byte {
	b := o.AppendUint32(nil, id)
	b = o.AppendUint32(b, uint32(ts>>32))
	b = o.AppendUint32(b, uint32(ts))
	b = o.AppendUint32(b, caplen)
	b = o.AppendUint32(b, wire)
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func epb(o bo, id uint32, ts uint64, data []byte, options ...[]byte) []byte {
	n := uint32(len(data))
	return block(o, 6, append([][]byte{epbBody(o, id, ts, n, n, data)}, options...)...)
}

// pb returns an obsolete Packet Block, which has a count of drops next to the interface.
func pb(o bo, id, drops uint16, ts uint64, data []byte, options ...[]byte) []byte {
	b := epbBody(o, 0, ts, uint32(len(data)), uint32(len(data)), data)
	o.PutUint16(b, id)
	o.PutUint16(b[2:], drops)
	return block(o, 2, append([][]byte{b}, options...)...)
}

func spb(o bo, wire uint32, data []byte) []byte {
	return block(o, 3, o.AppendUint32(nil, wire), data)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// plainPcap returns a small file of three packets of 60, 0 and 61 bytes.
func plainPcap(o bo) []byte {
	return join(plainHeader().bytes(o),
		simpleRecord(o, 1, 2, frame(60, 1)), simpleRecord(o, 3, 4, nil),
		simpleRecord(o, 5, 6, frame(61, 2)))
}

// plainPcapng returns a small file of three packets of 60, 61 and 62 bytes, with other blocks.
func plainPcapng(o bo) []byte {
	return join(shb(o), idb(o, 1, 262144, option(o, 2, []byte("eth0")), option(o, 0, nil)),
		block(o, 4, make([]byte, 4)), epb(o, 0, 1_500_000, frame(60, 1)),
		epb(o, 0, 2_500_000, frame(61, 2), option(o, 1, []byte("a comment")), option(o, 0, nil)),
		block(o, 0x0bad, []byte("abcdefgh")), spb(o, 62, frame(62, 3)))
}

// read reads a whole file: copies of its packets, and the error at the end, nil for io.EOF.
func read(t testing.TB, data []byte) ([]capture.Packet, *File, error) {
	t.Helper()
	f, err := NewReader(bytes.NewReader(data), "test", Options{})
	if err != nil {
		return nil, nil, err
	}
	packets, err := drain(t, f)
	return packets, f, err
}

func drain(t testing.TB, s capture.Source) (packets []capture.Packet, err error) {
	t.Helper()
	var p capture.Packet
	for {
		if err = s.Next(&p); err != nil {
			break
		}
		if len(p.Data) != p.CaptureLength {
			t.Fatalf("packet %d: %d bytes of data, CaptureLength %d", p.Number, len(p.Data),
				p.CaptureLength)
		}
		kept := p
		kept.Data, kept.Comments = bytes.Clone(p.Data), nil
		for _, c := range p.Comments {
			kept.Comments = append(kept.Comments, bytes.Clone(c))
		}
		packets = append(packets, kept)
	}
	if again := s.Next(&p); again == nil || again.Error() != err.Error() {
		t.Fatalf("after %v Next gives %v", err, again)
	}
	if err == io.EOF {
		err = nil
	}
	return packets, err
}

// mustFail checks an error at the end of a file: its cause, its offset, and the number of packets
// before it.
func mustFail(t testing.TB, err, cause error, offset, packets int64) *FormatError {
	t.Helper()
	var fe *FormatError
	if !errors.As(err, &fe) {
		t.Fatalf("error %v, want a FormatError for %v", err, cause)
	}
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want one for %v", err, cause)
	}
	if fe.Offset != offset || fe.Packet != packets {
		t.Errorf("error %v: at byte %d after %d packets, want byte %d after %d", err, fe.Offset,
			fe.Packet, offset, packets)
	}
	return fe
}
