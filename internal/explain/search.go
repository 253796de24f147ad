package explain

import (
	"errors"
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// Bounds on what a Search keeps and reads.
const (
	readOn  = 100_000  // frames that are read on for a reply or a first fragment
	maxHeld = 24 << 20 // bytes of frames that are kept meanwhile
	// bytes of a frame that is not kept: it is drawn with what is known from the frames before it
	largeFrame  = 1 << 20
	frameMemory = 4 << 10 // bytes that a frame takes besides its own
)

// ErrFull is returned by a Search's Draw if no more frames can be drawn.
var ErrFull = errors.New("no more frames can be drawn")

// A Search draws the requested frames of a capture, in their order. It waits with each for its
// reply or first fragment, until maxHeld bytes of frames wait. Without Wanted it draws the first
// frame that has ports or, if there is none, the first frame.
type Search struct {
	Wanted Frames
	Most   int  // frames that are drawn
	Keep   bool // all frames are drawn in End, for they are compared
	Stream bool // the capture may never end: nothing is read on for a reply
	Draw   func(*Subject) error

	Found  int   // frames asked for
	Seen   int64 // number of the last frame that was read
	TooBig bool  // more than Most are asked for
	Full   bool  // Draw returned ErrFull

	held   []*Subject // frames that are found and not drawn, oldest first
	bytes  int        // that they take
	first  *Subject   // the first frame that passes; nil if Wanted is set
	latest int64      // number of the last frame found
	early  bool       // it ended before the capture did
}

// Frame looks at the next frame of the capture. passes means that a filter lets it be drawn. Frame
// reports whether the search is over.
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

// notFull returns an error of Draw, nil for ErrFull.
func notFull(err error) error {
	if errors.Is(err, ErrFull) {
		return nil
	}
	return err
}

// asks reports whether a frame is to be drawn.
func (s *Search) asks(f *analysis.Frame) bool {
	if s.Wanted == nil {
		return s.Found == 0 && len(f.Transport) > 0 && f.Packet.NoPorts == decode.HasPorts
	}
	return s.Wanted.Has(f.Number)
}

// take keeps a frame that was found, or draws it if it is too large to be kept.
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

// drain draws the oldest frames until those that are left take the given number of bytes at most.
func (s *Search) drain(bytes int) error {
	for s.bytes > bytes && !s.Keep {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// release draws frames whose replies and first fragments are known, when it is their turn.
func (s *Search) release() error {
	for len(s.held) > 0 && s.held[0].Settled() && !s.Keep {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// next draws the oldest frame that waits.
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

// settled reports whether no later frame can say more about the frames found.
func (s *Search) settled() bool {
	return !slices.ContainsFunc(s.held, func(h *Subject) bool { return !h.Settled() })
}

// End draws the frames that wait, after the last frame that was read. whole means that the capture
// has no more.
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
