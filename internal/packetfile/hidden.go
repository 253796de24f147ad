package packetfile

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/pipeline"
)

// A Hidden makes packets anonymous. Nil leaves them as they are.
type Hidden struct {
	*anonymize.Anonymizer
	cut  bool
	read capture.Packet
}

// Hide makes packets anonymous; with cut, payload is cut rather than zeroed.
func Hide(a *anonymize.Anonymizer, cut bool) *Hidden { return &Hidden{Anonymizer: a, cut: cut} }

// about leaves out what names a machine or a user.
func (h *Hidden) about(in capture.Interface) capture.Interface {
	if h == nil {
		return in
	}
	return capture.Interface{Index: in.Index, Link: in.Link, SnapLen: in.SnapLen,
		Resolution: in.Resolution, TimeOffset: in.TimeOffset, FCSLen: in.FCSLen}
}

// packet returns what is written of the packet that a pipeline has read: without its comments.
func (h *Hidden) packet(in *pipeline.Pipeline) (*capture.Packet, func() capture.Interface) {
	if h == nil {
		return in.Packet(), in.Interface
	}
	h.read = *in.Packet()
	p := &h.read
	p.Data, p.Comments = h.Frame(p.Link, p.Data, p.Length, h.cut), nil
	p.CaptureLength = len(p.Data)
	if in.Live() != nil {
		p.File = "" // its interface has no name any more
	}
	return p, func() capture.Interface { return h.about(in.Interface()) }
}
