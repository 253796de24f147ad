package web_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/internal/web"
)

// TestPacketsHaveBounds checks the answers to requests about packets. Errors contain no terminal
// controls.
func TestPacketsHaveBounds(t *testing.T) {
	s := serve(t, nil)
	for _, c := range []struct {
		path, body string
		status     int
		answer     string
	}{
		{"/filter?after=0", "port 53", 200, `{"first":0,"last":1,"frames":[1,1]}`},
		{"/filter?after=41", "port 53", 200, `{"first":0,"last":42,"frames":[1,1]}`},
		{"/filter?after=x", "port 53", 400, "the number of a packet"},
		{"/filter?after=-1", "port 53", 400, "the number of a packet"},
		{"/filter?after=0", "wrong", 422, `{"error":"in the filter: `},
		{"/filter?after=0", "wrong", 422, `"place":"  port 99999\n       ^~~~~"`},
		{"/filter?after=0", strings.Repeat("a", 4097), 413, "longer than 4096 bytes"},
		{"/filter?capture=0&after=0", "port 53", 410, "open it again"},
		{"/flows", "10.0.0.1 ssh", 200, `{"found":1,"of":2,"rows":[{}]}`},
		{"/flows?capture=0", "ssh", 410, "open it again"},
		{"/flows", strings.Repeat("a", 4097), 413, "longer than 4096 bytes"},
		{"/save", "[1,3,9,9]", 200, "\x0a\x0d\x0d\x0a"}, // start of a pcapng file
		{"/save?capture=3", "[1,1]", 410, "open it again"},
		{"/save", "[1]", 400, "pairs of numbers"},
		{"/save", "[1,-2]", 400, "pairs of numbers"},
		{"/save", "[3,1]", 400, "ascending"},
		{"/save", "[1,9,5,9]", 400, "ascending"},
		{"/save", `{"a":1}`, 400, "pairs of numbers"},
		{"/save", "[]", 422, "none of these packets is in memory"},
		{"/save", "[" + strings.Repeat("1,", 1<<19) + "1]", 413, "longer than 1048576 bytes"},
	} {
		resp, body := s.ask(t, fmt.Sprintf("POST %s HTTP/1.1\nHost: $HOST\nX-Portsniff: 1"+bearer+
			"\nContent-Length: %d\n\n%s", c.path, len(c.body), c.body))
		if resp.StatusCode != c.status || !strings.Contains(body, c.answer) {
			t.Errorf("%s %.40q: %s: %s", c.path, c.body, resp.Status, body)
		}
	}
}

// TestSavesHaveBounds checks that only two browsers save packets at once.
func TestSavesHaveBounds(t *testing.T) {
	s := serve(t, nil)
	save := func() int {
		resp, _ := s.ask(t, "POST /save HTTP/1.1\nHost: $HOST\nX-Portsniff: 1"+bearer+
			"\nContent-Length: 5\n\n[7,7]")
		return resp.StatusCode
	}
	ended := make(chan int)
	for range 2 {
		go func() { ended <- save() }()
		<-s.saving
	}
	if status := save(); status != 429 {
		t.Errorf("the third: %d", status)
	}
	for range 2 {
		s.resume <- struct{}{}
		if status := <-ended; status != 200 {
			t.Errorf("one of two: %d", status)
		}
	}
}

// TestOpenedCaptureKeepsItsPackets checks that the server keeps the packets only of the last
// capture that a browser opened with keep.
func TestOpenedCaptureKeepsItsPackets(t *testing.T) {
	s := serve(t, nil)
	open := func(query string) string {
		resp, _ := s.ask(t, "POST /capture"+query+" HTTP/1.1\nHost: $HOST\nX-Portsniff: 1"+bearer+
			"\nContent-Length: 4\n\nabcd")
		return resp.Header.Get("X-Portsniff-Capture")
	}
	status := func(id string) int {
		resp, _ := s.ask(t, "POST /filter?after=0&capture="+id+" HTTP/1.1\nHost: $HOST"+
			"\nX-Portsniff: 1"+bearer+"\nContent-Length: 7\n\nport 53")
		return resp.StatusCode
	}
	first := open("?keep")
	if first == "" || status(first) != 200 {
		t.Errorf("capture %q: %d", first, status(first))
	}
	if id := open(""); id != "" || status(first) != 200 {
		t.Errorf("a capture that need not be kept is %q, the one before: %d", id, status(first))
	}
	if second := open("?keep"); status(second) != 200 || status(first) != 410 {
		t.Errorf("the second: %d, the first: %d", status(second), status(first))
	}
}

// TestFilterHasFiveSeconds checks that a filter that takes longer is aborted.
func TestFilterHasFiveSeconds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // only its address is used
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	names, err := web.Names(l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := web.New(l, web.Options{Names: names, Shown: web.Shown{Packets: &served{}},
			Decode: func(context.Context, io.Reader) (*web.Shown, error) { return nil, nil }})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, "/filter?after=0", strings.NewReader("slow"))
		r.Host = l.Addr().String()
		r.Header.Set("Authorization", "Bearer "+s.Token())
		r.Header.Set("X-Portsniff", "1")
		answer, began := httptest.NewRecorder(), time.Now()
		s.ServeHTTP(answer, r)
		if took := time.Since(began); answer.Code != 422 || took != 5*time.Second ||
			!strings.Contains(answer.Body.String(), "the search took longer than 5s") {
			t.Errorf("%d after %v: %s", answer.Code, took, answer.Body)
		}
	})
}
