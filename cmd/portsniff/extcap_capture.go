package main

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/extcap"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/internal/textutil"
)

// fifoFlush is the longest time a packet waits before it is written.
const fifoFlush = 100 * time.Millisecond

// errFifoClosed ends a capture whose reader has closed the fifo.
var errFifoClosed = errors.New("the fifo is closed")

// copyPackets writes captured packets to the fifo until the reader closes it or a signal arrives.
// It prints no notices, because Wireshark shows standard error as the reason for a failed capture.
func (f *extcapFlags) copyPackets(cmd *cobra.Command, in *input) (err error) {
	errs := cmd.ErrOrStderr()
	cmd.SetErr(io.Discard)
	fifo, err := os.OpenFile(f.fifo, os.O_WRONLY, 0) // blocks until a reader opens it
	if err != nil {
		return err
	}
	defer fifo.Close() // all packets are written before this
	p, err := in.start(cmd, false)
	if err != nil {
		return err
	}
	defer cli.Close(p, &err)
	if err := errors.Join(in.watchProcesses(cmd, p), in.confine(cmd, nil)); err != nil {
		return err
	}
	w := pcapfile.NewWriter(fifo, f.fifo, pcapfile.Pcapng, pcapfile.Uncompressed)
	if err := w.Begin(p.Interface()); err != nil {
		return fifoError(err)
	}
	p.Every(fifoFlush, func() error {
		if readerGone(fifo) {
			return errFifoClosed
		}
		return w.Flush()
	})
	err = p.Each(func(frame *analysis.Frame) error {
		if f.comments == extcap.CommentNone {
			return w.Write(p.Packet(), p.Interface)
		}
		return w.Write(p.Packet(), p.Interface, explain.Story(frame))
	})
	if err == nil {
		err = cli.Finish(nil, w.Flush)
	}
	if st, e := p.Live().Stats(); e == nil && st.Dropped > 0 {
		term.Notice(errs, "%s lost: the buffer of the kernel was full",
			textutil.Plural(st.Dropped, "packet"))
	}
	return fifoError(err)
}

// fifoError returns the error that ends a capture: nil if the reader closed the fifo.
func fifoError(err error) error {
	if errors.Is(err, errFifoClosed) || errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}
