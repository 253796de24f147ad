package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
)

// A stepping is an interface that delivers packets while the clock changes: back by an hour,
// forward by a day, and to 1970. The packet times are those that a kernel would set.
type stepping struct {
	live.Capture
	given int64
	every time.Duration // delay before the next packet
}

// stepped returns the times of the packets in seconds since 1970.
func stepped() []int64 {
	const now = 1_780_000_000
	return []int64{now, now + 1, now - 3600, now - 3599, now - 3598, now + 86400, 5, 6, now + 2,
		now + 3}
}

func (l *stepping) Next(p *capture.Packet) error {
	time.Sleep(l.every)
	times := stepped()
	if l.given == int64(len(times)) {
		return io.EOF
	}
	data := udpFrame(40000+uint16(l.given%2), 53, "x")
	*p = capture.Packet{Number: l.given + 1, Link: 1, Data: data, HasTime: true, File: "eth0"}
	p.Timestamp, p.CaptureLength, p.Length = time.Unix(times[l.given], 0), len(data), len(data)
	l.given++
	return nil
}

func (l *stepping) Batch(out []capture.Record) int {
	var p capture.Packet
	if len(out) == 0 || l.Next(&p) != nil {
		return 0
	}
	out[0] = p.Record()
	return 1
}

func (l *stepping) Interface() capture.Interface { return capture.Interface{Name: "eth0", Link: 1} }
func (l *stepping) MTU() int                     { return 0 }
func (l *stepping) Stats() (live.Stats, error) {
	return live.Stats{Received: uint64(l.given)}, nil
}

// steppedPipeline returns a pipeline that reads from a stepping.
func steppedPipeline(every time.Duration) *pipeline.Pipeline {
	return pipeline.New(pipeline.Options{Source: pipeline.NewLive(&stepping{every: every})})
}

// spansOf returns the time spans, in nanoseconds, of the rows of a JSON table that contain both
// ends.
func spansOf(t *testing.T, out, from, to string) (spans []time.Duration) {
	t.Helper()
	for line := range strings.Lines(out) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		a, ok := row[from].(string)
		b, ok2 := row[to].(string)
		if !ok || !ok2 {
			continue
		}
		first, err1 := time.Parse(time.RFC3339Nano, a)
		last, err2 := time.Parse(time.RFC3339Nano, b)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		spans = append(spans, last.Sub(first))
	}
	return spans
}

// TestClockStepsInTables checks that no span is negative after the clock changed during a capture:
// each goes from the earliest time to the latest.
func TestClockStepsInTables(t *testing.T) {
	const day = 24 * time.Hour
	flows := pipeline.NewFlows(flow.Options{})
	p := steppedPipeline(0)
	if err := p.Count(flows); err != nil {
		t.Fatal(err)
	}
	var out, text bytes.Buffer
	view := &render.FlowView{Table: flows.Table}
	if err := view.Write(&out, render.FormatJSON, render.Style{}); err != nil {
		t.Fatal(err)
	}
	// Computed by hand: packets 1, 3, 5, 7 and 9 belong to the first flow, from 1970 + 5 s to now +
	// 2 s. The others go from 1970 + 6 s to now + one day.
	want := []time.Duration{(1_780_000_002 - 5) * time.Second, (1_780_086_400 - 6) * time.Second}
	if got := spansOf(t, out.String(), "start", "end"); len(got) != 2 || got[0] != want[0] ||
		got[1] != want[1] {
		t.Errorf("%v, want %v", got, want)
	}
	if err := view.Write(&text, render.FormatText, render.Style{}); err != nil ||
		strings.Contains(text.String(), "-1") || strings.Contains(text.String(), " -") {
		t.Errorf("%v:\n%s", err, text.String())
	}

	buckets := flow.NewBuckets(int64(day), 1<<20)
	ports := pipeline.NewPorts(flow.PortOptions{Buckets: buckets})
	p = steppedPipeline(0)
	if err := p.Count(ports); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	table := &render.PortView{Ports: ports.Table.Ports(), Totals: ports.Table.Totals}
	if err := table.Write(&out, render.FormatJSON, render.Style{}); err != nil {
		t.Fatal(err)
	}
	if got := spansOf(t, out.String(), "first", "last"); len(got) != 1 ||
		got[0] != (1_780_086_400-5)*time.Second {
		t.Errorf("%v", got)
	}
	var n uint64
	for _, b := range buckets.All() {
		n += b.Packets
	}
	if n != 10 || buckets.Left.Packets != 0 {
		t.Errorf("%d packets in buckets, %+v left", n, buckets.Left)
	}
	out.Reset()
	if err := p.WriteCaptureEnd(&out); err != nil {
		t.Fatal(err)
	}
	var end render.CaptureEnd
	if err := json.Unmarshal(out.Bytes(), &end); err != nil || end.Seconds < 0 ||
		end.Seconds > 60 || end.Captured != 10 {
		t.Errorf("%+v, %v", end, err)
	}
}

// TestClockStepsDoNotStopTheTable checks that lines and the refreshed table do not depend on the
// packets' clock.
func TestClockStepsDoNotStopTheTable(t *testing.T) {
	p := steppedPipeline(20 * time.Millisecond)
	drawn := 0
	p.Every(10*time.Millisecond, func() error { drawn++; return nil })
	var lines bytes.Buffer
	w := render.NewLineWriter(render.LineOptions{})
	if err := p.Each(func(f *analysis.Frame) error { return w.Packet(&lines, f) }); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(lines.String(), "\n"); n != 10 || drawn < 5 {
		t.Errorf("%d lines, %d tables in 200 ms", n, drawn)
	}
}
