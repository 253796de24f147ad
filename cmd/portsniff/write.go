package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/packetfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/term"
)

// writeFlags holds the flags for writing packets, with tcpdump's letters.
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

// The largest values of -C and -G.
const (
	maxRotateSize    = 1 << 40 // millions of bytes
	maxRotateSeconds = 1 << 32
)

// check returns an error for values that are not allowed.
func (f *writeFlags) check(cmd *cobra.Command, in *input) error {
	format, _, err := pcapfile.FormatOf(f.file)
	if err != nil {
		return fmt.Errorf("-w %w", err)
	}
	rotates := f.size > 0 || f.seconds > 0
	given := cmd.Flags().Changed
	for _, n := range []struct {
		name, letter string
		value, limit int64
	}{{"rotate-size", "C", f.size, maxRotateSize},
		{"rotate-seconds", "G", f.seconds, maxRotateSeconds},
		{"rotate-files", "W", int64(f.files), math.MaxInt32}} {
		if given(n.name) && (n.value < 1 || n.value > n.limit) {
			return fmt.Errorf("-%s %d: use 1 to %d", n.letter, n.value, n.limit)
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
	case f.comment && format == pcapfile.Pcap:
		return errors.New(
			"a pcap file cannot hold comments: --comment needs a name that does not end in " +
				".pcap")
	}
	return nil
}

// writePackets runs the root command with -w. It writes each packet, and prints packets only with
// --print.
func writePackets(cmd *cobra.Command, in *input, show *packetFlags, f *writeFlags) (err error) {
	p, err := in.start(cmd, !f.print)
	if err != nil {
		return err
	}
	defer cli.Close(p, &err)
	if show.verbose > 0 {
		p.Analyzer.Sequences = analysis.NewSequences()
	}
	w, err := f.open(cmd, p, in.infos(cmd))
	if err != nil {
		return err
	}
	if f.seconds > 0 && !pcapfile.Dated(f.file) {
		term.Notice(cmd.ErrOrStderr(),
			"%s has no time in its name: each file of -G replaces the one before", f.file)
	}
	if f.print || f.comment || p.NeedsWatch() {
		if err := in.watchProcesses(cmd, p); err != nil {
			return errors.Join(err, w.Leave())
		}
	}
	if err := errors.Join(in.giveAway(cmd, f, w), f.startHelper(cmd, in, w),
		in.confine(cmd, f)); err != nil {
		return errors.Join(err, w.Leave())
	}
	if w.Untouched() {
		if err := w.Start(); err != nil {
			return errors.Join(&outputError{Err: err}, w.End(io.Discard))
		}
	}
	out := bufio.NewWriterSize(cmd.OutOrStdout(), outputSize)
	print, end := func(*analysis.Frame) error { return nil }, func() error { return nil }
	if f.print {
		v := newView(out, cmd, in, show)
		if print, err = v.Each(show.flush || term.Is(cmd.OutOrStdout())); err != nil {
			return errors.Join(&outputError{Err: err}, w.End(cmd.ErrOrStderr()))
		}
		end = func() error { return v.End(p) }
	} else if in.format == formatJSON {
		end = func() error { return p.WriteCaptureEnd(out) }
	}
	p.Full = func(r *capture.Packet) bool { return w.Full(r.Timestamp) }
	p.OnIdle = func() error { return errors.Join(w.Flush(), out.Flush()) }
	err = p.Each(func(f *analysis.Frame) error {
		if err := w.Packet(f); err != nil {
			return err
		}
		return print(f)
	})
	if errors.Is(err, pcapfile.ErrEnoughFiles) {
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
		return w.Failed(err)
	}
	if e := w.End(cmd.ErrOrStderr()); e != nil {
		err = errors.Join(err, &outputError{Err: e})
	}
	return cli.Finish(err, end, out.Flush)
}

// open opens the file of -w. It must not be one of the input files.
func (f *writeFlags) open(cmd *cobra.Command, p *pipeline.Pipeline,
	reads []os.FileInfo) (*packetfile.File, error) {
	hide, err := f.hide.open(cmd)
	if err != nil {
		return nil, err
	}
	return packetfile.Open(packetfile.Options{Name: f.file, Comment: f.comment,
		Unbuffered: f.unbuf, Command: f.command, Hidden: hide, Status: cmd.ErrOrStderr(),
		Spare: reads, Rotation: pcapfile.Rotation{Size: f.size * 1e6,
			Every: time.Duration(f.seconds) * time.Second, Files: f.files},
	}, cmd.OutOrStdout(), p)
}

// startHelper starts a helper that opens the files of a rotation and removes an empty one. The
// sandbox takes these rights from this process.
func (f *writeFlags) startHelper(cmd *cobra.Command, in *input, w *packetfile.File) error {
	folder, names, err := w.Needs()
	if err != nil || names == nil {
		return err
	}
	user := ""
	if f.rotates() {
		user = in.sandbox.user
	}
	h, err := in.helper(cmd, folder, names, user)
	if h != nil {
		w.OpenBy(h)
	}
	return err
}
