package packetfile

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/pipeline"
)

// A Hidden makes packets anonymous. A nil Hidden leaves them unchanged.
type Hidden struct {
	*anonymize.Anonymizer
	cut  bool
	read capture.Packet
}

// Hide returns a Hidden. If cut is true, it removes the payload; otherwise it sets the payload to
// zero.
func Hide(a *anonymize.Anonymizer, cut bool) *Hidden { return &Hidden{Anonymizer: a, cut: cut} }

// about returns the interface without fields that identify a machine or a user.
func (h *Hidden) about(in capture.Interface) capture.Interface {
	if h == nil {
		return in
	}
	return capture.Interface{Index: in.Index, Link: in.Link, SnapLen: in.SnapLen,
		Resolution: in.Resolution, TimeOffset: in.TimeOffset, FCSLen: in.FCSLen}
}

// packet returns the packet to write, without comments, and a function that returns its interface.
func (h *Hidden) packet(in *pipeline.Pipeline) (*capture.Packet, func() capture.Interface) {
	if h == nil {
		return in.Packet(), in.Interface
	}
	h.read = *in.Packet()
	p := &h.read
	p.Data, p.Comments = h.Frame(p.Link, p.Data, p.Length, h.cut), nil
	p.CaptureLength = len(p.Data)
	if in.Live() != nil {
		p.File = "" // the interface has no name in the output
	}
	return p, func() capture.Interface { return h.about(in.Interface()) }
}
