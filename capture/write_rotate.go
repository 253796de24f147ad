package capture

import (
	"errors"
	"io"
	"os"
	"time"
)

// Rotation says when a capture goes on in another file. The zero value never does.
type Rotation struct {
	// a file that has more bytes than this is ended before the next packet; 0 for no limit
	Size  int64
	Every time.Duration // how much time one file has, by the packets' own; 0 for no limit
	// with Size: that many, then the first is written again; with Every alone: that many, then
	// ErrEnoughFiles; 0 for no limit
	Files int
	Ended func(name string, packets int64)
	// called when a file of this sink is written over, but for those in turn; may be nil
	Over  func(name string)
	Spare []os.FileInfo // files that are being read: none of them is written over
}

// ErrSpared is for a file that would have to be written while it is being read.
var ErrSpared = errors.New("it is being read; write to another file")

// ErrEnoughFiles ends a capture that has written all files it was to write.
var ErrEnoughFiles = errors.New("all files are written")

// A Sink takes packets into a file, or into the files of a rotation; one is open at a time.
type Sink struct {
	name   string // as it was given
	format FileFormat
	packed Compression
	rotate Rotation
	file   *outputFile // nil for standard output, and where none is open
	writer *Writer
	start  time.Time // of the current file's time
	slot   string    // the name that Every makes of name
	in     Interface
	opened int // files so far
	opener Opener
	names  map[string]struct{} // of files so far, at most maxNames
	turn   int                 // files of this slot
	before int64               // packets in files before this one
}

// maxNames is how many names of files a rotation remembers.
const maxNames = 1 << 18

// An Opener opens and removes files, as one that asks a process with more rights does.
type Opener interface {
	// Open opens a file to be written as it is, or makes it: made says which.
	Open(name string) (f *os.File, made bool, err error)
	// Remove removes a file that has nothing in it.
	Remove(name string) error
}

// systemOpener is this process.
type systemOpener struct{}

func (systemOpener) Remove(name string) error { return os.Remove(name) }

func (systemOpener) Open(name string) (f *os.File, made bool, err error) {
	f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666) // which follows no link
	if err == nil {
		return f, true, nil
	}
	f, err = os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o666)
	return f, false, err
}

// An outputFile keeps what it had before until something is written.
type outputFile struct {
	*os.File
	made  bool // it was not there before
	stale bool // it still has what was in it before
}

func (f *outputFile) Write(p []byte) (int, error) {
	if f.stale {
		f.stale = false
		if err := f.Truncate(0); err != nil {
			return 0, err
		}
	}
	return f.File.Write(p)
}

// NewSink writes files of a name, in which Every replaces %Y %m %d %H %M %S and %s as strftime
// does, in the local zone. "-" is the writer stdout. FormatOf says what a name means. The first
// file is opened at once, and keeps what it had until there is something to write.
func NewSink(name string, stdout io.Writer, in Interface, r Rotation) (*Sink, error) {
	s := &Sink{name: name, rotate: r, in: in, start: time.Unix(0, 0), opener: systemOpener{},
		names: map[string]struct{}{}}
	var err error
	if s.format, s.packed, err = FormatOf(name); err != nil {
		return nil, err
	}
	if name == "-" {
		s.writer = NewWriter(stdout, "standard output", s.format, s.packed)
		return s, nil
	}
	if r.Every > 0 && in.Name == "" {
		return s, nil // the first packet of a file that is read says what time it is
	}
	return s, s.open(time.Now())
}

// Begin writes what the current file begins with.
func (s *Sink) Begin() error { return s.writer.Begin(s.in) }

// Leave ends a sink whose input has failed. If nothing was written, there is no file, or one that
// was there before stays as it was; else it is Close.
func (s *Sink) Leave() error {
	switch {
	case !s.Untouched():
		return s.Close()
	case s.file == nil:
		return nil
	}
	err := s.file.Close()
	if s.file.made {
		err = errors.Join(err, s.opener.Remove(s.file.Name()))
	}
	return err
}

// Untouched reports whether what was there before is still as it was: a file, or none.
func (s *Sink) Untouched() bool {
	return s.writer == nil || s.file != nil && (s.file.made || s.file.stale) && s.opened == 1 &&
		!s.writer.begun
}

// open opens the next file.
func (s *Sink) open(now time.Time) error {
	s.slot, s.start = s.name, now
	if s.rotate.Every > 0 {
		s.slot = expandTime(s.name, now)
	}
	s.turn = 0
	return s.create(s.fileName())
}

func (s *Sink) create(name string) error {
	s.remember(name)
	f, made, err := s.opener.Open(name)
	if err != nil {
		return err
	}
	out := &outputFile{File: f, made: made}
	if out.stale, err = s.spared(out); err != nil {
		return errors.Join(err, f.Close())
	}
	s.before = s.Packets()
	s.file, s.writer = out, NewWriter(out, name, s.format, s.packed)
	s.opened++
	s.turn++
	return nil
}

// remember reports a name that an earlier file had. Files in turn have the same names on purpose.
func (s *Sink) remember(name string) {
	_, again := s.names[name]
	if again && s.rotate.Over != nil && (s.rotate.Size == 0 || s.rotate.Files == 0) {
		s.rotate.Over(name)
	}
	if len(s.names) < maxNames {
		s.names[name] = struct{}{}
	}
}

// OpenBy has files from now on opened and removed by another.
func (s *Sink) OpenBy(o Opener) { s.opener = o }

// Made reports whether the current file was not there before.
func (s *Sink) Made() bool { return s.file != nil && s.file.made }

// spared reports whether a file that was opened has something to be emptied of, and fails for one
// that is being read.
func (s *Sink) spared(f *outputFile) (stale bool, err error) {
	if f.made {
		return false, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	for _, read := range s.rotate.Spare {
		if os.SameFile(info, read) {
			return false, &os.PathError{Op: "write", Path: f.Name(), Err: ErrSpared}
		}
	}
	return true, nil
}

// Write adds a packet. See Writer.Write.
func (s *Sink) Write(p *Packet, about func() Interface, comments ...string) error {
	at := p.Timestamp
	if !p.HasTime {
		at = s.start
	}
	if s.writer == nil {
		if err := s.open(at); err != nil {
			return err
		}
	}
	if s.file != nil {
		if err := s.turnTo(at); err != nil {
			return err
		}
	}
	return s.writer.Write(p, about, comments...)
}

// Full reports whether a packet of that time would need another file, and there is to be none:
// Write gives ErrEnoughFiles.
func (s *Sink) Full(now time.Time) bool {
	return s.file != nil && s.rotate.Size == 0 && s.rotate.Files > 0 &&
		s.opened == s.rotate.Files && s.late(now)
}

// late reports whether the current file's time is over.
func (s *Sink) late(now time.Time) bool {
	if s.in.Name != "" && now.Before(s.start) {
		// the clock was set back: a file that waited for its old time would be without end
		s.start = now
	}
	return s.rotate.Every > 0 && now.Sub(s.start) >= s.rotate.Every
}

// turnTo ends the current file and opens the next, if it is time or if the file is large enough.
func (s *Sink) turnTo(now time.Time) error {
	if s.Full(now) {
		return ErrEnoughFiles
	}
	late := s.late(now)
	if !late && (s.rotate.Size == 0 || s.writer.Size() <= s.rotate.Size) {
		return nil
	}
	if err := s.end(); err != nil {
		return err
	}
	open := func() error { return s.create(s.fileName()) }
	if late {
		open = func() error { return s.open(now) }
	}
	if err := open(); err != nil {
		return err
	}
	if s.in.Name != "" {
		return s.Begin()
	}
	return nil
}

// end ends the current file.
func (s *Sink) end() error {
	err := s.writer.Flush()
	name := s.writer.name
	if s.file != nil {
		if e := s.file.Close(); err == nil && e != nil {
			err = &WriteError{name, s.writer.Packets(), e}
		}
	}
	if err == nil && s.rotate.Ended != nil && s.file != nil {
		s.rotate.Ended(name, s.writer.Packets())
	}
	s.file = nil
	return err
}

// Flush hands over what was gathered.
func (s *Sink) Flush() error {
	if s.writer == nil {
		return nil
	}
	return s.writer.Flush()
}

// Packets is how many packets are in all files, of those handed over.
func (s *Sink) Packets() int64 {
	if s.writer == nil {
		return s.before
	}
	return s.before + s.writer.Packets()
}

// Close ends the last file. A file without packets has at least what a file begins with.
func (s *Sink) Close() error {
	if s.writer == nil {
		if err := s.open(time.Now()); err != nil {
			return err
		}
	}
	if !s.writer.begun && s.writer.err == nil {
		if s.in.Link == 0 {
			s.in.Link, s.in.FCSLen = 1, -1 // Ethernet: of no packet at all any type is true
		}
		if err := s.writer.Begin(s.in); err != nil {
			return errors.Join(err, s.end())
		}
	}
	return s.end()
}
