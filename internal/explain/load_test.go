package explain

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/pcaps"
)

// eachFrame decodes and annotates the packets of a capture as the program does, until the first
// read error. It returns their number.
func eachFrame(src capture.Source, show func(*analysis.Frame)) (n int) {
	var read capture.Packet
	var packet decode.Packet
	frame := analysis.Frame{Packet: &packet}
	fragments, flows := decode.NewFragments(0), flow.NewTable(flow.Options{})
	for ; src.Next(&read) == nil; n++ {
		packet.Decode(read.Link, read.Data, read.Length)
		fragments.Observe(&packet, read.Number, read.Timestamp)
		frame.Number, frame.Time, frame.HasTime, frame.Len, frame.Comments = read.Number,
			read.Timestamp, read.HasTime, read.Length, read.Comments
		rec := read.Record()
		frame.Annotate(flows.Add(&packet, rec.Length, rec.Nanos, read.Number))
		show(&frame)
	}
	return n
}

// sample returns one frame of a sample, with facts from the frames after it.
func sample(t testing.TB, name string, number int64) *Subject {
	t.Helper()
	f, err := pcaps.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, name, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var s *Subject
	eachFrame(src, func(f *analysis.Frame) {
		switch {
		case f.Number == number:
			s = &Subject{Frame: f.Clone(), Whole: true}
		case s != nil:
			s.Follow(f)
		}
	})
	if s == nil {
		t.Fatalf("%s has no frame %d", name, number)
	}
	return s
}

// pasted returns a subject made from bytes without a capture.
func pasted(id decode.ProtocolID, data []byte) *Subject {
	p := new(decode.Packet)
	p.DecodeAs(id, data, len(data))
	f := &analysis.Frame{Packet: p, Len: len(data), Time: time.Time{}}
	f.AnnotateAlone()
	return &Subject{Frame: f}
}
