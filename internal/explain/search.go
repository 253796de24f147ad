package explain

import (
	"errors"
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// Bounds on what a Search keeps and reads.
const (
	readOn  = 100_000  // frames read to find a reply or a first fragment
	maxHeld = 24 << 20 // bytes of frames that are kept meanwhile
	// least size of a frame that is not kept; it is drawn with facts from earlier frames only
	largeFrame  = 1 << 20
	frameMemory = 4 << 10 // memory of a frame in addition to its bytes
)

// ErrFull is returned by a Search's Draw if no more frames can be drawn.
var ErrFull = errors.New("no more frames can be drawn")

// A Search draws the requested frames of a capture, in their order. It holds each frame until its
// reply or first fragment is found, or the held frames exceed maxHeld bytes. If Wanted is nil, it
// draws the first frame that has ports or, if there is none, the first frame.
type Search struct {
	Wanted Frames
	Most   int  // greatest number of frames to draw
	Keep   bool // draw all frames in End, because they are compared
	Stream bool // the capture may never end: do not wait for replies
	Draw   func(*Subject) error

	Found  int   // requested frames that were found
	Seen   int64 // number of the last frame that was read
	TooBig bool  // more than Most frames were requested
	Full   bool  // Draw returned ErrFull

	held   []*Subject // frames that were found and not drawn yet, oldest first
	bytes  int        // memory of these frames
	first  *Subject   // the first frame that passes; nil if Wanted is set
	latest int64      // number of the last frame found
	early  bool       // the search ended before the capture did
}

// Frame processes the next frame of the capture. passes reports whether a filter selects the frame.
// Frame returns true when the search is finished.
func (s *Search) Frame(f *analysis.Frame, passes bool) (done bool, err error) {
	s.Seen = f.Number
	for _, h := range s.held {
		h.Follow(f)
	}
	if passes && s.Wanted == nil && s.first == nil {
		s.first = &Subject{Frame: f.Clone()}
	}
	if passes && s.asks(f) {
		if s.Found == s.Most {
			s.TooBig, s.early = true, true
			return true, nil
		}
		s.Found, s.latest = s.Found+1, f.Number
		if err := s.take(f); err != nil {
			return s.Full, notFull(err)
		}
	}
	if err := s.release(); err != nil {
		return s.Full, notFull(err)
	}
	complete := s.Found > 0 && f.Number >= s.Wanted.Last()
	s.early = complete && (s.Stream || s.settled() || f.Number > s.latest+readOn)
	return s.early, nil
}

// notFull returns an error of Draw, or nil for ErrFull.
func notFull(err error) error {
	if errors.Is(err, ErrFull) {
		return nil
	}
	return err
}

// asks reports whether a frame is requested.
func (s *Search) asks(f *analysis.Frame) bool {
	if s.Wanted == nil {
		return s.Found == 0 && len(f.Transport) > 0 && f.Packet.NoPorts == decode.HasPorts
	}
	return s.Wanted.Has(f.Number)
}

// take keeps a frame that was found, or draws it if it is too large to keep.
func (s *Search) take(f *analysis.Frame) error {
	size := len(f.Packet.Data)
	if size > largeFrame && !s.Keep {
		if err := s.drain(0); err != nil {
			return err
		}
		return s.show(&Subject{Frame: f})
	}
	s.held = append(s.held, &Subject{Frame: f.Clone()})
	s.bytes += size + frameMemory
	return s.drain(maxHeld)
}

// drain draws the oldest frames until the others take at most the given number of bytes.
func (s *Search) drain(bytes int) error {
	for s.bytes > bytes && !s.Keep {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// release draws the oldest frames while their replies and first fragments are known.
func (s *Search) release() error {
	for len(s.held) > 0 && s.held[0].Settled() && !s.Keep {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// next draws the oldest held frame.
func (s *Search) next() error {
	h := s.held[0]
	s.held[0], s.held = nil, s.held[1:]
	s.bytes -= len(h.Packet.Data) + frameMemory
	return s.show(h)
}

func (s *Search) show(h *Subject) error {
	err := s.Draw(h)
	s.Full = errors.Is(err, ErrFull)
	return err
}

// settled reports whether no later frame can add facts about the held frames.
func (s *Search) settled() bool {
	return !slices.ContainsFunc(s.held, func(h *Subject) bool { return !h.Settled() })
}

// End draws the held frames after the last frame was read. whole reports that the whole capture was
// read.
func (s *Search) End(whole bool) error {
	if s.Found == 0 && s.first != nil {
		s.held = append(s.held, s.first)
	}
	for len(s.held) > 0 {
		s.held[0].Whole = whole && !s.early
		if err := s.next(); err != nil {
			return notFull(err)
		}
	}
	return nil
}
