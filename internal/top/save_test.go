package top_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/top"
)

// saved presses keys. The last one selects what to save. It returns the terminal and the saved
// bytes.
func saved(t *testing.T, sample string, keys ...string) (*terminal, []byte) {
	t.Helper()
	var out bytes.Buffer
	v := open(t, sample, func(o *top.Options) {
		o.Save = func(ending string, write func(io.Writer) error) (string, error) {
			return new(top.Namer).Name(time.Unix(0, 0), ending), write(&out)
		}
	})
	if cmd := v.press(keys...); cmd != nil {
		v.Update(cmd())
	}
	return v, out.Bytes()
}

// Only the packets of a row are saved, with their original bytes, times and lengths.
func TestSavePackets(t *testing.T) {
	v, data := saved(t, "services", "/", "port 25", "enter", "w", "p")
	v.has(`saved: portsniff-\d{8}-\d{6}\.pcapng`)
	src, err := pcapfile.NewReader(bytes.NewReader(data), "saved", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := analysis.New(flow.Options{Memory: 1 << 20})
	frames(t, "services", a, func(f *analysis.Frame) {
		if len(f.Transport) == 0 || f.Transport[0].Src != 25 && f.Transport[0].Dst != 25 {
			return
		}
		var p capture.Packet
		if err := src.Next(&p); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Data, f.Packet.Data) || !p.Timestamp.Equal(f.Time) || p.Length != f.Len {
			t.Errorf("packet %d is another one", f.Number)
		}
	})
	var p capture.Packet
	if err := src.Next(&p); !errors.Is(err, io.EOF) {
		t.Errorf("after the last packet: %v", err)
	}
}

// A truncated packet is saved with its original length. The sample comes from tcpdump -s 36.
func TestSaveCutPackets(t *testing.T) {
	_, data := saved(t, "cut", "5", "w", "p")
	src, err := pcapfile.NewReader(bytes.NewReader(data), "saved", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, a := 0, analysis.New(flow.Options{Memory: 1 << 20})
	frames(t, "cut", a, func(f *analysis.Frame) {
		var p capture.Packet
		if err := src.Next(&p); err != nil || p.Length != f.Len || len(p.Data) != 36 {
			t.Errorf("packet %d: %d of %d bytes: %v", f.Number, len(p.Data), p.Length, err)
		}
		n++
	})
	if n != 10 {
		t.Errorf("%d packets, want 10", n)
	}
}

// Packets of all lengths are kept unchanged, although the reader reuses its buffer.
func TestKeptBytes(t *testing.T) {
	s := newScene(t)
	var want []string
	for i := range 400 {
		payload := strings.Repeat(string(rune('a'+i%26)), i*i/3) // the longest has 53 kB
		want = append(want, payload)
		s.tcp(1, 2, 50000, 443, ack|psh, payload)
		for j := range s.frame {
			s.frame[j] = 0xff
		}
	}
	var out bytes.Buffer
	m := top.New(top.Options{Engine: s.engine, Locked: func(f func()) { f() }, Now: time.Now,
		Save: func(_ string, write func(io.Writer) error) (string, error) {
			return "", write(&out)
		}})
	m.Show(top.Packets)
	v := &terminal{Model: m, t: t}
	v.press("w")
	v.press("p")()
	src, err := pcapfile.NewReader(&out, "saved", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i, payload := range want {
		var p capture.Packet
		if err := src.Next(&p); err != nil {
			t.Fatal(err)
		}
		if string(p.Data[54:]) != payload { // after Ethernet, IPv4 and TCP
			t.Fatalf("packet %d has other bytes", i+1)
		}
	}
}

func TestSaveRows(t *testing.T) {
	_, data := saved(t, "services", "w", "c")
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) != len(servicePorts)+1 ||
		strings.Join(rows[0][:3], " ") != "port proto service" {
		t.Errorf("%v: %s", err, data)
	}
	process := slices.Index(rows[0], "process")
	for _, r := range rows[1:] {
		if r[process] != "" {
			t.Errorf("a capture has no processes, %s is of %q", r[0], r[process])
		}
	}
	for _, keys := range []string{"1", "2", "3", "5"} {
		_, data := saved(t, "services", keys, "w", "j")
		n := 0
		for line := range bytes.Lines(data) {
			var o struct{ Schema, View string }
			if err := json.Unmarshal(line, &o); err != nil || o.Schema != "portsniff.top/1" {
				t.Fatalf("%v: %s", err, line)
			}
			n++
		}
		if want := map[string]int{"1": 12, "2": 13, "3": 2, "5": 232}[keys]; n != want {
			t.Errorf("view %s: %d objects, want %d", keys, n, want)
		}
	}
}

func TestSaveNothing(t *testing.T) {
	v, data := saved(t, "services", "4", "w", "c")
	v.has(`not saved: there is nothing to save`)
	if len(data) > 0 {
		t.Errorf("%s", data)
	}
	v, _ = saved(t, "services", "w", "esc")
	v.has(`nothing was saved`)
	v = open(t, "services", nil)
	v.press("w")
	v.has(`files cannot be written here`)
}

// All names differ, also those of the same second. They match the pattern of files that the helper
// process may create.
func TestSaveName(t *testing.T) {
	var names top.Namer
	seen := map[string]bool{}
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for range 2 {
		for _, ending := range []string{"pcapng", "csv", "json", "svg", "csv", "pcapng"} {
			name := names.Name(at, ending)
			if seen[name] || !regexp.MustCompile(top.SaveNames).MatchString(name) ||
				!strings.HasSuffix(name, "."+ending) {
				t.Errorf("%s: seen %t, pattern %s", name, seen[name], top.SaveNames)
			}
			seen[name] = true
		}
		at = at.Add(time.Second)
	}
	if !seen["portsniff-20261130-120001.pcapng"] {
		t.Errorf("%v", seen)
	}
}

// A drawn packet is saved as an SVG that is well-formed XML and contains its ports.
func TestSaveDrawing(t *testing.T) {
	v, data := saved(t, "services", "/", "port 25", "enter", "e", "w", "s")
	v.has(`saved: portsniff-\d{8}-\d{6}\.svg`)
	d, text, root := xml.NewDecoder(bytes.NewReader(data)), "", ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			if root == "" {
				root = x.Name.Local
			}
		case xml.CharData:
			text += string(x)
		}
	}
	if root != "svg" || !strings.Contains(text, "45552") || !strings.Contains(text, "25") {
		t.Errorf("<%s> with %q", root, text)
	}
	v, _ = saved(t, "services", "w", "s")
	v.has(`not saved: no packet is drawn; Enter on a packet draws it`)
}
