package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/web"
	"github.com/portsniff/portsniff/linktype"
)

const maxUpload = 1000

// A served is a running server that counts the calls to its callbacks.
type served struct {
	*web.Server
	addr    string
	decoded int
	saving  chan struct{} // receives an element when saving frame 7 begins
	resume  chan struct{} // ends saving frame 7
}

func serve(t *testing.T, live *page.Live) *served { return serveCapture(t, live, nil) }

func serveCapture(t *testing.T, live *page.Live, control *web.Control) *served {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{addr: l.Addr().String(), saving: make(chan struct{}),
		resume: make(chan struct{})}
	data := func(w io.Writer) error {
		_, err := io.WriteString(w,
			`{"schema":"portsniff.page/1"}`)
		return err
	}
	names, err := web.Names(l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	s.Server, err = web.New(l, web.Options{Names: names, Title: "title",
		Shown: web.Shown{Data: data, Packets: s}, Live: live, Control: control,
		MaxUpload: maxUpload, Decode: func(_ context.Context, r io.Reader) (*web.Shown,
			error) {
			s.decoded++
			text, err := io.ReadAll(r)
			if err != nil {
				return nil, err
			}
			if bytes.HasPrefix(text, []byte("bad")) {
				return nil, errors.New("no capture: \x1b[31m")
			}
			return &web.Shown{Packets: s, Data: func(w io.Writer) error {
				return json.NewEncoder(w).Encode(map[string]int{"read": len(text)})
			}}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := errors.Join(s.Close(time.Second), <-ended); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Filter counts the call. It fails for the text "wrong", waits for "slow", and else selects frame
// 1.
func (s *served) Filter(ctx context.Context, text string, after int64) (*page.Found, error) {
	s.decoded++
	switch text {
	case "wrong":
		_, err := selection.ParseFrameFilter("port 99999", nil, false)
		return nil, err
	case "slow":
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return &page.Found{Last: after + 1, Frames: []uint64{1, 1}}, nil
}

// Flows counts the call. It finds one flow, or waits for the text "slow".
func (s *served) Flows(ctx context.Context, text string) (*page.FoundFlows, error) {
	s.decoded++
	if text == "slow" {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return &page.FoundFlows{Found: 1, Of: 2, Rows: []json.RawMessage{[]byte("{}")}}, nil
}

// Save counts the call. It returns as many packets as there are numbers. For frame 7 alone it waits
// until the test continues.
func (s *served) Save(runs []uint64) (page.Saved, error) {
	if len(runs) == 2 && runs[0] == 7 {
		s.saving <- struct{}{}
		<-s.resume
	} else {
		s.decoded++
	}
	b := page.NewBuilder(page.Options{Store: true}, flow.NewTable(flow.Options{}))
	var p decode.Packet
	for n := range runs {
		p.Decode(linktype.Ethernet, frame(uint16(n)), 642)
		if err := b.Add(&analysis.Frame{Packet: &p, Number: int64(n + 1), Len: 642},
			""); err != nil {
			return nil, err
		}
	}
	return b.Save([]uint64{1, uint64(len(runs))})
}

// ask sends a request without changes, and returns the answer. $HOST and $TOKEN are placeholders
// for the server's values.
func (s *served) ask(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	request = strings.NewReplacer("$HOST", s.addr, "$PORT",
		s.addr[strings.LastIndex(s.addr, ":")+1:], "$TOKEN", s.Token(), "\n",
		"\r\n").Replace(request)
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// TestTokenBecomesCookie checks that the token in the address is replaced at once by a cookie,
// which scripts cannot read and other sites cannot send.
func TestTokenBecomesCookie(t *testing.T) {
	s := serve(t, nil)
	resp, _ := s.ask(t, "GET /?token=$TOKEN HTTP/1.1\nHost: $HOST\n\n")
	cookies := resp.Cookies()
	if resp.StatusCode != 303 || resp.Header.Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("%s to %q with %d cookies", resp.Status, resp.Header.Get("Location"), len(cookies))
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" ||
		c.Value == s.Token() || len(s.Token()) < 32 {
		t.Errorf("%+v", c)
	}
	resp, body := s.ask(t, "GET / HTTP/1.1\nHost: $HOST\nCookie: a=b; "+c.Name+"="+c.Value+"\n\n")
	if resp.StatusCode != 200 || !strings.Contains(body, `id="portsniff-data"></script>`) ||
		!strings.Contains(body, "<title>title</title>") {
		t.Errorf("%s, %.100s", resp.Status, body)
	}
}

// TestDroppedCaptureHasBounds checks that a capture that is too large is rejected, with or without
// a Content-Length. The error for a file of another format is escaped.
func TestDroppedCaptureHasBounds(t *testing.T) {
	s := serve(t, nil)
	head := "POST /capture HTTP/1.1\nHost: $HOST\nX-Portsniff: 1" + bearer
	for _, c := range []struct {
		name, request string
		status        int
		body          string
	}{
		{"as large as may be", head + "\nContent-Length: 1000\n\n" + strings.Repeat("a", 1000), 200,
			`{"read":1000}`},
		{"a byte more", head + "\nContent-Length: 1001\n\n" + strings.Repeat("a", 1001), 413,
			"larger than 1000 bytes: --max-upload allows more"},
		{"without end", head + "\nTransfer-Encoding: chunked\n\n3e9\n" + strings.Repeat("a", 1001) +
			"\n0\n\n", 413, "larger than 1000 bytes"},
		{"a claim that is not kept to", head + "\nContent-Length: 99999999999\n\na", 413,
			"larger than 1000 bytes"},
		{"no capture", head + "\nContent-Length: 3\n\nbad", 422,
			`{"error":"no capture: \\x1b[31m"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := s.ask(t, c.request)
			if resp.StatusCode != c.status || !strings.Contains(body, c.body) {
				t.Errorf("%s: %s", resp.Status, body)
			}
		})
	}
}

// An update is what a browser receives while a capture continues.
type update struct {
	Frames  int64
	Packets []struct{ N int64 }
	Lost    struct{ Kernel, Interface, Page int64 }
	At      struct{ Specs int }
	Specs   []json.RawMessage
}

// follow reads events as a browser does.
func follow(t *testing.T, s *served, from io.Reader, each func(name string, data []byte)) {
	t.Helper()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 64<<20)
	name := ""
	for lines.Scan() {
		if n, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			name = n
		} else if d, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			each(name, []byte(d))
		}
	}
	if err := lines.Err(); err != nil {
		t.Error(err)
	}
}

// TestStalledBrowserKnowsItsLosses checks that a browser that stops reading for a while delays
// nobody. Then it learns how many packets it missed: missed and received packets are all packets.
func TestStalledBrowserKnowsItsLosses(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	live := page.NewLive(page.NewBuilder(page.Options{}, table))
	s := serve(t, live)
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "GET /events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n", s.addr,
		s.Token())
	answer := bufio.NewReaderSize(c, 16)
	resp, err := http.ReadResponse(answer, nil) // then the browser stops reading
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
	const all = 12_000 // only the newest 5000 are kept
	var p decode.Packet
	began := time.Now()
	for n := int64(1); n <= all; n++ {
		p.Decode(linktype.Ethernet, frame(uint16(n%50)), 642)
		fr := analysis.Frame{Packet: &p, Number: n, Len: 642}
		fr.Annotate(table.Add(&p, 642, flow.NoTime, n))
		if err := live.Add(&fr, "v1"); err != nil {
			t.Fatal(err)
		}
		if n%1000 == 0 {
			if err := live.Refresh(7, 3); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d packets took %v", all, time.Since(began))
	live.End("over <now>")
	var got, last int64
	specs, end := 0, ""
	follow(t, s, resp.Body, func(name string, data []byte) {
		if name == "end" {
			end = string(data)
			return
		}
		var u update
		if err := json.Unmarshal(data, &u); err != nil {
			t.Fatal(err)
		}
		for _, p := range u.Packets {
			if p.N <= last {
				t.Errorf("frame %d came after %d", p.N, last)
			}
			last = p.N
		}
		got += int64(len(u.Packets))
		if u.Lost.Page != u.Frames-got {
			t.Errorf("%d frames, %d arrived, and %d reported lost", u.Frames, got, u.Lost.Page)
		}
		if u.At.Specs != specs {
			t.Errorf("specs from %d on, %d were there", u.At.Specs, specs)
		}
		specs += len(u.Specs)
		if u.Frames == all && (u.Lost.Kernel != 7 || u.Lost.Interface != 3) {
			t.Errorf("lost: %+v", u.Lost)
		}
	})
	if last != all || got == all || got < 5000 || end != `{"reason":"over \u003cnow\u003e"}` {
		t.Errorf("%d packets came, up to %d of %d; the end: %s", got, last, all, end)
	}
}

// frame returns an Ethernet frame of 642 bytes with a UDP datagram.
func frame(src uint16) []byte {
	h := []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 2, 116, 0, 0, 0, 0, 64, 17, 0, 0,
		10, 0, 0, 1, 10, 0, 0, 2, byte(src >> 8), byte(src), 0, 53, 2, 96, 0, 0}
	return append(h, make([]byte, 600)...)
}

// TestBrowsersAreCounted checks that many browsers may follow, up to a limit.
func TestBrowsersAreCounted(t *testing.T) {
	live := page.NewLive(page.NewBuilder(page.Options{}, flow.NewTable(flow.Options{})))
	s := serve(t, live)
	statuses := map[string]int{}
	for range 20 {
		c, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET /events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n\r\n",
			s.addr, s.Token())
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		statuses[strconv.Itoa(resp.StatusCode)]++
	}
	if statuses["200"] != 16 || statuses["503"] != 4 {
		t.Errorf("%v", statuses)
	}
	live.End("over")
}

// TestIdleConnectionEnds checks that no client holds a connection by sending nothing more: with or
// without the token it gets an answer, or the connection ends. A client that follows a capture also
// sends nothing, and stays connected.
func TestIdleConnectionEnds(t *testing.T) {
	live := page.NewLive(page.NewBuilder(page.Options{}, flow.NewTable(flow.Options{})))
	s := serve(t, live)
	const longest = 5 * time.Second // time limit for a request
	names := strings.NewReplacer("$HOST", s.addr, "$TOKEN", s.Token(), "\n", "\r\n")
	requests := []string{"", "GET / HTTP/1.1\nHost: ",
		"GET / HTTP/1.1\nHost: $HOST\nContent-Length: 9\n\n",
		"POST /capture HTTP/1.1\nHost: $HOST\nContent-Length: 9\n\n12345678",
		"POST / HTTP/1.1\nHost: $HOST\nTransfer-Encoding: chunked\n\n",
		"GET /data.json HTTP/1.1\nHost: $HOST" + bearer + "\nContent-Length: 9\n\n"}
	follower, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()
	fmt.Fprint(follower, names.Replace("GET /events HTTP/1.1\nHost: $HOST\nConnection: close"+
		bearer+"\n\n"))
	var beside sync.WaitGroup
	for _, request := range requests {
		beside.Go(func() {
			c, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			_, err = io.WriteString(c, names.Replace(request))
			if err := errors.Join(err, c.SetReadDeadline(time.Now().Add(4*longest))); err != nil {
				t.Error(err)
			}
			if _, err := c.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%q: neither an answer nor an end", request)
			}
		})
	}
	beside.Wait()
	time.Sleep(time.Second) // the follower connected first and has been silent for longer
	live.End("over")
	if err := follower.SetDeadline(time.Now().Add(4 * longest)); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(follower); err != nil ||
		!strings.Contains(string(text), "event: end") {
		t.Errorf("the follower was sent %q, %v", text, err)
	}
}
