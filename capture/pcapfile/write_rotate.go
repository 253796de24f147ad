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
	// a larger file ends before the next packet, in bytes; 0 for no limit
	Size  int64
	Every time.Duration // duration of one file, by the packets' times; 0 for no limit
	// the number of files: with Size, then the first is overwritten; with Every alone, then
	// ErrEnoughFiles; 0 for no limit
	Files int
	Ended func(name string, packets int64)
	// called when a file of this rotation is overwritten, except by Files with Size; may be nil
	Over  func(name string)
	Spare []os.FileInfo // files that are being read and must not be overwritten
}

// ErrSpared is for an output file that is also being read.
var ErrSpared = errors.New("it is being read; write to another file")

// ErrEnoughFiles ends a capture after all files of its Rotation are written.
var ErrEnoughFiles = errors.New("all files are written")

// A RotatingWriter writes packets to a file, or to the files of a rotation; one is open at a time.
type RotatingWriter struct {
	name   string // as given
	format Format
	packed Compression
	rotate Rotation
	file   *outputFile // nil for standard output, and if none is open
	writer *Writer
	start  time.Time // start of the current file's period
	slot   string    // name with Every's conversions replaced
	in     capture.Interface
	opened int // files so far
	opener Opener
	names  map[string]struct{} // of files so far, at most maxNames
	turn   int                 // number of files of this slot
	before int64               // packets in previous files
}

// maxNames is the number of file names that a rotation remembers.
const maxNames = 1 << 18

// An Opener opens and removes files, for example in a process with more privileges.
type Opener interface {
	// Open opens a file for writing without truncating it, or creates it. made reports whether it
	// was created.
	Open(name string) (f *os.File, made bool, err error)
	// Remove removes an empty file.
	Remove(name string) error
}

// systemOpener opens files in this process.
type systemOpener struct{}

func (systemOpener) Remove(name string) error { return os.Remove(name) }

func (systemOpener) Open(name string) (f *os.File, made bool, err error) {
	f, err = os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666) // does not follow a link
	if err == nil {
		return f, true, nil
	}
	f, err = os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o666)
	return f, false, err
}

// An outputFile keeps its old content until something is written.
type outputFile struct {
	*os.File
	made  bool // it was created
	stale bool // it still has its old content
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
// %s of strftime are replaced, in the local time zone. "-" is the writer stdout. FormatOf
// determines the format. The first file is opened immediately, and keeps its old content until
// something is written.
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
		return w, nil // for a file as input, the first packet determines the time
	}
	return w, w.open(time.Now())
}

// Begin writes the header of the current file.
func (w *RotatingWriter) Begin() error { return w.writer.Begin(w.in) }

// Leave ends the files after the input failed. If nothing was written, it removes a new file and
// does not change an old one; else it is Close.
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

// Untouched reports whether nothing was written yet, so that an old file has its old content.
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

// remember reports a repeated file name. With Size and Files, names repeat on purpose.
func (w *RotatingWriter) remember(name string) {
	_, again := w.names[name]
	if again && w.rotate.Over != nil && (w.rotate.Size == 0 || w.rotate.Files == 0) {
		w.rotate.Over(name)
	}
	if len(w.names) < maxNames {
		w.names[name] = struct{}{}
	}
}

// OpenBy sets the Opener of all later files.
func (w *RotatingWriter) OpenBy(o Opener) { w.opener = o }

// Made reports whether the writer created the current file.
func (w *RotatingWriter) Made() bool { return w.file != nil && w.file.made }

// spared reports whether an opened file has old content. It fails for a file that is being read.
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

// Full reports whether a packet at that time needs another file and the rotation has no more. Write
// then returns ErrEnoughFiles.
func (w *RotatingWriter) Full(now time.Time) bool {
	return w.file != nil && w.rotate.Size == 0 && w.rotate.Files > 0 &&
		w.opened == w.rotate.Files && w.late(now)
}

// late reports whether the current file's period is over.
func (w *RotatingWriter) late(now time.Time) bool {
	if w.in.Name != "" && now.Before(w.start) {
		// the clock was set back: waiting for the old time would make the file too long
		w.start = now
	}
	return w.rotate.Every > 0 && now.Sub(w.start) >= w.rotate.Every
}

// turnTo ends the current file and opens the next, if its period is over or it is large enough.
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

// Flush writes the buffered packets.
func (w *RotatingWriter) Flush() error {
	if w.writer == nil {
		return nil
	}
	return w.writer.Flush()
}

// Packets returns the number of packets written to all files.
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
			w.in.Link, w.in.FCSLen = 1, -1 // Ethernet: for no packets, any type is valid
		}
		if err := w.writer.Begin(w.in); err != nil {
			return errors.Join(err, w.end())
		}
	}
	return w.end()
}
