package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
)

// dial connects to the server, and closes the connection when the test ends.
func (s *served) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// open reports whether a connection stays open for a moment.
func open(t *testing.T, c net.Conn) bool {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}

// TestConnectionsWithoutTokenAreLimited checks that many clients may connect and send nothing. Only
// the newest of these connections are kept, and clients with the token are still served.
func TestConnectionsWithoutTokenAreLimited(t *testing.T) {
	live := page.NewLive(page.NewBuilder(page.Options{}, flow.NewTable(flow.Options{})))
	defer live.End("over")
	s := serve(t, live)
	follower := s.dial(t)
	const follow = "GET /events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n"
	fmt.Fprintf(follower, follow, s.addr, s.Token())
	resp, err := http.ReadResponse(bufio.NewReader(follower), nil)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
	const kept, all = 128, 400
	var strangers []net.Conn
	for range all {
		strangers = append(strangers, s.dial(t))
	}
	const data = "GET /data.json HTTP/1.1\nHost: $HOST" + bearer + "\n\n"
	if resp, body := s.ask(t, data); resp.StatusCode != 200 {
		t.Errorf("a client with the token got %s, %s", resp.Status, body)
	}
	left := 0
	for i, c := range strangers {
		switch is := open(t, c); {
		case is:
			left++
		case i > all-kept: // the request above replaced one of them
			t.Errorf("connection %d of %d was closed", i+1, all)
		}
	}
	if left != kept-1 {
		t.Errorf("%d of %d connections stay open, want %d", left, all, kept-1)
	}
	if !open(t, follower) {
		t.Error("a browser that follows was cut off")
	}
}

// TestConnectionWithoutTokenGetsOneAnswer checks that a client without the token gets one answer,
// whatever it requests, and then the connection ends. A client with the token may send further
// requests.
func TestConnectionWithoutTokenGetsOneAnswer(t *testing.T) {
	s := serve(t, nil)
	for _, c := range []struct {
		request string
		again   bool
	}{
		{"GET / HTTP/1.1\nHost: $HOST\nConnection: keep-alive", false},
		{"GET /nothing HTTP/1.1\nHost: $HOST", false},
		{"DELETE / HTTP/1.1\nHost: $HOST", false},
		{"GET /?token=0 HTTP/1.1\nHost: $HOST", false},
		{"GET / HTTP/1.1\nHost: evil.com" + bearer, false},
		{"GET /data.json HTTP/1.1\nHost: $HOST" + bearer, true},
		{"GET /nothing HTTP/1.1\nHost: $HOST" + bearer, true},
		{"GET /?token=$TOKEN HTTP/1.1\nHost: $HOST", true},
	} {
		conn := s.dial(t)
		if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		names := strings.NewReplacer("$HOST", s.addr, "$TOKEN", s.Token(), "\n", "\r\n")
		text := names.Replace(c.request + "\n\n")
		answers := bufio.NewReader(conn)
		for n := range 2 {
			if _, err := io.WriteString(conn, text); err != nil && n == 0 {
				t.Fatal(err)
			}
			resp, err := http.ReadResponse(answers, nil)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
			}
			if want := n == 0 || c.again; (err == nil) != want {
				t.Errorf("%q: answer %d: %v", c.request, n+1, err)
			}
		}
	}
}
