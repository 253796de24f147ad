package main

import (
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/metrics"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/term"
)

// liveFlags say where and how frames are captured, in tcpdump's letters.
type liveFlags struct {
	iface     string
	snapLen   int
	buffer    int // KiB
	rings     int
	noPromisc bool
	direction string
	interval  time.Duration
	process   bool
	metrics   string                  // where Prometheus is answered, "" for nowhere
	listener  net.Listener            // the socket for that
	filter    *selection.KernelFilter // nil for none
}

// maxRings is the number of rings that may be asked for.
const maxRings = 64

func (f *liveFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVarP(&f.iface, "interface", "i", "", "capture on `IF`: name, number of -D, or any")
	fs.IntVarP(&f.snapLen, "snapshot-length", "s", 0, "capture at most `N` bytes a frame")
	fs.IntVarP(&f.buffer, "buffer-size", "B", live.DefaultBuffer>>10, "kernel buffer of `N` KiB")
	fs.IntVar(&f.rings, "rings", 1, "use `N` kernel buffers (Linux)")
	fs.BoolVarP(&f.noPromisc, "no-promiscuous-mode", "p", false, "no promiscuous mode")
	fs.StringVar(&f.metrics, "metrics", "", "serve metrics for Prometheus at `ADDR:PORT`")
	fs.StringVarP(&f.direction, "direction", "Q", "inout", "capture only `DIR`: in, out, inout")
	complete(cmd, "direction", "in", "out", "inout")
}

// addInterval adds the flag of commands whose table is refreshed.
func (f *liveFlags) addInterval(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&f.interval, "interval", time.Second, "refresh the table every `TIME`")
}

// check finds mistakes in the flags.
func (f *liveFlags) check() error {
	switch {
	case f.snapLen < 0 || f.snapLen > live.DefaultSnapLen:
		return fmt.Errorf("-s %d: use 0 to %d bytes", f.snapLen, live.DefaultSnapLen)
	case f.buffer < 1 || f.buffer > pipeline.MaxBuffer:
		return fmt.Errorf("-B %d: use 1 to %d KiB", f.buffer, pipeline.MaxBuffer)
	case f.rings < 1 || f.rings > maxRings:
		return fmt.Errorf("--rings %d: use 1 to %d", f.rings, maxRings)
	case f.interval < 0:
		return fmt.Errorf("--interval %v: use more than 0", f.interval)
	}
	if _, err := live.ParseDirection(f.direction); f.direction != "" && err != nil {
		return fmt.Errorf("-Q %w", err)
	}
	return nil
}

// given is a flag that was given and does something to a capture only, "" if there was none. -s 0,
// which keeps all of each frame, is true of a file.
func (f *liveFlags) given(cmd *cobra.Command) string {
	for _, name := range []string{"snapshot-length", "buffer-size", "rings", "no-promiscuous-mode",
		"direction", "interval", "process", "metrics"} {
		if cmd.Flags().Changed(name) && (name != "snapshot-length" || f.snapLen != 0) {
			return name
		}
	}
	return ""
}

// listenMetrics opens the socket that --metrics names. It comes before the sandbox, which leaves
// only the right to answer there.
func (in *input) listenMetrics(cmd *cobra.Command) (err error) {
	f := &in.live
	if f.metrics == "" {
		return nil
	}
	if f.listener, err = metrics.Listen(f.metrics); err != nil {
		return cli.Wrongf("--metrics %w", err)
	}
	in.sandbox.web = true
	term.Notice(cmd.ErrOrStderr(), "metrics at http://%v/metrics", f.listener.Addr())
	return nil
}

// openLive opens the interface that -i names.
func (in *input) openLive(cmd *cobra.Command) (pipeline.Source, error) {
	f := &in.live
	if err := f.check(); err != nil {
		return nil, cli.Wrong(err)
	}
	if err := in.listenMetrics(cmd); err != nil {
		return nil, err
	}
	status := cmd.ErrOrStderr()
	direction, _ := live.ParseDirection(f.direction) // it was checked
	opt := live.Options{SnapLen: f.snapLen, Buffer: f.buffer << 10, Rings: f.rings,
		NoPromisc: f.noPromisc, Direction: direction,
		LinkChanged: func(c live.LinkChange) { pipeline.NoticeLink(status, c) }}
	if f.filter != nil {
		opt.Filter, opt.FilterText = f.filter.Compile, f.filter.Expr
	}
	live, err := live.Open(f.iface, opt)
	if err != nil {
		return nil, err
	}
	return pipeline.NewLive(live), nil
}
