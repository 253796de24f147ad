package pcapfile

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/portsniff/portsniff/capture"
)

// Rotation describes when a capture continues in another file. The zero value means never.
type Rotation struct {
	// a file that has more bytes than this is ended before the next packet; 0 for no limit
	Size  int64
	Every time.Duration // how much time one file has, by the packets' own; 0 for no limit
	// with Size: that many, then the first is written again; with Every alone: that many, then
	// ErrEnoughFiles; 0 for no limit
	Files int
	Ended func(name string, packets int64)
	// called when a file of this rotation is overwritten, except by Files with Size; may be nil
	Over  func(name string)
	Spare []os.FileInfo // files that are being read: none of them is written over
}

// ErrSpared is for an output file that is also being read.
var ErrSpared = errors.New("it is being read; write to another file")

// ErrEnoughFiles ends a capture that has written all files of its Rotation.
var ErrEnoughFiles = errors.New("all files are written")

// A RotatingWriter writes packets to a file, or to the files of a rotation; one is open at a time.
type RotatingWriter struct {
	name   string // as it was given
	format Format
	packed Compression
	rotate Rotation
	file   *outputFile // nil for standard output, and where none is open
	writer *Writer
	start  time.Time // of the current file's time
	slot   string    // the name that Every makes of name
	in     capture.Interface
	opened int // files so far
	opener Opener
	names  map[string]struct{} // of files so far, at most maxNames
	turn   int                 // files of this slot
	before int64               // packets in files before this one
}

// maxNames is the number of names of files that a rotation remembers.
const maxNames = 1 << 18

// An Opener opens and removes files, for example in a process with more privileges.
type Opener interface {
	// Open opens a file for writing without truncating it, or creates it: made reports which.
	Open(name string) (f *os.File, made bool, err error)
	// Remove removes an empty file.
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

// NewRotatingWriter writes files with this name. With Every, the conversions %Y %m %d %H %M %S and
// %s of strftime are replaced, in the local zone. "-" is the writer stdout. FormatOf determines the
// format. The first file is opened immediately, and keeps its old content until there is something
// to write.
func NewRotatingWriter(name string, stdout io.Writer, in capture.Interface, r Rotation) (
	*RotatingWriter, error) {
	w := &RotatingWriter{name: name, rotate: r, in: in, start: time.Unix(0, 0),
		opener: systemOpener{}, names: map[string]struct{}{}}
	var err error
	if w.format, w.packed, err = FormatOf(name); err != nil {
		return nil, err
	}
	if name == "-" {
		w.writer = NewWriter(stdout, "standard output", w.format, w.packed)
		return w, nil
	}
	if r.Every > 0 && in.Name == "" {
		return w, nil // the first packet of a file that is read says what time it is
	}
	return w, w.open(time.Now())
}

// Begin writes the header of the current file.
func (w *RotatingWriter) Begin() error { return w.writer.Begin(w.in) }

// Leave ends the files after the input failed. If nothing was written, a new file is removed and an
// old file does not change; else it is Close.
func (w *RotatingWriter) Leave() error {
	switch {
	case !w.Untouched():
		return w.Close()
	case w.file == nil:
		return nil
	}
	err := w.file.Close()
	if w.file.made {
		err = errors.Join(err, w.opener.Remove(w.file.Name()))
	}
	return err
}

// Untouched reports whether nothing was written yet: an old file has its old content.
func (w *RotatingWriter) Untouched() bool {
	return w.writer == nil || w.file != nil && (w.file.made || w.file.stale) && w.opened == 1 &&
		!w.writer.begun
}

// open opens the next file.
func (w *RotatingWriter) open(now time.Time) error {
	w.slot, w.start = w.name, now
	if w.rotate.Every > 0 {
		w.slot = expandTime(w.name, now)
	}
	w.turn = 0
	return w.create(w.fileName())
}

func (w *RotatingWriter) create(name string) error {
	w.remember(name)
	f, made, err := w.opener.Open(name)
	if err != nil {
		return err
	}
	out := &outputFile{File: f, made: made}
	if out.stale, err = w.spared(out); err != nil {
		return errors.Join(err, f.Close())
	}
	w.before = w.Packets()
	w.file, w.writer = out, NewWriter(out, name, w.format, w.packed)
	w.opened++
	w.turn++
	return nil
}

// remember reports a name that an earlier file had. Files in turn have the same names on purpose.
func (w *RotatingWriter) remember(name string) {
	_, again := w.names[name]
	if again && w.rotate.Over != nil && (w.rotate.Size == 0 || w.rotate.Files == 0) {
		w.rotate.Over(name)
	}
	if len(w.names) < maxNames {
		w.names[name] = struct{}{}
	}
}

// OpenBy sets the Opener of all further files.
func (w *RotatingWriter) OpenBy(o Opener) { w.opener = o }

// Made reports whether the writer created the current file.
func (w *RotatingWriter) Made() bool { return w.file != nil && w.file.made }

// spared reports whether a file that was opened has something to be emptied of, and fails for one
// that is being read.
func (w *RotatingWriter) spared(f *outputFile) (stale bool, err error) {
	if f.made {
		return false, nil
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	for _, read := range w.rotate.Spare {
		if os.SameFile(info, read) {
			return false, &os.PathError{Op: "write", Path: f.Name(), Err: ErrSpared}
		}
	}
	return true, nil
}

// Write adds a packet. See Writer.Write.
func (w *RotatingWriter) Write(p *capture.Packet, about About, comments ...string) error {
	at := p.Timestamp
	if !p.HasTime {
		at = w.start
	}
	if w.writer == nil {
		if err := w.open(at); err != nil {
			return err
		}
	}
	if w.file != nil {
		if err := w.turnTo(at); err != nil {
			return err
		}
	}
	return w.writer.Write(p, about, comments...)
}

// Full reports whether a packet of that time needs another file and the rotation has no more: Write
// returns ErrEnoughFiles.
func (w *RotatingWriter) Full(now time.Time) bool {
	return w.file != nil && w.rotate.Size == 0 && w.rotate.Files > 0 &&
		w.opened == w.rotate.Files && w.late(now)
}

// late reports whether the current file's time is over.
func (w *RotatingWriter) late(now time.Time) bool {
	if w.in.Name != "" && now.Before(w.start) {
		// the clock was set back: a file that waited for its old time would be without end
		w.start = now
	}
	return w.rotate.Every > 0 && now.Sub(w.start) >= w.rotate.Every
}

// turnTo ends the current file and opens the next, if it is time or if the file is large enough.
func (w *RotatingWriter) turnTo(now time.Time) error {
	if w.Full(now) {
		return ErrEnoughFiles
	}
	late := w.late(now)
	if !late && (w.rotate.Size == 0 || w.writer.Size() <= w.rotate.Size) {
		return nil
	}
	if err := w.end(); err != nil {
		return err
	}
	open := func() error { return w.create(w.fileName()) }
	if late {
		open = func() error { return w.open(now) }
	}
	if err := open(); err != nil {
		return err
	}
	if w.in.Name != "" {
		return w.Begin()
	}
	return nil
}

// end ends the current file.
func (w *RotatingWriter) end() error {
	err := w.writer.Flush()
	name := w.writer.name
	if w.file != nil {
		if e := w.file.Close(); err == nil && e != nil {
			err = &WriteError{name, w.writer.Packets(), e}
		}
	}
	if err == nil && w.rotate.Ended != nil && w.file != nil {
		w.rotate.Ended(name, w.writer.Packets())
	}
	w.file = nil
	return err
}

// Flush hands over what was gathered.
func (w *RotatingWriter) Flush() error {
	if w.writer == nil {
		return nil
	}
	return w.writer.Flush()
}

// Packets returns the number of packets that were written to all files.
func (w *RotatingWriter) Packets() int64 {
	if w.writer == nil {
		return w.before
	}
	return w.before + w.writer.Packets()
}

// Close ends the last file. A file without packets has at least a file header.
func (w *RotatingWriter) Close() error {
	if w.writer == nil {
		if err := w.open(time.Now()); err != nil {
			return err
		}
	}
	if !w.writer.begun && w.writer.err == nil {
		if w.in.Link == 0 {
			w.in.Link, w.in.FCSLen = 1, -1 // Ethernet: of no packet at all any type is true
		}
		if err := w.writer.Begin(w.in); err != nil {
			return errors.Join(err, w.end())
		}
	}
	return w.end()
}
