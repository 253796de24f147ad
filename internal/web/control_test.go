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
	control := web.NewControl(linktype.Ethernet)
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
		{`[]`, 400, "stopped and filter", false},
		{`{}`, 200, `"filter":"","left":7`, true},
	} {
		status, text := set(c.body)
		if took := take(); status != c.status || !strings.Contains(text, c.answer) ||
			took != c.takes {
			t.Errorf("%.60s: %d %s, takes a packet to port 53: %v", c.body, status, text, took)
		}
	}
}
