package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit/samples"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/pcaps"
)

// packetTimes are the times of the packets of a sample in nanoseconds since 1970, read at the
// places the pcap format has them: a file header of 24 bytes, then seconds, microseconds and
// length.
func packetTimes(t *testing.T, sample string) (times []int64) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if b[0] != 0xd4 {
		t.Fatal("the sample is no little-endian pcap file in microseconds")
	}
	for b = b[24:]; len(b) > 0; {
		word := func(i int) int64 { return int64(binary.LittleEndian.Uint32(b[4*i:])) }
		times = append(times, word(0)*1e9+word(1)*1e3)
		b = b[16+word(2):]
	}
	return times
}

// A player at work.
type playing struct {
	*player
	t *testing.T
}

func play(t *testing.T, sample string) *playing {
	t.Helper()
	cmd := newTop()
	cmd.SetContext(context.Background())
	in := &input{demo: sample, color: colorNever, memory: flow.DefaultMemory}
	opt, err := in.options(cmd, false)
	if err != nil {
		t.Fatal(err)
	}
	v, ended := &playing{newPlayer(cmd, in, opt), t}, make(chan error, 1)
	go func() { ended <- v.run() }()
	t.Cleanup(func() {
		v.stop()
		if err := errors.Join(<-ended, v.close(true)); err != nil {
			t.Error(err)
		}
	})
	return v
}

// until waits until a condition holds.
func (v *playing) until(what string, done func(top.Position) bool) {
	v.t.Helper()
	for range 3000 {
		if done(v.Position()) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	v.t.Fatalf("%s: still %+v", what, v.Position())
}

// counted is how many packets are counted.
func (v *playing) counted() int64 {
	v.work.Lock()
	defer v.work.Unlock()
	return v.selected
}

// At every time that is gone to, exactly the packets up to it are counted: forward and back.
func TestPlayerMoves(t *testing.T) {
	const sample = "services"
	times := packetTimes(t, sample)
	v := play(t, sample)
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	p := v.Position()
	if p.First != times[0] || p.Last != times[len(times)-1] || v.counted() != int64(len(times)) {
		t.Errorf("%+v after %d packets; %d from %d to %d", p, v.counted(), len(times), times[0],
			times[len(times)-1])
	}
	for _, i := range []int{100, 20, 21, 150, 0, len(times) - 2, 60} {
		at := times[i]
		v.MoveTo(at)
		want := int64(0)
		for _, x := range times {
			if x <= at {
				want++
			}
		}
		v.until("moved", func(p top.Position) bool {
			return p.Now == at && !p.Reading && v.counted() == want
		})
	}
}

// Playing comes to the end by itself, faster where that is asked for, and begins anew from there.
func TestPlayerPlays(t *testing.T) {
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	for range 10 {
		v.Speed(true)
	}
	if p := v.Position(); p.Speed != 1024 {
		t.Errorf("the speed is %v", p.Speed)
	}
	v.Play(true)
	v.until("plays", func(p top.Position) bool { return p.Playing || p.Now == p.Last })
	v.until("played", func(p top.Position) bool { return !p.Playing && p.Now == p.Last })
	if n, want := v.counted(), int64(len(packetTimes(t, "services"))); n != want {
		t.Errorf("%d packets, want %d", n, want)
	}
	for range 100 {
		v.Speed(false)
	}
	if p := v.Position(); p.Speed != minSpeed {
		t.Errorf("the speed is %v", p.Speed)
	}
}

// In a gap without packets time goes on.
func TestPlayerPausesInAGap(t *testing.T) {
	times := packetTimes(t, "services")
	gap := 0
	for i := range times[1:] {
		if times[i+1]-times[i] > times[gap+1]-times[gap] {
			gap = i
		}
	}
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	at := times[gap] + (times[gap+1]-times[gap])/2
	v.MoveTo(at)
	v.until("moved", func(p top.Position) bool {
		return p.Now == at && v.counted() == int64(gap+1)
	})
	v.Play(true)
	v.until("plays", func(p top.Position) bool { return p.Now > at })
	v.Play(false)
	v.until("paused", func(p top.Position) bool { return !p.Playing })
}

// A filter counts what it selects up to the position, also after a move.
func TestPlayerFilters(t *testing.T) {
	v := play(t, "services")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	f, err := top.ParseFilter("port 443")
	if err != nil {
		t.Fatal(err)
	}
	v.locked(func() { v.engine.SetFilter(f) })
	v.Recount()
	rows := func() int {
		v.work.Lock()
		defer v.work.Unlock()
		return len(v.engine.Rows(&top.Query{View: top.Ports, Window: top.Always}).Order)
	}
	all := int64(len(packetTimes(t, "services")))
	v.until("filtered", func(p top.Position) bool {
		return !p.Reading && v.counted() == all && rows() == 1
	})
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		all, ctype, lang string
		want             bool
	}{
		{"", "", "en_US.UTF-8", true}, {"", "", "C.utf8", true}, {"", "", "C", false},
		{"C", "", "en_US.UTF-8", false}, {"", "POSIX", "en_US.UTF-8", false},
		{"de_DE.UTF-8", "C", "C", true}, {"", "", "", os.PathSeparator == '\\'},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_CTYPE": c.ctype, "LANG": c.lang}
		if got := localeIsUTF8(func(k string) string { return env[k] }); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
}

// A time that is beyond all times of the file is its end.
func TestPlayerBeyondTheEnd(t *testing.T) {
	v := play(t, "http")
	v.until("read", func(p top.Position) bool { return p.Last != 0 && !p.Reading })
	v.MoveTo(v.Position().Last + 1e9)
	v.MoveTo(math.MaxInt64)
	v.until("stays", func(p top.Position) bool { return p.Now == p.Last })
}

// A made scan: its alert is in the file, and the status says so. The same without --fail-on is
// status 0, with another rule too.
func TestAlertsOfAScan(t *testing.T) {
	dir := t.TempDir()
	var frames [][]byte
	for port := range uint16(25) {
		f := make([]byte, 14+20+20)
		f[12] = 8
		copy(f[14:], []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
		binary.BigEndian.PutUint16(f[34:], 50000)
		binary.BigEndian.PutUint16(f[36:], 100+port)
		f[46], f[47] = 5<<4, 2 // SYN
		frames = append(frames, f)
	}
	name, log := filepath.Join(dir, "scan.pcap"), filepath.Join(dir, "alerts.jsonl")
	if err := os.WriteFile(name, samples.Pcap(frames), 0o600); err != nil {
		t.Fatal(err)
	}
	for failOn, want := range map[string]int{"scan": 3, "any": 3, "loss,scan": 3, "refused": 0} {
		cmd := exec.Command(os.Args[0], "top", "--once", "-r", name, "--alerts", log, "--fail-on",
			failOn)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		_ = cmd.Run() // its status is looked at
		if got := cmd.ProcessState.ExitCode(); got != want {
			t.Errorf("--fail-on %s: status %d: %s", failOn, got, errs.String())
		}
		if (want == 3) != strings.Contains(errs.String(), "alerts: scan") {
			t.Errorf("--fail-on %s: %s", failOn, errs.String())
		}
		text, err := os.ReadFile(log)
		var a struct {
			Schema, Rule, What string
			Frame              int64
		}
		if err != nil || bytes.Count(text, []byte("\n")) != 1 || json.Unmarshal(text, &a) != nil ||
			a.Schema != "portsniff.alert/1" || a.Rule != "scan" || a.Frame != 1 ||
			!strings.Contains(a.What, "10.0.0.1 probes 20 ports on 10.0.0.2") {
			t.Errorf("%v: %s", err, text)
		}
	}
}
