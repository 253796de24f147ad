package top_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/linktype"
	"github.com/portsniff/portsniff/pcaps"
)

// TCP flags (RFC 9293 section 3.1).
const (
	fin, syn, rst, psh, ack = 1, 2, 4, 8, 16
)

// A scene builds packets and counts them with an Engine.
type scene struct {
	t      *testing.T
	a      *analysis.Analyzer
	engine *top.Engine
	at     time.Time
	n      int64
	frame  []byte // the latest frame
}

func newScene(t *testing.T) *scene {
	a := analysis.New(flow.Options{Memory: 1 << 20})
	return &scene{t: t, a: a, engine: top.NewEngine(a.Flows), at: time.Unix(1_800_000_000, 0)}
}

// wait advances the time of the next packet.
func (s *scene) wait(d time.Duration) { s.at = s.at.Add(d) }

// tcp adds a segment between 10.0.0.x and 10.0.0.y, with an Ethernet and an IPv4 header before it.
func (s *scene) tcp(x, y byte, from, to uint16, flags byte, payload string) {
	s.segment([4]byte{10, 0, 0, x}, [4]byte{10, 0, 0, y}, from, to, flags, payload)
}

func (s *scene) segment(x, y [4]byte, from, to uint16, flags byte, payload string) {
	f := make([]byte, 14+20+20)
	f[12] = 8
	ip, t := f[14:34], f[34:]
	ip[0], ip[8], ip[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(ip[2:], uint16(40+len(payload)))
	copy(ip[12:], x[:])
	copy(ip[16:], y[:])
	binary.BigEndian.PutUint16(t, from)
	binary.BigEndian.PutUint16(t[2:], to)
	t[3+4], t[12], t[13] = 1, 5<<4, flags
	if flags&ack != 0 {
		t[11] = 2
	}
	f = append(f, payload...)
	s.frame = f
	s.n++
	s.wait(time.Millisecond)
	p := capture.Packet{Number: s.n, Link: linktype.Ethernet, Data: f, HasTime: true}
	p.Timestamp, p.Length, p.CaptureLength = s.at, len(f), len(f)
	s.engine.Add(s.a.Packet(&p))
}

// end returns the endpoint of a port of 10.0.0.x.
func (s *scene) end(x byte, port uint16) flow.Endpoint {
	return flow.Endpoint{Addr: netip.AddrFrom4([4]byte{10, 0, 0, x}), Port: port}
}

// connect opens a connection from x to y and sends the first payloads of both ends.
func (s *scene) connect(x, y byte, from, to uint16, asks, answers string) {
	s.tcp(x, y, from, to, syn, "")
	s.tcp(y, x, to, from, syn|ack, "")
	s.tcp(x, y, from, to, ack, "")
	if asks != "" {
		s.tcp(x, y, from, to, ack|psh, asks)
	}
	if answers != "" {
		s.tcp(y, x, to, from, ack|psh, answers)
	}
}

// wants checks the rules of all alerts, and returns the alerts.
func (s *scene) wants(rules ...string) []top.Alert {
	s.t.Helper()
	s.engine.LookAll()
	list, n := s.engine.Alerts()
	var got []string
	for _, a := range list {
		got = append(got, a.Rule)
	}
	if !slices.Equal(got, rules) || int(n) != len(list) {
		s.t.Errorf("alerts %v, want %v: %+v", got, rules, list)
	}
	return list
}

func TestScanAlert(t *testing.T) {
	s := newScene(t)
	var reported []string
	s.engine.OnAlert(func(a top.Alert) { reported = append(reported, a.Rule) })
	for i := range uint16(19) {
		s.tcp(1, 2, 50000+i, 100+i, syn, "")
	}
	s.wants()
	s.tcp(1, 2, 50000, 100, syn, "") // the same port again
	s.wants()
	s.tcp(1, 2, 50019, 119, syn, "")
	a := s.wants("scan")[0]
	if a.Frame != 1 || !strings.Contains(a.What, "10.0.0.1 probes 20 ports on 10.0.0.2") {
		t.Errorf("%+v", a)
	}
	if !slices.Equal(reported, []string{"scan"}) {
		t.Errorf("reported: %q", reported)
	}
}

// The same probes over a longer time are not a scan, and neither are answered connections.
func TestNoScanAlert(t *testing.T) {
	s := newScene(t)
	for i := range uint16(60) {
		s.tcp(1, 2, 50000+i, 100+i, syn, "")
		s.wait(4 * time.Second)
	}
	s.wants()
	s = newScene(t)
	for i := range uint16(60) {
		s.connect(1, 2, 50000+i, 2000+i, "", "")
	}
	s.wants()
}

// A SYN counts as unanswered only after three seconds, because an answer may still come.
func TestScanWaitsForAnswers(t *testing.T) {
	s := newScene(t)
	for i := range uint16(30) {
		s.tcp(1, 2, 50000+i, 100+i, syn, "")
	}
	s.wait(2 * time.Second)
	s.engine.Tick(s.at.UnixNano())
	if list, _ := s.engine.Alerts(); len(list) > 0 {
		t.Errorf("after two seconds: %+v", list)
	}
	s.wait(2 * time.Second)
	s.engine.Tick(s.at.UnixNano())
	if list, _ := s.engine.Alerts(); len(list) != 1 {
		t.Errorf("after four seconds: %+v", list)
	}
}

func TestRefusedAlert(t *testing.T) {
	s := newScene(t)
	refuse := func(n int) {
		for i := range uint16(n) {
			s.tcp(1, 2, 50000+100*uint16(n)+i, 81, syn, "")
			s.tcp(2, 1, 81, 50000+100*uint16(n)+i, rst|ack, "")
		}
	}
	refuse(9)
	s.wants()
	s.wait(11 * time.Second)
	refuse(8)
	s.wants()
	s.wait(11 * time.Second)
	refuse(10)
	a := s.wants("refused")[0]
	if !strings.Contains(a.What, "10.0.0.2 refuses 10 connections of 10.0.0.1") || a.Frame == 0 {
		t.Errorf("%+v", a)
	}
}

// Another filter counts packets again, but no refusal twice.
func TestRefusedAlertAndFilters(t *testing.T) {
	s := newScene(t)
	for i := range uint16(6) {
		s.tcp(1, 2, 50000+i, 81, syn, "")
		s.tcp(2, 1, 81, 50000+i, rst|ack, "")
	}
	s.wants()
	for _, text := range []string{"port 81", "tcp", ""} {
		f, err := top.ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		s.engine.SetFilter(f)
		s.wants()
	}
}

const (
	clientHello = "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03"
	httpRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	sshBanner   = "SSH-2.0-OpenSSH_9.2\r\n"
)

func TestPayloadAlerts(t *testing.T) {
	for _, c := range []struct {
		port uint16
		asks string
		want []string
	}{
		{443, clientHello, nil}, {80, httpRequest, nil}, {22, sshBanner, nil},
		{80, clientHello, []string{"tls-on-clear-port"}},
		{25, clientHello, []string{"tls-on-clear-port"}},
		{443, httpRequest, []string{"clear-on-tls-port"}},
		{4444, httpRequest, []string{"odd-port"}},
		{80, sshBanner, []string{"odd-port"}},
		{50123, httpRequest, nil}, // an unassigned port
	} {
		s := newScene(t)
		s.connect(1, 2, 50001, c.port, c.asks, "")
		s.connect(1, 2, 50002, c.port, c.asks, "") // the same server: once
		for _, a := range s.wants(c.want...) {
			if a.Frame != 1 || !strings.Contains(a.Evidence, "10.0.0.1:50001") {
				t.Errorf("%d: %+v", c.port, a)
			}
		}
	}
}

func TestNewPortAlert(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50001, 80, "", "")
	s.wait(59 * time.Second)
	s.connect(1, 2, 50002, 8080, "", "")
	s.wants()
	s.wait(2 * time.Second)
	s.connect(1, 2, 50003, 80, "", "") // the port was seen before
	s.connect(1, 3, 50004, 80, "", "") // the host was not seen before
	s.wants()
	first := s.n + 1
	s.connect(1, 2, 50005, 9090, "", "")
	a := s.wants("new-port")[0]
	if !strings.Contains(a.What, "10.0.0.2 accepts connections on 9090/tcp") || a.Frame != first {
		t.Errorf("%+v", a)
	}
}

func TestWellKnownClientAlert(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 20, 50000, "", "") // active FTP
	s.connect(1, 2, 800, 2049, "", "") // NFS
	s.connect(1, 2, 50001, 443, "", "")
	s.wants()
	first := s.n + 1
	s.connect(1, 2, 53, 8080, "", "")
	if a := s.wants("well-known-client")[0]; a.Frame != first {
		t.Errorf("%+v", a)
	}
}

func TestLossAlert(t *testing.T) {
	s := newScene(t)
	s.engine.Lost(0)
	s.wants()
	s.tcp(1, 2, 50000, 443, ack, "")
	s.engine.Lost(5)
	s.engine.Lost(5)
	if a := s.wants("loss")[0]; a.What != "5 packets lost so far" || a.Frame != 0 {
		t.Errorf("%+v", a)
	}
}

// Continuing losses raise an alert every ten seconds. The last alert includes all losses.
func TestLossesGoOn(t *testing.T) {
	s := newScene(t)
	for n := range uint64(40) {
		s.tcp(1, 2, 50000, 443, ack, "")
		s.engine.Lost(1000 + n)
		s.wait(500 * time.Millisecond)
	}
	list, _ := s.engine.Alerts()
	if len(list) != 2 { // one at once, and one after ten of the twenty seconds
		t.Errorf("%+v", list)
	}
	list = s.wants("loss", "loss", "loss")
	if last := list[2].What; last != "1,039 packets lost so far" {
		t.Error(last)
	}
}

// The samples raise only the alerts in known. They were recorded to show these.
func TestSamplesAreQuiet(t *testing.T) {
	known := map[string][]string{}
	for _, sample := range pcaps.List() {
		a := analysis.New(flow.Options{Memory: 1 << 20})
		e := top.NewEngine(a.Flows)
		frames(t, sample.Name, a, e.Add)
		e.LookAll()
		list, _ := e.Alerts()
		var got []string
		for _, x := range list {
			got = append(got, x.Rule)
		}
		if !slices.Equal(got, known[sample.Name]) {
			t.Errorf("%s: %+v", sample.Name, list)
		}
	}
}

// Real captures raise few alerts: those in testdata/alerts.txt. It has a line for each capture and
// rule with the number of alerts. Each line was checked by hand and contains the reason.
func TestCorpusAlerts(t *testing.T) {
	folder := corpustest.Corpus(t)
	text, err := os.ReadFile("testdata/alerts.txt")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line, _, _ = strings.Cut(line, "#"); strings.TrimSpace(line) != "" {
			known[strings.Join(strings.Fields(line), " ")] = true
		}
	}
	read := 0 // captures
	for _, name := range corpusSample(t, folder) {
		below, err := filepath.Rel(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		counts, packets := alertsOf(t, name)
		if packets > 0 {
			read++
		}
		for _, rule := range slices.Sorted(maps.Keys(counts)) {
			line := fmt.Sprintf("%s %s %d", below, rule, counts[rule])
			if !known[line] {
				t.Errorf("not in testdata/alerts.txt: %s", line)
			}
			delete(known, line)
		}
	}
	for line := range known {
		t.Errorf("no more: %s", line)
	}
	if read < 200 {
		t.Errorf("%d captures have packets, want 200", read)
	}
}

// corpusSample returns every third capture of a folder, about 200.
func corpusSample(t *testing.T, folder string) (list []string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(folder, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if n++; n%3 == 0 {
			list = append(list, name)
		}
		return nil
	})
	if err != nil || len(list) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	return list
}

// alertsOf counts the alerts of a capture by rule, and its packets.
func alertsOf(t *testing.T, name string) (counts map[string]int, packets int) {
	t.Helper()
	src, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		return nil, 0 // some files are not captures
	}
	defer src.Close()
	a := analysis.New(flow.Options{Memory: 16 << 20})
	e := top.NewEngine(a.Flows)
	const most = 20_000 // packets
	for ; packets < most; packets++ {
		var p capture.Packet
		if src.Next(&p) != nil {
			break // the end, or intentional damage
		}
		e.Add(a.Packet(&p))
	}
	e.LookAll()
	counts = map[string]int{}
	list, _ := e.Alerts()
	for _, x := range list {
		counts[x.Rule]++
		t.Logf("%s: %s: %s; %s; packet %d", filepath.Base(name), x.Rule, x.What, x.Evidence,
			x.Frame)
	}
	return counts, packets
}
