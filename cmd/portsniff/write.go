package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// writeFlags say where packets are written, in tcpdump's letters.
type writeFlags struct {
	file    string
	print   bool
	comment bool
	unbuf   bool
	hide    hideFlags
	size    int64 // millions of bytes
	seconds int64
	files   int
	command string
}

func (f *writeFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVarP(&f.file, "write", "w", "", "write packets to `FILE`, - for stdout")
	fs.BoolVar(&f.print, "print", false, "with -w: also print the packets")
	fs.BoolVar(&f.comment, "comment", false, "with -w: add packet comments")
	fs.BoolVarP(&f.unbuf, "packet-buffered", "U", false, "with -w: write packets at once")
	fs.Int64VarP(&f.size, "rotate-size", "C", 0, "new file after `N` million bytes")
	fs.Int64VarP(&f.seconds, "rotate-seconds", "G", 0,
		"new file every `N` seconds, time in its name")
	fs.IntVarP(&f.files, "rotate-files", "W", 0, "-C: use `N` files in turn; -G: end after N")
	f.hide.add(cmd)
	fs.StringVarP(&f.command, "postrotate-command", "z", "", "run \"`CMD` FILE\" on finished files")
}

// The largest values that -C and -G take.
const (
	maxRotateSize    = 1 << 40 // millions of bytes
	maxRotateSeconds = 1 << 32
)

// check finds mistakes in the flags.
func (f *writeFlags) check(cmd *cobra.Command, in *input) error {
	format, _, err := capture.FormatOf(f.file)
	if err != nil {
		return fmt.Errorf("-w %w", err)
	}
	rotates := f.size > 0 || f.seconds > 0
	given := cmd.Flags().Changed
	for _, n := range []struct {
		name, letter string
		value, most  int64
	}{{"rotate-size", "C", f.size, maxRotateSize},
		{"rotate-seconds", "G", f.seconds, maxRotateSeconds},
		{"rotate-files", "W", int64(f.files), math.MaxInt32}} {
		if given(n.name) && (n.value < 1 || n.value > n.most) {
			return fmt.Errorf("-%s %d: it must be 1 to %d", n.letter, n.value, n.most)
		}
	}
	if err := f.hide.check(cmd, f); err != nil {
		return err
	}
	switch {
	case f.file == "" && (f.print || f.comment || f.unbuf || f.size != 0 || f.seconds != 0 ||
		f.files != 0 || f.command != ""):
		return errors.New("--print, --comment, -U, -C, -G, -W and -z need -w FILE")
	case f.files > 0 && !rotates:
		return errors.New("-W needs -C or -G")
	case f.command != "" && in.sandbox.user != "":
		return errors.New("-z runs programs, which turns the sandbox off, and -Z is a part of that")
	case f.command != "" && !rotates:
		return errors.New("-z needs -C or -G")
	case f.file == "-" && rotates:
		return errors.New("standard output can't be written in several files")
	case f.file == "-" && f.print:
		return errors.New("-w - and --print would write packets and text to the same place")
	case f.file == "-" && in.format == formatJSON:
		return errors.New("-w - and --format json would write packets and text to the same place")
	case f.file != "" && !f.print && (in.format == formatCSV || in.format == formatJSON &&
		in.live.iface == ""):
		return fmt.Errorf(
			"--format %s is for what is printed, and with -w nothing is without --print", in.format)
	case f.comment && format == capture.Pcap:
		return errors.New(
			"a pcap file cannot hold comments: --comment needs a name that does not end in " +
				".pcap")
	}
	return nil
}

// A writing is the file that a session's packets go into.
type writing struct {
	*capture.Sink
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

// newWriting opens the file that -w names, which must be none of those that are read.
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
	sink, err := capture.NewSink(f.file, out, in, rotation)
	if err != nil {
		return nil, err
	}
	w.Sink = sink
	if sink.Made() || !sink.Untouched() {
		return w, w.begin()
	}
	return w, nil
}

// rotation is when another file begins.
func (f *writeFlags) rotation() capture.Rotation {
	return capture.Rotation{Size: f.size * 1e6, Every: time.Duration(f.seconds) * time.Second,
		Files: f.files}
}

// startHelper has a helper open the files of a rotation from now on, and remove one that nothing
// came of: this process gives up the right to. The first one is open mostly.
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
func (w *writing) Close() error { return w.closeHelper(w.Sink.Close()) }

// Leave ends the file of an input that has failed, and the helper.
func (w *writing) Leave() error { return w.closeHelper(w.Sink.Leave()) }

func (w *writing) closeHelper(err error) error {
	if w.helper != nil {
		err = errors.Join(err, w.helper.Close())
	}
	return err
}

// begin has a capture's file be one that can be read before there is a packet in it.
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

// over says of a file that is written over, unless the name has no time: that was reported at the
// start.
func (w *writing) over(name string) {
	if capture.Dated(w.flags.file) {
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

// writePackets is what the root command does with -w: it writes each packet, and prints it only if
// asked to.
func writePackets(cmd *cobra.Command, in *input, show *packetFlags, f *writeFlags) (err error) {
	p, err := in.start(cmd, !f.print)
	if err != nil {
		return err
	}
	defer closing(p, &err)
	if show.verbose > 0 {
		p.Analyzer.Sequences = analysis.NewSequences()
	}
	w, err := newWriting(cmd, f, p, in.infos(cmd))
	if err != nil {
		return err
	}
	if f.seconds > 0 && !capture.Dated(f.file) {
		term.Notice(w.status, "%s has no time in its name: each file of -G replaces the one before",
			f.file)
	}
	if f.print || f.comment || p.NeedsWatch() {
		if err := in.watchProcesses(cmd, p); err != nil {
			return errors.Join(err, w.Leave())
		}
	}
	if err := errors.Join(in.giveAway(cmd, f, w), w.startHelper(cmd, in),
		in.confine(cmd, f)); err != nil {
		return errors.Join(err, w.Leave())
	}
	if w.Untouched() {
		if err := w.begin(); err != nil {
			return errors.Join(&outputError{Err: err}, w.end(io.Discard))
		}
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	print, end := func(*analysis.Frame) error { return nil }, func() error { return nil }
	if f.print {
		v := newView(out, cmd, in, show)
		if print, err = v.each(show.flush || term.Is(cmd.OutOrStdout())); err != nil {
			return errors.Join(&outputError{Err: err}, w.end(w.status))
		}
		end = func() error { return v.end(p) }
	} else if in.format == formatJSON {
		end = func() error { return p.WriteCaptureEnd(out) }
	}
	p.Full = func(r *capture.Packet) bool { return w.Full(r.Timestamp) }
	p.OnIdle = func() error { return errors.Join(w.Flush(), out.Flush()) }
	err = p.Each(func(f *analysis.Frame) error {
		if err := w.packet(f); err != nil {
			return err
		}
		return print(f)
	})
	if errors.Is(err, capture.ErrEnoughFiles) {
		err = nil
	}
	if err != nil && w.Untouched() {
		return errors.Join(err, w.Leave())
	}
	if f.print {
		p.SettleProcesses()
	}
	var failed *outputError
	if errors.As(err, &failed) {
		closed := w.Close()
		if w.commands.Wait(); errors.Is(err, closed) {
			closed = nil // what ended it is reported once
		}
		return errors.Join(err, closed, w.failed)
	}
	if e := w.end(w.status); e != nil {
		err = errors.Join(err, &outputError{Err: e})
	}
	return finish(err, end, out.Flush)
}
