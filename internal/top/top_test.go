package top_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/pcaps"
)

// servicePorts are the service ports of the sample, which the test of package pcaps finds at fixed
// offsets.
var servicePorts = []string{"20/tcp", "21/tcp", "22/tcp", "23/tcp", "25/tcp", "53/tcp", "53/udp",

	"80/tcp", "110/tcp", "123/udp", "179/tcp", "443/tcp"}

func TestPortsView(t *testing.T) {
	v := open(t, "services", nil)
	got := v.column()
	slices.Sort(got)
	want := slices.Clone(servicePorts)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("ports %v, want %v", got, want)
	}
	v.has(`443/tcp +https +system`)
}

// Enter goes from a port to its flows, to the packets of one, and to the drawing; Esc goes back.
func TestDrillDown(t *testing.T) {
	v := open(t, "https", nil)
	v.has(`▌443/tcp`)
	v.press("enter")
	v.has(`^ Ports › 443/tcp https +1 flow`)
	v.has(`▌192\.0\.2\.10:\d+ \w+ +→ +198\.51\.100\.7:443 https`)
	v.press("enter")
	v.has(`› 192\.0\.2\.10:\d+ → 198\.51\.100\.7:443 +\d+ packets`)
	v.has(`▌ +\d+ [0-9:.]+ .*443/https`)
	v.press("enter")
	v.has(`› packet \d+`)
	v.has(`Transmission Control Protocol: Source Port = \d+`)
	v.press("right")
	v.has(`Destination Port = \d+`)
	v.press("left", "left")
	v.hasNot(`Source Port = `)
	v.press("esc")
	v.hasNot(`› packet`)
	v.press("esc", "esc")
	v.hasNot(`›`)
	v.has(`▌443/tcp`)
}

// The bytes between the brackets are those of the selected field: 0x01bb is 443.
func TestFieldBytes(t *testing.T) {
	v := open(t, "https", nil)
	v.press("e", "right")
	line := v.line("Port = ")
	want := "01 bb"
	if !strings.Contains(line, "Destination Port = 443") {
		v.press("left")
		if line = v.line("Port = "); !strings.Contains(line, "Source Port = 443") {
			t.Fatalf("neither port is 443: %s", v.text())
		}
	}
	v.has(`\[` + want + `\]`)
}

// Up and Down change the packet that is drawn.
func TestOtherPacket(t *testing.T) {
	v := open(t, "https", nil)
	v.press("e")
	v.size(100, 80)
	first := v.line("Frame ")
	v.press("up")
	if second := v.line("Frame "); first == second {
		t.Errorf("both are %s", first)
	}
	v.press("down")
	if third := v.line("Frame "); third != first {
		t.Errorf("%s is not %s", third, first)
	}
}

// e draws the latest packet of a row.
func TestLatestPacket(t *testing.T) {
	v := open(t, "https", nil)
	v.press("e")
	v.has(`› packet 15 +15 packets`) // the sample has 15 pcap records, counted by hand
}

func TestViewKeys(t *testing.T) {
	v := open(t, "services", nil)
	for i, name := range []string{"Ports", "Flows", "Hosts", "Processes", "Packets", "Alerts"} {
		v.press(fmt.Sprint(i + 1))
		v.has(fmt.Sprintf(`\[%d %s\]`, i+1, name))
	}
	v.press("tab")
	v.has(`\[1 Ports\]`)
	v.press("shift+tab")
	v.has(`\[6 Alerts\]`)
	v.has(`no alerts`)
	v.press("4")
	v.has(`a capture has no processes`)
	v.press("3")
	v.has(`192\.0\.2\.10 `)
	v.has(`198\.51\.100\.7 .* 20/tcp 21/tcp 22/tcp`)
	v.size(140, 30)
	v.has(`198\.51\.100\.7 .* 12 +20/tcp 21/tcp 22/tcp …`)
}

// Enter on a host shows only its flows.
func TestHostScope(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, "", "")
	s.connect(1, 3, 50001, 22, "", "")
	s.connect(4, 3, 50002, 25, "", "")
	v := s.shown(120, 20)
	v.press("3", "s", "s", "s", "s", "s", "s", "s") // by address: 10.0.0.1 to 10.0.0.4
	v.press("home", "down", "down", "enter")
	v.has(`Hosts › 10\.0\.0\.3 +2 flows`)
	v.has(`:22 ssh`)
	v.has(`:25 smtp`)
	v.hasNot(`:443`)
}

func TestSort(t *testing.T) {
	v := open(t, "services", nil)
	v.press("s", "s", "s", "s", "s") // by port
	got := v.column()
	if !slices.Equal(got, servicePorts) {
		t.Errorf("by port: %v", got)
	}
	v.press("S")
	slices.Reverse(got)
	if back := v.column(); !slices.Equal(back, got) {
		t.Errorf("reversed: %v", back)
	}
}

func TestWindowKey(t *testing.T) {
	v := open(t, "http", nil)
	for _, want := range []string{"10 s", "60 s", "5 min", "all"} {
		v.press("t")
		v.has("window " + want)
	}
}

func TestFilterKey(t *testing.T) {
	for _, c := range []struct {
		typed string
		ports []string
		means string
	}{
		{"443", []string{"443/tcp"}, "port 443"},
		{"https", []string{"443/tcp"}, "port https"},
		{"udp", []string{"123/udp", "53/udp"}, "udp"},
		{"tcp port 25 or tcp port 110", []string{"110/tcp", "25/tcp"}, "tcp port 25 or"},
		{`service == "ssh"`, []string{"22/tcp"}, "--where service"},
		{"telne", []string{"23/tcp"}, "rows with telne"},
	} {
		v := open(t, "services", func(o *top.Options) { o.Style.Width = 0 })
		v.size(140, 30)
		v.press("/", c.typed, "enter")
		got := v.column()
		slices.Sort(got)
		if !slices.Equal(got, c.ports) {
			t.Errorf("%s: ports %v, want %v", c.typed, got, c.ports)
		}
		v.has(regexp.QuoteMeta("/ " + c.means))
		v.press("esc")
		if n := len(v.column()); n != len(servicePorts) {
			t.Errorf("%s: %d ports without the filter", c.typed, n)
		}
	}
}

// A filter with a mistake stays on the line, and its position is marked below.
func TestFilterMistake(t *testing.T) {
	v := open(t, "services", nil)
	v.press("/", "tcp port", "enter")
	v.has(`^/ tcp port`)
	v.has(`in the filter: `)
	v.has(`\^`)
	v.press("backspace", "backspace", "backspace", "backspace", "backspace", "enter")
	v.hasNot(`in the filter`)
	v.press("/", "ctrl+u", "client.port <", "enter")
	v.has(`in --where: `)
	v.press("esc")
	v.hasNot(`--where`)
	v.has(`/ tcp`)
}

// A row keeps its position for two seconds and then moves to its sorted position.
func TestRowsStay(t *testing.T) {
	v := open(t, "services", func(o *top.Options) { o.Player = still{} })
	before := v.column()
	a := analysis.New(flow.Options{Memory: 1 << 20})
	for range 20 {
		frames(t, "http", a, v.engine.Add)
	}
	v.clock = v.clock.Add(time.Second)
	v.size(100, 30)
	if now := v.column(); !slices.Equal(now, before) {
		t.Errorf("after a second %v, before %v", now, before)
	}
	v.clock = v.clock.Add(2 * time.Second)
	v.size(100, 30)
	if now := v.column(); now[0] != "80/tcp" || before[0] == "80/tcp" {
		t.Errorf("after three seconds %v, before %v", now, before)
	}
	v.has(`▌80/tcp`) // no other row was picked, so the busiest one stays selected
}

func TestFreeze(t *testing.T) {
	v := open(t, "http", nil)
	v.press("space")
	v.has("FROZEN")
	before := v.text()
	a := analysis.New(flow.Options{Memory: 1 << 20})
	frames(t, "ssh", a, v.engine.Add)
	v.Update(top.Tick)
	if v.text() != before {
		t.Errorf("a frozen screen changed to\n%s", v.text())
	}
	v.press("down", "up") // reads the rows again, but not the capture
	if v.text() != before {
		t.Errorf("a frozen screen changed with the selection to\n%s", v.text())
	}
	v.press("2")
	v.has("FROZEN")
	v.has(":22 ssh")
	v.press("1", "space")
	v.has("22/tcp")
	v.hasNot("FROZEN")
}

// The key c copies a command whose filter selects the row.
func TestCopy(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"", `portsniff -r https.pcap 'tcp port 443'`},
		{"2", `portsniff -r https.pcap 'host 192.0.2.10 and host 198.51.100.7 and tcp port`},
		{"3", `portsniff -r https.pcap 'host 1`},
	} {
		v := open(t, "https", nil)
		v.size(200, 30)
		v.press(c.keys)
		cmd := v.press("c")
		v.has(regexp.QuoteMeta("copied: " + c.want))
		if cmd == nil {
			t.Errorf("nothing is copied")
		}
		_, expr, _ := strings.Cut(v.line("copied: "), "'")
		expr, _, _ = strings.Cut(expr, "'")
		if f, err := top.ParseFilter(expr); err != nil || f == nil || f.Flag == nil {
			t.Errorf("%q is no filter: %v", expr, err)
		}
	}
}

// A private screen copies no command with an address, because that address is not the real one.
func TestCopyPrivate(t *testing.T) {
	v := open(t, "https", func(o *top.Options) { o.Private = true })
	v.has(`private: https`)
	v.press("c")
	v.has(`copied: portsniff -r https\.pcap 'tcp port 443'`)
	for _, keys := range []string{"2", "3", "5"} {
		v.press(keys)
		if cmd := v.press("c"); cmd != nil {
			t.Errorf("view %s: something is copied", keys)
		}
		v.has(`a filter cannot name this row: its addresses are not the real ones`)
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{"a.pcap": "a.pcap", "a b": "'a b'", "": "''",
		"it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := top.ShellQuote(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestHelpKey(t *testing.T) {
	v := open(t, "http", func(o *top.Options) { o.Player = still{} })
	v.size(80, 24)
	v.press("?")
	v.has("Any key closes this help") // also on the smallest common terminal
	v.has("play faster or slower")
	for _, key := range []string{"Enter", "Esc", "Space", "q, Ctrl-C", "Tab", "/"} {
		v.has(regexp.QuoteMeta(key))
	}
	v.press("x")
	v.has("80/tcp")
}

// At any size the screen shows the keys for help and quit, and the name of the current view.
func TestKeysAreNamed(t *testing.T) {
	for _, size := range [][2]int{{60, 15}, {80, 24}, {120, 40}, {59, 24}, {50, 10}} {
		v := open(t, "services", nil)
		v.size(size[0], size[1])
		v.press("6")
		v.has(`\? help · q quit`)
		v.has(`\[6 Alerts\]`)
		v.press("5", "enter")
		if size[0] >= 60 {
			v.has(`\? help · Esc back`)
		}
	}
}

func TestQuitKeys(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		v := open(t, "http", nil)
		cmd := v.press(key)
		if cmd == nil {
			t.Fatalf("%s does nothing", key)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%s does not quit", key)
		}
	}
}

// sgr matches a color or reverse video: the only sequences that a screen may contain.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// Every view of every sample fits the terminal at any size and contains no other control bytes.
func TestScreensFit(t *testing.T) {
	sizes := [][2]int{{80, 24}, {100, 30}, {200, 60}, {250, 70}, {59, 24}, {80, 14}, {20, 6},
		{1, 1}}
	for _, sample := range pcaps.List() {
		v := open(t, sample.Name, func(o *top.Options) { o.Style.Color = true })
		for _, keys := range [][]string{{"1"}, {"2"}, {"3"}, {"6"}, {"5"}, {"enter"},
			{"esc", "1", "e"}, {"?"}} {
			v.press(keys...)
			for _, size := range sizes {
				v.size(size[0], size[1])
				fits(t, v.Screen(), sample.Name, size)
			}
		}
	}
}

func fits(t *testing.T, screen, sample string, size [2]int) {
	t.Helper()
	lines := strings.Split(screen, "\n")
	if len(lines) > size[1] {
		t.Errorf("%s: %d lines at %v", sample, len(lines), size)
	}
	for _, line := range lines {
		line = sgr.ReplaceAllString(line, "")
		if n := textutil.Columns(line); n > size[0] {
			t.Errorf("%s: %d columns at %v: %s", sample, n, size, line)
		}
		if i := strings.IndexFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
			t.Errorf("%s: a control character at %v: %q", sample, size, line)
		}
	}
}

// With color off, the screen contains no color. With Unicode off, it contains only ASCII.
func TestPlainScreen(t *testing.T) {
	v := open(t, "services", func(o *top.Options) { o.Style = render.Style{} })
	for _, keys := range [][]string{{"1"}, {"2"}, {"3"}, {"6"}, {"5"}, {"enter"}, {"?"}} {
		v.press(keys...)
		text := v.Screen()
		for _, seq := range sgr.FindAllString(text, -1) {
			if seq != "\x1b[7m" && seq != "\x1b[27m" {
				t.Errorf("%v: %q", keys, seq)
			}
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return r > 0x7e }); i >= 0 {
			t.Errorf("%v: %q", keys, text[i:i+4])
		}
	}
}

// Enter on an alert shows its packets. The packet that shows the alert is selected.
func TestAlertsView(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, clientHello, "")
	s.connect(1, 2, 50001, 4444, httpRequest, "")
	s.engine.LookAll()
	v := s.shown(160, 20)
	v.has(`6 Alerts \(1\)`)
	v.press("6")
	v.has(`odd-port +http on 4444/tcp \(krb524\) +the first bytes from 10\.0\.0\.1:50001 .* 5`)
	v.press("enter")
	v.has(`▌ +5 .*4444`) // the first packet of the flow: four came before it
	v.has(`4 packets`)
	v.hasNot(`443/https`)
	v.press("esc")
	v.has(`\[6 Alerts \(1\)\]`)
}

// Packets without ports have a row with the reasons: two packets of ARP, and ten of ICMP.
func TestRowWithoutPorts(t *testing.T) {
	v := open(t, "arp-ping", nil)
	v.has(`no port +not-ip, no-tr`)
}
