//go:build unix

package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// kill sends a signal to this process.
func kill(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Error(err)
	}
}

// A breaking reader calls a function once after left bytes, and is slow from there on.
type breaking struct {
	r    io.Reader
	left int
	then func()
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), 30_000)])
	if b.left -= n; b.left < 0 {
		if b.then != nil {
			b.then()
			b.then = nil
		}
		time.Sleep(time.Millisecond)
	}
	return n, err
}

// outcomes returns functions that run an input through a pipeline and return the result as text.
func outcomes() map[string]func(p *pipeline.Pipeline) (string, error) {
	return map[string]func(p *pipeline.Pipeline) (string, error){
		"ports": func(p *pipeline.Pipeline) (string, error) {
			c := pipeline.NewPorts(flow.PortOptions{})
			err := p.Count(c)
			return fmt.Sprint(c.Table.Totals, c.Table.Ports()), err
		},
		"flows": func(p *pipeline.Pipeline) (string, error) {
			c := pipeline.NewFlows(flow.Options{})
			err := p.Count(c)
			return fmt.Sprint(c.Table.Totals, slices.Collect(c.Table.Flows())), err
		},
		"lines": func(p *pipeline.Pipeline) (string, error) {
			var text bytes.Buffer
			v, out := lines(&text)
			err := p.Show(v)
			if e := out.Flush(); e != nil {
				return "", e
			}
			return text.String() + fmt.Sprint(p.Analyzer.Flows.Ports()), err
		},
		"each": func(p *pipeline.Pipeline) (string, error) {
			var text bytes.Buffer
			w := render.NewLineWriter(render.LineOptions{})
			err := p.Each(func(f *analysis.Frame) error { return w.Packet(&text, f) })
			return text.String() + fmt.Sprint(p.Analyzer.Flows.Ports()), err
		},
	}
}

// TestInterrupted sends a signal at different points of the input. The result must contain exactly
// the packets up to one packet, as many as are reported.
func TestInterrupted(t *testing.T) {
	data := samples.Pcap(samples.Mixed(t, "../../pcaps", 10))
	for name, run := range outcomes() {
		broken := 0
		for i := range 12 {
			r := &breaking{r: bytes.NewReader(data), left: len(data) / 15 * (i + 1),
				then: func() { kill(t, syscall.SIGINT) }}
			p := open(t, r, pipeline.Options{Jobs: 1 + i%4, Signals: true})
			got, err := run(p)
			if errors.Is(err, pipeline.ErrInterrupted) {
				broken++
				if !strings.Contains(err.Error(), fmt.Sprint(p.Packets())) {
					t.Errorf("%v of %d packets", err, p.Packets())
				}
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			want, err := run(open(t, bytes.NewReader(data), pipeline.Options{Limit: p.Packets()}))
			if err != nil || got != want {
				t.Errorf("%s, %d packets are reported, %v:\n%.2000s\nwant\n%.2000s", name,
					p.Packets(), err, got, want)
			}
		}
		if broken < 6 {
			t.Errorf("%s: only %d of 12 were interrupted", name, broken)
		}
	}
}

// A signal or a failed output ends the input and the answers to Prometheus, even during an answer.
func TestMetricsEndWithTheInput(t *testing.T) {
	data := samples.Pcap(samples.Mixed(t, "../../pcaps", 10))
	for name, want := range map[string]error{"signal": pipeline.ErrInterrupted, "tick": errFull} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := &breaking{r: bytes.NewReader(data), left: len(data) / 3}
		if name == "signal" {
			r.then = func() { kill(t, syscall.SIGINT) }
		}
		p := open(t, r, pipeline.Options{Signals: true, Metrics: l})
		if name == "tick" {
			p.Every(time.Millisecond, func() error { return errFull })
		}
		if err := p.Count(pipeline.NewPorts(flow.PortOptions{})); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
			t.Errorf("%s: the socket for metrics is still open", name)
			_ = c.Close()
		}
	}
}

// TestReportSignal checks that the counts so far are consistent while several workers count.
func TestReportSignal(t *testing.T) {
	data := samples.Pcap(samples.Mixed(t, "../../pcaps", 10))
	for _, jobs := range []int{1, 3} {
		var status bytes.Buffer
		r := &breaking{r: bytes.NewReader(data), left: len(data) / 2,
			then: func() { kill(t, syscall.SIGUSR1) }}
		p := open(t, r, pipeline.Options{Jobs: jobs, Signals: true, Status: &status})
		c := pipeline.NewPorts(flow.PortOptions{})
		if err := p.Count(c); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		var packets, size uint64
		if _, err := fmt.Sscanf(status.String(), "portsniff: %d packets, %d bytes", &packets,
			&size); err != nil {
			t.Fatalf("%q: %v", status.String(), err)
		}
		f, err := pcapfile.NewReader(bytes.NewReader(data), "-", pcapfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var sum uint64
		var x capture.Packet
		for range packets {
			if err := f.Next(&x); err != nil {
				t.Fatal(err)
			}
			sum += uint64(x.Length)
		}
		if packets == 0 || sum != size {
			t.Errorf("%d workers: %d packets of %d bytes, which have %d", jobs, packets, size, sum)
		}
	}
}

// TestSecondHangup sends SIGHUP twice. If a terminal closes, its shell and the kernel both send
// this signal. The second one must not interrupt the orderly end after the first one.
func TestSecondHangup(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) { // under nohup
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		t.Cleanup(func() { signal.Ignore(syscall.SIGHUP) })
	}
	c := make(chan os.Signal, 1)
	pipeline.NotifyStop(c)
	defer signal.Reset(syscall.SIGHUP)
	kill(t, syscall.SIGHUP)
	pipeline.StopOnce(c, <-c)
	kill(t, syscall.SIGHUP) // would end this test's process if it were not ignored
}

// TestSignalsOfOneRequest sends signals together, as the program timeout does. Those after the
// first must not interrupt the orderly end.
func TestSignalsOfOneRequest(t *testing.T) {
	defer pipeline.SetSameRequest(pipeline.SetSameRequest(time.Hour))
	defer signal.Reset(os.Interrupt, syscall.SIGTERM)
	c := make(chan os.Signal, 1)
	pipeline.NotifyStop(c)
	kill(t, syscall.SIGTERM)
	pipeline.StopOnce(c, <-c)
	kill(t, syscall.SIGTERM) // would end this test's process
	kill(t, syscall.SIGINT)
}
