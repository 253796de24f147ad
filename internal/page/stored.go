package page

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sort"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// The approximate memory of a stored packet in addition to its own bytes, of each transport header
// after the first, and of each pair of owners, in bytes.
const (
	storedSize   = 400
	storedHeader = 240
	storedOwners = 160 // the owners of a header's two ends
)

// A stored packet has all its bytes, and what only its capture could determine: the client, and the
// ports of a later fragment. It never changes.
type stored struct {
	number    int64
	nanos     int64 // capture.NoTime if it has none
	length    int   // on the wire, in bytes
	link      linktype.Type
	data      []byte
	iface     string // name in the capture
	comments  [][]byte
	noPorts   decode.Reason
	ports     []decode.TransportHeader
	transport []analysis.Transport
	owners    []analysis.EndOwners // none if they are not looked up
}

// store copies a packet.
func store(f *analysis.Frame, iface string) *stored {
	s := &stored{number: f.Number, nanos: capture.NoTime, length: f.Len, link: f.Packet.Link,
		data: bytes.Clone(f.Packet.Data), iface: iface, noPorts: f.Packet.NoPorts,
		ports: slices.Clone(f.Packet.Ports), transport: slices.Clone(f.Transport),
		owners: slices.Clone(f.Owners)}
	if f.HasTime {
		s.nanos = capture.Nanos(f.Time.Unix(), int64(f.Time.Nanosecond()))
	}
	for _, c := range f.Comments {
		s.comments = append(s.comments, bytes.Clone(c))
	}
	for i := range s.transport {
		s.transport[i].TransportHeader = &s.ports[i]
	}
	return s
}

// size returns the memory of a stored packet, in bytes.
func (s *stored) size() int {
	n := len(s.data) + storedSize + storedHeader*max(len(s.ports)-1, 0) +
		storedOwners*len(s.owners)
	for _, c := range s.comments {
		n += len(c)
	}
	return n
}

// Found are the packets that a filter selects.
type Found struct {
	First  int64    `json:"first"`  // number of the oldest packet that is kept whole; 0 if none is
	Last   int64    `json:"last"`   // number of the last packet that was examined
	Frames []uint64 `json:"frames"` // packet numbers, as pairs of the first and last of each run
}

// add adds a packet number. Numbers must be ascending.
func (f *Found) add(number uint64) {
	if n := len(f.Frames); n > 0 && f.Frames[n-1]+1 == number {
		f.Frames[n-1] = number
		return
	}
	f.Frames = append(f.Frames, number, number)
}

// lookEvery is the number of packets after which a filter checks its context.
const lookEvery = 256

// find filters the packets after the given number until the context ends. processes reports whether
// owners were looked up.
func find(ctx context.Context, list []*stored, text string, after int64, processes bool) (*Found,
	error) {
	out := &Found{Last: after, Frames: []uint64{}}
	if len(list) > 0 {
		out.First = list[0].number
	}
	list = list[upTo(list, uint64(max(after, 0))):]
	var links []linktype.Type
	for _, s := range list {
		if !slices.Contains(links, s.link) && len(links) < maxLinks {
			links = append(links, s.link)
		}
	}
	f, err := selection.ParseFrameFilter(text, links, processes)
	if err != nil {
		return nil, err
	}
	var p decode.Packet
	for i, s := range list {
		if i%lookEvery == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		p.Decode(s.link, s.data, s.length)
		own := p.Ports
		p.Ports, p.NoPorts = s.ports, s.noPorts
		match, err := f.Match(&analysis.Frame{Number: s.number, Len: s.length, Packet: &p,
			Transport: s.transport, Owners: s.owners})
		p.Ports = own // Decode writes into this slice
		if err != nil {
			return nil, err
		}
		if match {
			out.add(uint64(s.number))
		}
		out.Last = s.number
	}
	return out, nil
}

// upTo returns how many packets have this number or a lower one.
func upTo(list []*stored, number uint64) int {
	return sort.Search(len(list), func(i int) bool { return uint64(list[i].number) > number })
}

// Saved is a list of packets to write as pcapng.
type Saved []*stored

// chosen returns the packets of runs: pairs of first and last packet numbers in ascending order. It
// returns no packet twice.
func chosen(list []*stored, runs []uint64) (out Saved) {
	for i := 0; i+1 < len(runs); i += 2 {
		list = list[upTo(list, max(runs[i], 1)-1):]
		n := upTo(list, runs[i+1])
		out, list = append(out, list[:n]...), list[n:]
	}
	return out
}

// Write writes the packets as pcapng.
func (p Saved) Write(w io.Writer) error {
	out := pcapfile.NewWriter(w, "the capture", pcapfile.Pcapng, pcapfile.Uncompressed)
	for _, s := range p {
		if err := s.write(out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// write writes the packet. pcapng stores a packet without a time in a block that has no comments
// and no captured length; the interface's snapshot length limits it instead.
func (s *stored) write(out *pcapfile.Writer) error {
	p := capture.Packet{Number: s.number, Link: s.link, Data: s.data, File: s.iface, FCSLen: -1,
		HasTime: s.nanos != capture.NoTime}
	p.CaptureLength, p.Length = len(s.data), s.length
	in := capture.Interface{Name: s.iface, Link: s.link, FCSLen: -1}
	if p.HasTime {
		p.Timestamp, p.Comments = time.Unix(0, s.nanos).UTC(), s.comments
	} else if len(s.data) < s.length {
		in.SnapLen, p.InterfaceIndex = uint32(len(s.data)), len(s.data)
	}
	return out.Write(&p, func() capture.Interface { return in })
}
