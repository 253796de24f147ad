package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A writing is the file that packets are written to.
type writing struct {
	*pcapfile.RotatingWriter
	flags    *writeFlags
	session  *pipeline.Pipeline
	status   io.Writer
	lines    *render.LineWriter // for comments, nil for none
	text     bytes.Buffer
	hidden   *hidden         // nil where packets stay as they are
	helper   *outfile.Helper // opens the files of a rotation; nil for none
	commands sync.WaitGroup
	failed   error // the first command that failed
	mu       sync.Mutex
}

// newWriting opens the file that -w names. It must not be one of those that are read.
func newWriting(cmd *cobra.Command, f *writeFlags, p *pipeline.Pipeline,
	reads []os.FileInfo) (*writing, error) {
	hide, err := f.hide.open()
	if err != nil {
		return nil, err
	}
	out := cmd.OutOrStdout()
	if term.Is(out) && f.file == "-" {
		return nil, errors.New("-w -: packets are not written to a terminal")
	}
	w := &writing{flags: f, session: p, status: cmd.ErrOrStderr(), hidden: hide}
	if f.comment {
		w.lines = render.NewLineWriter(render.LineOptions{Stamp: render.StampNone, NoNumber: true})
	}
	var in capture.Interface
	if l := p.Live(); l != nil {
		in = hide.about(l.Interface())
	}
	rotation := f.rotation()
	rotation.Ended, rotation.Over, rotation.Spare = w.ended, w.over, reads
	sink, err := pcapfile.NewRotatingWriter(f.file, out, in, rotation)
	if err != nil {
		return nil, err
	}
	w.RotatingWriter = sink
	if sink.Made() || !sink.Untouched() {
		return w, w.begin()
	}
	return w, nil
}

// rotation is when another file begins.
func (f *writeFlags) rotation() pcapfile.Rotation {
	return pcapfile.Rotation{Size: f.size * 1e6, Every: time.Duration(f.seconds) * time.Second,
		Files: f.files}
}

// startHelper starts a helper that opens the files of a rotation from now on and removes an empty
// one, because the sandbox takes that right from this process. The first file is usually open.
func (w *writing) startHelper(cmd *cobra.Command, in *input) (err error) {
	f := w.flags
	if f.command != "" || !f.rotates() && (w.session.Live() != nil || !w.Made()) {
		return nil
	}
	folder := filepath.Dir(f.file)
	for f.seconds > 0 && strings.Contains(folder, "%") { // a conversion in a folder's name
		folder = filepath.Dir(folder)
	}
	below, err := filepath.Rel(folder, f.file)
	if err != nil {
		return err
	}
	names, user := outfile.One(below), ""
	if f.rotates() {
		names, user = f.rotation().Names(below), in.sandbox.user
	}
	w.helper, err = in.helper(cmd, folder, names, user)
	if w.helper != nil {
		w.OpenBy(w.helper)
	}
	return err
}

// Close ends the last file, and the helper.
func (w *writing) Close() error { return w.closeHelper(w.RotatingWriter.Close()) }

// Leave ends the file of an input that has failed, and the helper.
func (w *writing) Leave() error { return w.closeHelper(w.RotatingWriter.Leave()) }

func (w *writing) closeHelper(err error) error {
	if w.helper != nil {
		err = errors.Join(err, w.helper.Close())
	}
	return err
}

// begin writes the header of a live capture's file, so that it can be read before the first packet.
func (w *writing) begin() error {
	if w.session.Live() == nil {
		return nil
	}
	return w.Begin()
}

// packet writes the packet that the session has read.
func (w *writing) packet(f *analysis.Frame) error {
	var comments []string
	if w.lines != nil {
		w.text.Reset()
		if err := w.lines.Packet(&w.text, f); err != nil {
			return err
		}
		comments = []string{w.text.String()}
	}
	p, about := w.hidden.packet(w.session)
	if err := w.Write(p, about, comments...); err != nil {
		return err
	}
	if w.flags.unbuf {
		return w.Flush()
	}
	return nil
}

// over reports a file that is written over. Names without a time were reported at the start.
func (w *writing) over(name string) {
	if pcapfile.Dated(w.flags.file) {
		term.Notice(w.status,
			"%s is written again: an earlier file of this run had the same name", name)
	}
}

// ended runs the command of -z on a file, beside the capture.
func (w *writing) ended(name string, _ int64) {
	if w.flags.command == "" {
		return
	}
	w.commands.Go(func() {
		if out, err := exec.Command(w.flags.command, name).CombinedOutput(); err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.failed == nil {
				w.failed = fmt.Errorf("%s %s: %w: %s", w.flags.command, name, err,
					bytes.TrimSpace(out))
			}
		}
	})
}

// end ends the last file, waits for the commands, and says how many packets were written.
func (w *writing) end(status io.Writer) error {
	err := w.Close()
	w.commands.Wait()
	if err == nil {
		term.Notice(status, "%s written to %s", textutil.Plural(uint64(w.Packets()), "packet"),
			w.flags.file)
	}
	return errors.Join(err, w.failed)
}
