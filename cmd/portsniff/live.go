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

// liveFlags holds the flags of a live capture, with tcpdump's letters.
type liveFlags struct {
	iface     string
	snapLen   int
	buffer    int // KiB
	rings     int
	noPromisc bool
	direction string
	interval  time.Duration
	process   bool
	metrics   string                  // address where Prometheus reads metrics, "" for none
	listener  net.Listener            // the socket of that address
	filter    *selection.KernelFilter // nil for none
}

// maxRings is the largest value of --rings.
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

// check returns an error for values that are not allowed.
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

// given returns the first given flag that works only in a live capture, "" for none. -s 0 keeps all
// of each frame, so it is allowed with a file.
func (f *liveFlags) given(cmd *cobra.Command) string {
	for _, name := range []string{"snapshot-length", "buffer-size", "rings", "no-promiscuous-mode",
		"direction", "interval", "process", "metrics"} {
		if cmd.Flags().Changed(name) && (name != "snapshot-length" || f.snapLen != 0) {
			return name
		}
	}
	return ""
}

// listenMetrics opens the socket of --metrics. It runs before the sandbox closes; after that the
// process can only answer connections.
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
	direction, _ := live.ParseDirection(f.direction) // already checked
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
