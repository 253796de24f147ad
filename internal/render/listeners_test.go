package render

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/sockets"
)

func exampleSockets() *sockets.Snapshot {
	at := netip.MustParseAddrPort
	return &sockets.Snapshot{Unread: 1, Sockets: []sockets.Socket{
		{Proto: decode.ProtoUDP, Local: at("[::]:5353"), Remote: at("[::]:0"),
			State: sockets.Unconnected, Inode: 1, UID: 5, User: "five", DualStack: true,
			Processes: []sockets.Process{{PID: 7, Name: "a\x1b[31mb", User: "six"},
				{PID: 8, Name: "b"}}},
		{Proto: decode.ProtoTCP, Local: at("192.0.2.1:443"), Remote: at("198.51.100.7:50000"),
			State: sockets.Established, Inode: 2, UID: 33, User: "www-data"},
		{Proto: decode.ProtoTCP, Local: at("192.0.2.1:50001"), Remote: at("198.51.100.7:443"),
			State: "time-wait"},
		{Proto: decode.ProtoTCP, Local: at("0.0.0.0:443"), Remote: at("0.0.0.0:0"),
			State: sockets.Listen, Device: "eth0", Inode: 3, Namespace: 99,
			Processes: []sockets.Process{{PID: 1234567, Name: "=nginx", User: "www-data"}}},
	}}
}

func TestListeners(t *testing.T) {
	s := exampleSockets()
	var b strings.Builder
	if err := (&ListenerView{s, s.Sockets}).Write(&b, FormatText, Style{}); err != nil {
		t.Fatal(err)
	}
	const want = `port/proto  service         range  netns  address       peer                    state        process            pid  user
443/tcp     https           sys    99     0.0.0.0%eth0  -                       listen       =nginx         1234567  www-data
443/tcp     https           sys    -      192.0.2.1     198.51.100.7:50000      established  ?                    -  www-data
50001/tcp   -               dyn    -      192.0.2.1     198.51.100.7:443/https  time-wait    -                    -  -
5353/udp    mdns            reg    -      :: and IPv4   -                       unconnected  a\x1b[31mb +1        7  six
`
	if got := b.String(); squeeze(got) != squeeze(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for _, width := range []int{80, 100} {
		b.Reset()
		if err := (&ListenerView{s, s.Sockets}).Write(&b, FormatText,
			Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns, %d wanted: %s", n, width, line)
			}
		}
	}
	b.Reset()
	if err := (&ListenerView{s, s.Sockets[:1]}).Write(&b, FormatText, Style{}); err != nil ||
		strings.Contains(b.String(), "peer") || strings.Contains(b.String(), "netns") {
		t.Errorf("columns that nothing is in: %v\n%s", err, b.String())
	}
}

// squeeze replaces each run of spaces by one space.
func squeeze(s string) string {
	var lines []string
	for line := range strings.Lines(s) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestListenersJSON(t *testing.T) {
	s := exampleSockets()
	var b strings.Builder
	if err := (&ListenerView{s, s.Sockets}).Write(&b, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for line := range strings.Lines(b.String()) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	for i, want := range []map[string]any{
		{"schema": "portsniff.listener/1", "port": 443.0, "interface": "eth0", "namespace": 99.0,
			"process_unknown": "", "peer": "", "uid": 0.0},
		{"port": 443.0, "service": "https", "peer_service": "", "peer_port": 50000.0,
			"peer_range": "dynamic", "process_unknown": "not-permitted", "uid": 33.0,
			"user": "www-data"},
		{"port": 50001.0, "service": "", "peer_service": "https", "process_unknown": "no-holder",
			"uid": nil, "state": "time-wait"},
		{"port": 5353.0, "service": "mdns", "range": "registered", "state": "unconnected",
			"user": "five"},
	} {
		for key, value := range want {
			if rows[i][key] != value {
				t.Errorf("row %d: %s is %v, want %v", i, key, rows[i][key], value)
			}
		}
	}
	if p := rows[3]["processes"].([]any); len(p) != 2 ||
		p[0].(map[string]any)["name"] != "a\x1b[31mb" || p[0].(map[string]any)["user"] != "six" {
		t.Errorf("%v", p)
	}
	s.Unread = 0
	b.Reset()
	if err := (&ListenerView{s, s.Sockets}).Write(&b, FormatCSV, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nudp,::,5353,registered,mdns,unconnected,,0,,,,0,5,five,7," +
		"a\\x1b[31mb,,1,,true\n", ",1234567,'=nginx,,0,,false\n", ",33,www-data,,,,,gone,false\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// TestListenersJSONIsVisible checks process names, which may contain anything. Controls and
// characters that hide or reorder text are escaped, and a JSON parser returns the original text.
func TestListenersJSONIsVisible(t *testing.T) {
	const name = "a\x7fb\u009bc\u202ed\U000e0001e\u00e9 \"\\\n"
	s := &sockets.Snapshot{Sockets: []sockets.Socket{{Proto: decode.ProtoUDP,
		Local: netip.MustParseAddrPort("[::]:5353"), Remote: netip.MustParseAddrPort("[::]:0"),
		State: sockets.Unconnected, Inode: 1, User: name,
		Processes: []sockets.Process{{PID: 7, Name: name, Exe: name, User: name}}}}}
	var b strings.Builder
	if err := (&ListenerView{s, s.Sockets}).Write(&b, FormatJSON, Style{}); err != nil {
		t.Fatal(err)
	}
	// RFC 8259 section 7: U+E0001 takes two codes.
	const want = `"a\u007fb\u009bc\u202ed\udb40\udc01eé \"\\\u000a"`
	if n := strings.Count(b.String(), want); n != 4 {
		t.Errorf("%d texts of 4 are right:\n%q", n, b.String())
	}
	type process struct{ Name, Exe, User string }
	var row struct {
		User      string
		Processes []process
	}
	if err := json.Unmarshal([]byte(b.String()), &row); err != nil || row.User != name ||
		row.Processes[0] != (process{name, name, name}) {
		t.Errorf("%+v, %v", row, err)
	}
	b.Reset()
	// a DEL, alone in ASCII text
	if err := JSONLines(&b, []string{"\x7f"}); err != nil || b.String() != `"\u007f"`+"\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestExplainNoSockets checks that only a list without sockets is reported as such.
func TestExplainNoSockets(t *testing.T) {
	s := exampleSockets()
	for n, want := range map[int]bool{0: true, 1: false} {
		var b strings.Builder
		ExplainLack(&b, s, s.Sockets[:n])
		if got := strings.Contains(b.String(), "there are no such sockets"); got != want {
			t.Errorf("%d sockets: %q", n, b.String())
		}
	}
}
