package top_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/top"
)

func parse(t *testing.T, text string) top.Config {
	t.Helper()
	c, err := top.ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ParseConfig returns the configuration that Write wrote, for the defaults and for other values.
func TestConfigIsReadAsWritten(t *testing.T) {
	for _, text := range []string{"", `view = "flows"
window = "5min"
color = "never"
mouse = true
[columns]
flows = ["server", "up bit/s", "last"]
[alerts.scan]
on = false
count = 7
within = "90s"
[keys]
sort = ["x", "ctrl+s"]
`} {
		text = strings.Replace(text, `, "last"`, "", 1)
		c := parse(t, text)
		var first, second bytes.Buffer
		if err := c.Write(&first); err != nil {
			t.Fatal(err)
		}
		again := parse(t, first.String())
		if err := again.Write(&second); err != nil {
			t.Fatal(err)
		}
		if first.String() != second.String() || !reflect.DeepEqual(c.Rules, again.Rules) {
			t.Errorf("written:\n%s\nand again:\n%s", &first, &second)
		}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(first.String(), line) {
				t.Errorf("%q is missing:\n%s", line, &first)
			}
		}
	}
}

func TestConfigMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"colors = 1":                   `line 1: unknown name "colors"`,
		"mouse = true\nview = 1":       "line 2: view: wrong type of value",
		"view = \"":                    "line 1: ",
		`view = "port"`:                `view: "port" is not one of ports, flows`,
		`window = "1h"`:                `window: "1h" is not one of 10s, 60s`,
		`color = "red"`:                `color: "red" is not one of auto`,
		"[columns]\nport = []":         `columns: "port" is not one of ports`,
		"[columns]\nports = [\"rtt\"]": `columns.ports: "rtt" is not one of port, service`,
		"[columns]\nports = [\"hosts\", \"hosts\"]": `columns.ports: "hosts" is listed twice`,
		"[alerts.skan]\non = true":                  `alerts: "skan" is not one of scan`,
		"[alerts.scan]\ncount = 0":                  "alerts.scan: count = 0: it must be from 1 to",
		"[alerts.scan]\ncount = 100000":             "count = 100000: it must be from 1 to",
		"[alerts.scan]\nwithin = \"1d\"":            `within = "1d": it must be a time`,
		"[alerts.scan]\nwithin = \"2h\"":            `within = "2h": it must be a time`,
		"[alerts.odd-port]\ncount = 2":              "alerts.odd-port: count = 2: this rule has no",
		"[keys]\nsorted = [\"x\"]":                  `keys: "sorted" is not one of next-view`,
		"[keys]\nsort = []":                         "keys.sort: it needs a key",
		"[keys]\nsort = [\"enter key\"]":            `keys.sort: "enter key" is not a key`,
		"[keys]\nsort = [\"w\"]":                    "keys: w has two meanings, sort and save",
		"[keys]\nsort = [\"3\"]":                    "keys: 3 has two meanings, the views and sort",
		"[keys]\nfield-before = [\"up\"]": "keys: up has two meanings, up and " +
			"field-before",
	} {
		if _, err := top.ParseConfig([]byte(text)); err == nil ||
			!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "struct") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// preferring returns a terminal that shows a sample with a configuration.
func preferring(t *testing.T, text string) *terminal {
	t.Helper()
	c := parse(t, text)
	return open(t, "services", func(o *top.Options) { o.Config = c })
}

func TestConfiguredColumns(t *testing.T) {
	v := preferring(t, `[columns]
ports = ["flows", "port", "bytes"]
flows = ["server", "bytes"]
hosts = []
`)
	v.has(`^ +FLOWS +PORT +BYTES$`)
	v.has(`[▌ ] +1 +22/tcp +\S+ k`)
	v.press("2")
	v.has(`^ CLIENT +→? +SERVER +BYTES$`)
	v.has(`192\.0\.2\.\d+:\d+ \w+ +→ +198\.51\.100\.7:22 ssh +10\.3 k`)
	v.press("3")
	v.has(`^ HOST +$`)
}

// The key o lists the columns; a letter hides and shows one.
func TestPickColumns(t *testing.T) {
	v := open(t, "services", nil)
	v.press("o")
	v.has(`^ Columns of Ports`)
	v.has(`^ a  port +always shown`)
	v.has(`^ b  service +shown`)
	v.press("a", "b", "f")
	v.has(`^ a  port +always shown`)
	v.has(`^ b  service +hidden`)
	v.has(`^ f  flows +hidden`)
	v.press("esc")
	v.has(`^ PORT +RANGE +▼BIT/S +PKT/S +HOSTS`)
	v.press("o", "f", "b", "z")
	v.has(`^ PORT +SERVICE +RANGE +▼BIT/S +PKT/S +FLOWS +HOSTS`)
	v.press("2", "o")
	v.has(`^ Columns of Flows`)
	v.has(`^ g  down bit/s +shown`)
}

func TestConfiguredKeys(t *testing.T) {
	v := preferring(t, `[keys]
quit = ["f10"]
help = ["h", "ctrl+h"]
sort = ["q"]
field-before = ["p"]
`)
	v.size(200, 30)
	v.has(`q sort .* h help · F10 quit`)
	if v.press("q") != nil {
		t.Error("q quits")
	}
	v.has(`sorted by packet/s`)
	v.press("h")
	v.has(`h, Ctrl-H +these keys`)
	v.has(`q, S +sort by the next column, reverse`)
	v.has(`p, Right +in a packet: other field`)
	v.press("x")
	for _, k := range []tea.Key{{Code: tea.KeyF10}, {Code: 'c', Mod: tea.ModCtrl}} {
		_, cmd := v.Update(tea.KeyPressMsg(k))
		if cmd == nil {
			t.Fatalf("%v does nothing", k)
		}
		if _, ok := cmd().(tea.QuitMsg); !ok {
			t.Errorf("%v does not quit", k)
		}
	}
}

func TestConfiguredWindowAndMouse(t *testing.T) {
	v := preferring(t, "window = \"5min\"\nmouse = true")
	v.has(`over 5 min`)
	if v.View().MouseMode == tea.MouseModeNone {
		t.Error("the mouse is off")
	}
	v.press("m")
	if v.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse stays on")
	}
}

// Configured thresholds and disabled rules also apply after the file is read again.
func TestConfiguredRules(t *testing.T) {
	s := newScene(t)
	s.engine.SetRules(parse(t, "[alerts.refused]\ncount = 3\n[alerts.scan]\non = false").Rules)
	for i := range uint16(25) {
		s.tcp(1, 2, 50000+i, 1000+i, syn, "")
		s.tcp(2, 1, 1000+i, 50000+i, rst|ack, "")
		if i == 2 {
			s.wait(5 * time.Second)
			s.engine.LookAll()
			s.wants("refused")
		}
	}
	s.wait(5 * time.Second)
	s.engine.LookAll()
	s.wants("refused")
	s.a = analysis.New(flow.Options{Memory: 1 << 20})
	s.engine.Reset(s.a.Flows)
	for i := range uint16(3) {
		s.tcp(3, 4, 50000+i, 1000+i, syn, "")
		s.tcp(4, 3, 1000+i, 50000+i, rst|ack, "")
	}
	s.wants("refused")
}
