package pipeline

import (
	"errors"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/textutil"
)

// storeEvery is how often a live capture starts a new input in its store.
const storeEvery = time.Minute

// A LiveStore stores a live capture, with a new input every minute.
type LiveStore struct {
	p       *Pipeline
	folder  *store.Folder
	sum     store.Summary
	opt     flow.Options
	counter *Stored
}

// NewLiveStore returns a LiveStore. sum holds what all inputs share. opt sets the timeouts that end
// flows, and their memory.
func NewLiveStore(p *Pipeline, folder *store.Folder, sum store.Summary,
	opt flow.Options) *LiveStore {
	return &LiveStore{p: p, folder: folder, sum: sum, opt: opt}
}

// Run captures until it is stopped, and shows nothing. complete reports whether the last input is
// stored.
func (s *LiveStore) Run() (complete bool, err error) {
	if err := s.begin(); err != nil {
		return false, err
	}
	s.p.Every(storeEvery, s.next)
	err = s.p.Count(s.counter)
	if e := s.End(); e != nil {
		return false, errors.Join(err, e)
	}
	return true, err
}

// Beside starts to store what the pipeline will count or show. Call End after that.
func (s *LiveStore) Beside() error {
	if err := s.begin(); err != nil {
		return err
	}
	s.p.Store(s.counter, storeEvery, s.next)
	return nil
}

// begin starts the first input.
func (s *LiveStore) begin() error {
	first, err := s.folder.NextInput(0)
	if err != nil {
		return err
	}
	s.counter = NewStored(first, s.opt)
	return nil
}

// next starts the input of the next minute.
func (s *LiveStore) next() error {
	sum, err := s.summary()
	if err != nil {
		return err
	}
	next, err := s.folder.NextInput(s.counter.Last)
	if err != nil {
		return err
	}
	return s.counter.Next(time.Now().UnixNano(), sum, next)
}

// End ends the last input.
func (s *LiveStore) End() error {
	sum, statsErr := s.summary()
	if err := errors.Join(statsErr, s.counter.Close(sum)); err != nil {
		return &OutputError{Err: err}
	}
	return nil
}

// summary describes an input. Its packet counts are totals since the start of the capture.
func (s *LiveStore) summary() (store.Summary, error) {
	st, err := s.p.Live().Stats()
	if err != nil {
		return s.sum, err
	}
	sum := s.sum
	sum.Complete = true
	sum.Live = &store.Live{Received: int64(st.Received),
		Dropped: int64(st.Dropped + st.InterfaceDropped)}
	return sum, nil
}

// String returns how much is in the store.
func (s *LiveStore) String() string {
	return textutil.Plural(s.counter.Inputs, "input") + " stored: " +
		textutil.Plural(s.counter.Ports.Total.Packets, "packet")
}
