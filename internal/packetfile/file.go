// Package packetfile writes the packets of a pipeline to a file or to the files of a rotation. It
// can add comments, make packets anonymous, and run a command on each finished file.
package packetfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Options control how packets are written.
type Options struct {
	Name       string // "-" for standard output
	Rotation   pcapfile.Rotation
	Comment    bool      // add the line of the packet as a comment
	Unbuffered bool      // write each packet immediately
	Command    string    // runs on each finished file; "" for none
	Hidden     *Hidden   // nil leaves packets unchanged
	Status     io.Writer // for notices
	Spare      []os.FileInfo
}

// A File writes packets to a file or a rotation.
type File struct {
	*pcapfile.RotatingWriter
	opt      Options
	session  *pipeline.Pipeline
	lines    *render.LineWriter // for comments, nil for none
	text     bytes.Buffer
	helper   *outfile.Helper // opens the files of a rotation; nil for none
	commands sync.WaitGroup
	failed   error // the first command that failed
	mu       sync.Mutex
}

// Open opens the file. It must not be one of the input files in Spare.
func Open(opt Options, stdout io.Writer, p *pipeline.Pipeline) (*File, error) {
	if term.Is(stdout) && opt.Name == "-" {
		return nil, errors.New("-w -: packets are not written to a terminal")
	}
	w := &File{opt: opt, session: p}
	if opt.Comment {
		w.lines = render.NewLineWriter(render.LineOptions{Stamp: render.StampNone, NoNumber: true})
	}
	var in capture.Interface
	if l := p.Live(); l != nil {
		in = opt.Hidden.about(l.Interface())
	}
	rotation := opt.Rotation
	rotation.Ended, rotation.Over, rotation.Spare = w.ended, w.over, opt.Spare
	files, err := pcapfile.NewRotatingWriter(opt.Name, stdout, in, rotation)
	if err != nil {
		return nil, err
	}
	w.RotatingWriter = files
	if files.Made() || !files.Untouched() {
		return w, w.Start()
	}
	return w, nil
}

func (o *Options) rotates() bool { return o.Rotation.Size > 0 || o.Rotation.Every > 0 }

// Needs returns the folder and the names of the files to open or remove later. A helper must do
// this if the sandbox takes that right from this process. The first file is usually already open.
func (w *File) Needs() (folder string, names *regexp.Regexp, err error) {
	o := &w.opt
	if o.Command != "" || !o.rotates() && (w.session.Live() != nil || !w.Made()) {
		return "", nil, nil
	}
	folder = filepath.Dir(o.Name)
	for o.Rotation.Every > 0 && strings.Contains(folder, "%") { // a conversion in a folder name
		folder = filepath.Dir(folder)
	}
	below, err := filepath.Rel(folder, o.Name)
	if err != nil {
		return "", nil, err
	}
	if o.rotates() {
		return folder, o.Rotation.Names(below), nil
	}
	return folder, outfile.One(below), nil
}

// OpenBy lets a helper open all further files.
func (w *File) OpenBy(h *outfile.Helper) {
	w.helper = h
	w.RotatingWriter.OpenBy(h)
}

// Close ends the last file and the helper.
func (w *File) Close() error { return w.closeHelper(w.RotatingWriter.Close()) }

// Leave ends the file after the input failed, and the helper.
func (w *File) Leave() error { return w.closeHelper(w.RotatingWriter.Leave()) }

func (w *File) closeHelper(err error) error {
	if w.helper != nil {
		err = errors.Join(err, w.helper.Close())
	}
	return err
}

// Start writes the file header of a live capture, so that the file can be read before the first
// packet.
func (w *File) Start() error {
	if w.session.Live() == nil {
		return nil
	}
	return w.Begin()
}

// Packet writes the current packet of the pipeline.
func (w *File) Packet(f *analysis.Frame) error {
	var comments []string
	if w.lines != nil {
		w.text.Reset()
		if err := w.lines.Packet(&w.text, f); err != nil {
			return err
		}
		comments = []string{w.text.String()}
	}
	p, about := w.opt.Hidden.packet(w.session)
	if err := w.Write(p, about, comments...); err != nil {
		return err
	}
	if w.opt.Unbuffered {
		return w.Flush()
	}
	return nil
}

// over prints a notice if a file of this run is overwritten. For names without a time, Open
// reported this.
func (w *File) over(name string) {
	if pcapfile.Dated(w.opt.Name) {
		term.Notice(w.opt.Status,
			"%s is overwritten: an earlier file of this run had the same name", name)
	}
}

// ended runs the command of -z on a file, in parallel with the capture.
func (w *File) ended(name string, _ int64) {
	if w.opt.Command == "" {
		return
	}
	w.commands.Go(func() {
		if out, err := exec.Command(w.opt.Command, name).CombinedOutput(); err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.failed == nil {
				w.failed = fmt.Errorf("%s %s: %w: %s", w.opt.Command, name, err,
					bytes.TrimSpace(out))
			}
		}
	})
}

// End ends the last file, waits for the commands, and prints the number of written packets.
func (w *File) End(status io.Writer) error {
	err := w.Close()
	w.commands.Wait()
	if err == nil {
		term.Notice(status, "%s written to %s", textutil.Plural(uint64(w.Packets()), "packet"),
			w.opt.Name)
	}
	return errors.Join(err, w.failed)
}

// Failed ends the last file after err and waits for the commands. It reports each error once.
func (w *File) Failed(err error) error {
	closed := w.Close()
	if w.commands.Wait(); errors.Is(err, closed) {
		closed = nil // err already contains this error
	}
	return errors.Join(err, closed, w.failed)
}
