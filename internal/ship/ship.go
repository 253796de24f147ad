// Package ship sends the files of a store to a ClickHouse server.
//
// Files of an input are sent in the order of store.Tables. The name of a file is its token, by
// which the server detects duplicates. So a file that is sent twice counts once. The row in the
// table inputs is sent last, after all other rows.
package ship

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/store"
)

// A Server receives files. A *clickhouse.Client is one.
type Server interface {
	// Insert sends a file into columns of a table. A second insert with the same token changes
	// nothing.
	Insert(ctx context.Context, table string, columns []string, token string, size int64,
		body io.Reader) error
	// HasInput reports whether the table inputs has a row for that input.
	HasInput(ctx context.Context, id string) (bool, error)
}

// Options control what is sent and where.
type Options struct {
	Folder string
	Server Server
	Log    *Log
	Tries  int           // attempts without any progress before giving up
	Watch  time.Duration // time between checks for new inputs; 0 sends what exists and ends

	Notice func(format string, args ...any)           // reports errors that are retried
	Sleep  func(ctx context.Context, d time.Duration) // waits; returns early when the context ends
	Random func() float64                             // returns a number from 0 to 1
}

// Counts holds what a Shipper has sent, and what is waiting.
type Counts struct {
	Inputs, Files, Bytes int64 // what was sent
	Present              int64 // inputs that the server already had, but not the log
	Gone                 int64 // inputs that the store removed before they were sent
	Changed              int64 // inputs that were stored again with new contents after sending
	Failures             int64 // failed requests
	Last                 time.Time

	Waiting, WaitingFiles, WaitingBytes int64 // inputs that wait, their files and bytes
	Refused                             int64 // waiting inputs that the server rejects
}

// A Shipper sends the files of a store.
type Shipper struct {
	o       Options
	refused map[string]bool // inputs that the server rejects
	why     error           // error of the first rejected input
	mu      sync.Mutex
	counts  Counts
}

// New returns a Shipper.
func New(o Options) *Shipper { return &Shipper{o: o, refused: map[string]bool{}} }

// Counts returns the current counts. It is safe for concurrent use.
func (s *Shipper) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

func (s *Shipper) count(f func(c *Counts)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.counts)
}

// A NotSentError reports that inputs are not on the server.
type NotSentError struct {
	Inputs int64
	Err    error // the reason for the first one
}

func (e *NotSentError) Error() string {
	what := fmt.Sprintf("%d inputs were not sent", e.Inputs)
	if e.Inputs == 1 {
		what = "1 input was not sent"
	}
	if e.Err == nil {
		return what
	}
	return what + ": " + e.Err.Error()
}

func (e *NotSentError) Unwrap() error { return e.Err }

// Run sends all inputs; with Watch it continues until the context ends. It returns nil if no input
// is waiting.
func (s *Shipper) Run(ctx context.Context) error {
	for failures := 0; ; {
		before := s.Counts()
		err := s.round(ctx)
		if ctx.Err() != nil {
			err = nil // the run was stopped
		}
		after := s.Counts()
		if after.Files > before.Files {
			failures = 0
		}
		wait := s.o.Watch
		if err != nil {
			if failures++; s.final(err, failures) {
				return s.result(err)
			}
			wait = max(wait, s.backoff(failures))
			s.o.Notice("%v; trying again in %v", err, wait.Round(time.Millisecond))
		} else if s.o.Watch == 0 && after.Gone > before.Gone {
			continue // an input that was stored again has new files
		} else if s.o.Watch == 0 {
			return s.result(nil)
		}
		if ctx.Err() == nil {
			s.o.Sleep(ctx, wait)
		}
		if ctx.Err() != nil {
			return s.result(err)
		}
	}
}

// final reports whether an error ends the run: a retry would fail too, or there were enough
// attempts.
func (s *Shipper) final(err error, failures int) bool {
	var server *clickhouse.Error
	if !errors.As(err, &server) || !server.Temporary() {
		return true
	}
	return s.o.Watch == 0 && failures >= s.o.Tries
}

// result returns the error of a run. err is the error of its last round, or nil.
func (s *Shipper) result(err error) error {
	if err == nil {
		err = s.why
	}
	if n := s.Counts().Waiting; n > 0 {
		return &NotSentError{n, err}
	}
	return err
}

// Waiting times between two attempts.
const (
	firstWait = 500 * time.Millisecond
	longest   = time.Minute
)

// backoff returns the waiting time after a number of failures. It doubles each time. Half of it is
// random, so that many sensors do not retry at the same moment.
func (s *Shipper) backoff(failures int) time.Duration {
	wait := longest
	if failures < 8 {
		wait = min(longest, firstWait<<(failures-1))
	}
	return wait/2 + time.Duration(s.o.Random()*float64(wait/2))
}

// Sleep waits, or returns early when the context ends. It is the usual Options.Sleep.
func Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// round sends all waiting inputs once. It returns the error of the last input that can be retried.
func (s *Shipper) round(ctx context.Context) (failed error) {
	list, err := s.pending()
	if err != nil {
		return err
	}
	for i := range list {
		err := s.input(ctx, &list[i])
		var server *clickhouse.Error
		switch {
		case err == nil:
			s.done(&list[i])
		case !errors.As(err, &server), server.Everything(), ctx.Err() != nil:
			return err
		case !server.Temporary():
			s.reject(list[i].ID, err)
		default:
			failed = err
		}
	}
	return failed
}

// reject records an input that the server rejects. The error of the run contains the first one.
func (s *Shipper) reject(id string, why error) {
	if s.o.Watch > 0 || s.why != nil {
		s.o.Notice("%v", why)
	}
	if s.why == nil {
		s.why = why
	}
	s.refused[id] = true
	s.count(func(c *Counts) { c.Refused++ })
}

// pending returns the waiting inputs that were not rejected.
func (s *Shipper) pending() (list []store.Stored, err error) {
	if more, err := s.more(); !more || err != nil {
		return nil, err
	}
	all, err := store.Contents(s.o.Folder)
	if err != nil {
		return nil, err
	}
	var now Counts
	for _, in := range all {
		if size, ok := s.o.Log.Has(in.ID); ok {
			if size != in.Size() {
				now.Changed++
			}
			continue
		}
		now.Waiting++
		now.WaitingFiles += int64(len(in.Files))
		now.WaitingBytes += in.Size()
		if !s.refused[in.ID] {
			list = append(list, in)
		}
	}
	s.count(func(c *Counts) {
		c.Waiting, c.WaitingFiles, c.WaitingBytes = now.Waiting, now.WaitingFiles, now.WaitingBytes
		c.Changed = now.Changed
	})
	return list, nil
}

// more reports whether the store may have an input that was not sent. It is a cheap check.
func (s *Shipper) more() (bool, error) {
	ids, err := store.IDs(s.o.Folder)
	if errors.Is(err, store.ErrNoStore) && s.o.Watch > 0 {
		return false, nil // the first input is not complete yet
	}
	if err != nil || s.o.Watch == 0 {
		return err == nil, err
	}
	for _, id := range ids {
		if _, ok := s.o.Log.Has(id); !ok && !s.refused[id] {
			return true, nil
		}
	}
	return false, nil
}

// input sends the files of an input that the server does not have.
func (s *Shipper) input(ctx context.Context, in *store.Stored) error {
	has, err := s.o.Server.HasInput(ctx, in.ID)
	if err != nil {
		s.count(func(c *Counts) { c.Failures++ })
		return err
	}
	if has {
		s.count(func(c *Counts) { c.Present++ })
		return s.o.Log.AddInput(in)
	}
	for i := range in.Files {
		f := &in.Files[i]
		if s.o.Log.HasFile(f.Name) {
			continue
		}
		err := s.send(ctx, f)
		if errors.Is(err, fs.ErrNotExist) {
			s.count(func(c *Counts) { c.Gone++ })
			return nil // the store has removed this input
		}
		if err != nil {
			return err
		}
	}
	if err := s.o.Log.AddInput(in); err != nil {
		return err
	}
	s.count(func(c *Counts) { c.Inputs++ })
	return nil
}

// send sends a file and logs it.
func (s *Shipper) send(ctx context.Context, f *store.StoredFile) (err error) {
	file, err := os.Open(filepath.Join(s.o.Folder, filepath.FromSlash(f.Name)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	f.Size = info.Size() // the file may have been stored again
	if err := s.o.Server.Insert(ctx, f.Table, store.ServerColumns(f.Table), path.Base(f.Name),
		f.Size, file); err != nil {
		s.count(func(c *Counts) { c.Failures++ })
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	s.count(func(c *Counts) {
		c.Files, c.Bytes, c.Last = c.Files+1, c.Bytes+f.Size, time.Now()
	})
	return s.o.Log.Add(f)
}

// done records that an input is no longer waiting.
func (s *Shipper) done(in *store.Stored) {
	s.count(func(c *Counts) {
		c.Waiting, c.WaitingFiles = c.Waiting-1, c.WaitingFiles-int64(len(in.Files))
		c.WaitingBytes -= in.Size()
	})
}
