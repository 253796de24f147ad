package page_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
)

// TestSearchFlows checks that a search looks at all flows, returns those with the most packets and
// no more than 500, and ends with its context.
func TestSearchFlows(t *testing.T) {
	r := run(t)
	const flows, first = 1200, 20_000
	for i := range flows {
		for range 1 + i/(flows-1) { // the last flow has two packets
			r.add(udp(first+i, 53))
		}
	}
	r.add(udp(19_999, 216))
	for _, c := range []struct {
		words           string
		found, rows     int
		port, ofPackets int // of the first row
	}{
		{"", flows + 1, 500, first + flows - 1, 2},
		{"10.0.0.1 10.0.0.2 UDP 53/domain", flows, 500, first + flows - 1, 2},
		{"20007", 1, 1, first + 7, 1},
		{"20007 tcp", 0, 0, 0, 0},
		{"CAILIC", 1, 1, 19_999, 1}, // IANA's name for port 216 is CAIlic
		{"\x1b[31m", 0, 0, 0, 0},
	} {
		got, err := r.live.Flows(context.Background(), c.words)
		if err != nil {
			t.Fatal(err)
		}
		var top struct {
			Port    int `json:"client_port"`
			Packets int `json:"packets_sent"`
		}
		if len(got.Rows) > 0 {
			if err := json.Unmarshal(got.Rows[0], &top); err != nil {
				t.Fatal(err)
			}
		}
		if got.Found != c.found || got.Of != flows+1 || len(got.Rows) != c.rows ||
			top.Port != c.port || top.Packets != c.ofPackets {
			t.Errorf("%q: found %d of %d, %d rows, first %+v", c.words, got.Found, got.Of,
				len(got.Rows), top)
		}
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := r.live.Flows(ended, "53"); !errors.Is(err, context.Canceled) {
		t.Errorf("a search after its context ended: %v", err)
	}
}
