package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/web"
	"github.com/portsniff/portsniff/linktype"
)

// TestControl checks that the page can stop a capture and set a filter, and that packets left out
// are counted. An invalid filter changes nothing.
func TestControl(t *testing.T) {
	control := web.NewControl(linktype.Ethernet, nil)
	s := serveCapture(t, nil, control)
	set := func(body string) (int, string) {
		resp, text := s.ask(t, fmt.Sprintf("POST /control HTTP/1.1\nHost: $HOST\nX-Portsniff: 1"+
			bearer+"\nContent-Length: %d\n\n%s", len(body), body))
		return resp.StatusCode, text
	}
	take := func() bool {
		return control.Take(&capture.Record{Link: linktype.Ethernet, Data: frame(40000),
			Length: 642, Number: 1, Nanos: capture.NoTime})
	}
	for _, c := range []struct {
		body   string
		status int
		answer string
		takes  bool
	}{
		{`{"stopped":true}`, 200, `{"stopped":true,"filter":"","left":0,"failed":""}`, false},
		{`{"filter":" port 53 "}`, 200, `"stopped":false,"filter":"port 53","left":1`, true},
		{`{"filter":"port 54"}`, 200, `"filter":"port 54","left":1`, false},
		{`{"filter":"server.port == 53"}`, 200, `"left":2`, true},
		{`{"filter":"less 600"}`, 200, `"left":2`, false},
		{`{"filter":"port 99999"}`, 422, `in the filter: `, false}, // the previous filter stays
		{`{"filter":"process == 1"}`, 422, `{"error":"in `, false},
		{`{"filter":"` + strings.Repeat("a", 4097) + `"}`, 400, "stopped and filter", false},
		{`{"interface":"eth9"}`, 422, "no such interface", false},
		{`[]`, 400, "stopped and filter", false},
		{`{}`, 200, `"filter":"","left":8`, true},
	} {
		status, text := set(c.body)
		if took := take(); status != c.status || !strings.Contains(text, c.answer) ||
			took != c.takes {
			t.Errorf("%.60s: %d %s, takes a packet to port 53: %v", c.body, status, text, took)
		}
	}
}

// TestControlInterface checks that one interface of a capture on all of them can be selected. The
// number of a packet's interface is at byte 4 of LINKTYPE_LINUX_SLL2.
func TestControlInterface(t *testing.T) {
	control := web.NewControl(linktype.SLL2, map[string]int{"eth0": 0x0102, "lo": 1})
	s := serveCapture(t, nil, control)
	set := func(body string) string {
		_, text := s.ask(t, fmt.Sprintf("POST /control HTTP/1.1\nHost: $HOST\nX-Portsniff: 1"+
			bearer+"\nContent-Length: %d\n\n%s", len(body), body))
		return text
	}
	take := func(data string) bool {
		return control.Take(&capture.Record{Link: linktype.SLL2, Data: []byte(data), Length: 60,
			Number: 1, Nanos: capture.NoTime})
	}
	const eth0, lo, cut = "\x08\x00\x00\x00\x00\x00\x01\x02", "\x08\x00\x00\x00\x00\x00\x00\x01",
		"\x08\x00\x00\x00\x00\x00\x01"
	if !take(eth0) || !take(lo) {
		t.Error("a packet does not count before an interface is selected")
	}
	if text := set(`{"interface":"eth0"}`); !strings.Contains(text, `"interface":"eth0"`) {
		t.Error(text)
	}
	if !take(eth0) || take(lo) || take(cut) {
		t.Error("other packets than those of eth0 count")
	}
	if text := set(`{"interface":"wlan0"}`); !strings.Contains(text, "no such interface") {
		t.Error(text)
	}
	if text := set(`{}`); !take(lo) || !strings.Contains(text, `"left":2`) {
		t.Errorf("every interface is selected again: %s", text)
	}
}
