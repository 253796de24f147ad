package web_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/web"
)

// hidden is part of all data that only clients with the token may see.
const hidden = "hidden from others"

// An asked server is one without a network. It counts decoded captures, and its data
// contains the count.
type fuzzed struct {
	*web.Server
	addr, session string
	is            map[string]bool // its host names, as clients may write them
	fill          *strings.Replacer
	decoded       int // captures
	largest       int // bytes of the largest one
}

func newFuzzed(f *testing.F) *fuzzed {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	names, err := web.Names(l.Addr())
	if err != nil {
		f.Fatal(err)
	}
	live := page.NewLive(page.NewBuilder(page.Options{}, flow.NewTable(flow.Options{})))
	live.End(hidden) // so that followers are disconnected
	a := &fuzzed{addr: l.Addr().String()}
	a.Server, err = web.New(l, web.Options{Names: names, Title: hidden, Live: live,
		Shown:     web.Shown{Data: a.data, Packets: named{}},
		MaxUpload: maxUpload, Decode: a.decode})
	if err != nil {
		f.Fatal(err)
	}
	port := a.addr[strings.LastIndex(a.addr, ":")+1:]
	a.is = map[string]bool{a.addr: true, "localhost:" + port: true}
	cookies := a.answer(a.right("/?token=" + a.Token())).Result().Cookies()
	if len(cookies) != 1 {
		f.Fatalf("%d cookies for the token", len(cookies))
	}
	a.session = cookies[0].Value
	a.fill = strings.NewReplacer("$HOST", a.addr, "$PORT", port, "$TOKEN", a.Token(), "$SESSION",
		a.session)
	return a
}

func (a *fuzzed) data(w io.Writer) error {
	_, err := fmt.Fprintf(w, `{"source":%q,"decoded":%d}`, hidden, a.decoded)
	return err
}

func (a *fuzzed) decode(_ context.Context, r io.Reader) (*web.Shown, error) {
	a.decoded++
	text, err := io.ReadAll(r)
	a.largest = max(a.largest, len(text))
	if err == nil && bytes.HasPrefix(text, []byte("bad")) {
		err = errors.New(string(text))
	}
	if err != nil {
		return nil, err
	}
	return &web.Shown{Data: func(w io.Writer) error {
		_, err := fmt.Fprintf(w, `{"source":%q}`, hidden)
		return err
	}, Packets: named{}}, nil
}

// named are packets whose errors contain the hidden text.
type named struct{}

func (named) Filter(_ context.Context, text string, _ int64) (*page.Found, error) {
	if strings.HasPrefix(text, "bad") {
		return nil, errors.New(text)
	}
	return &page.Found{}, nil
}

func (named) Flows(_ context.Context, text string) (*page.FoundFlows, error) {
	if strings.HasPrefix(text, "bad") {
		return nil, errors.New(text)
	}
	return &page.FoundFlows{}, nil
}

func (named) Save([]uint64) (page.Saved, error) { return nil, errors.New(hidden) }

// right returns a request with the token.
func (a *fuzzed) right(target string) *http.Request {
	r := httptest.NewRequest("GET", target, nil)
	r.Host = a.addr
	r.Header.Set("Authorization", "Bearer "+a.Token())
	return r
}

func (a *fuzzed) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

// says returns the data.
func (a *fuzzed) says(t *testing.T) string {
	t.Helper()
	w := a.answer(a.right("/data.json"))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), hidden) {
		t.Fatalf("%d for the data: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// A meter counts the bytes that are read.
type meter struct {
	io.Reader
	n int
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.n += n
	return n, err
}

// FuzzHandler checks arbitrary requests. Only a request with the token and this server's name is
// answered. Only the page's own POST changes anything. Every answer has the security headers.
// Requests may contain the placeholders $HOST, $PORT, $TOKEN and $SESSION (the cookie's value).
func FuzzHandler(f *testing.F) {
	for _, c := range whoIsAnswered {
		lines := strings.Split(c.request, "\n")
		h := map[string]string{}
		for _, line := range lines[1:] {
			key, value, _ := strings.Cut(line, ":")
			h[key] = strings.TrimSpace(value)
		}
		what := strings.Fields(lines[0])
		f.Add(what[0], what[1], h["Host"], h["Authorization"], h["Cookie"], h["Origin"],
			h["Sec-Fetch-Site"], h["X-Portsniff"], h["X-Forwarded-Host"], []byte("abcd"), int64(4))
	}
	const token, cookie = "Bearer $TOKEN", "a=b; portsniff-$PORT=$SESSION"
	f.Add("GET", "/?token=$TOKEN", "$HOST", "", "", "", "", "", "", []byte(nil), int64(0))
	f.Add("GET", "/events", "$HOST", "", cookie, "", "none", "", "", []byte(nil), int64(0))
	f.Add("HEAD", "/capture", "$HOST", token, "", "", "", "1", "", []byte("abcd"), int64(4))
	f.Add("POST", "/capture", "localhost:$PORT", "", cookie, "http://localhost:$PORT", "", "1", "",
		bytes.Repeat([]byte("a"), maxUpload+1), int64(-1))
	f.Add("POST", "/capture", "$HOST", token, "", "", "none", "1", "",
		bytes.Repeat([]byte("a"), 3*maxUpload), int64(maxUpload))
	f.Add("POST", "/capture", "$HOST", token, "", "", "", "1", "",
		[]byte("bad \x1b[31m\x7f\u202e\xff"), int64(0))
	f.Add("POST", "/filter", "$HOST", token, "", "", "", "1", "", []byte("bad \x1b[31m"), int64(8))
	f.Add("POST", "/flows", "$HOST", token, "", "", "", "1", "", []byte("bad \x1b[31m"), int64(8))
	f.Add("POST", "/save?capture=1", "$HOST", "", cookie, "", "", "1", "", []byte("[1,2]"),
		int64(5))
	a := newFuzzed(f)
	f.Fuzz(func(t *testing.T, method, target, host, authorization, cookie, origin, site, own,
		forwarded string, body []byte, claim int64) {
		text := a.fill.Replace(fmt.Sprintf(
			"%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nCookie: %s\r\nOrigin: "+
				"%s\r\nSec-Fetch-Site: %s\r\nX-Portsniff: %s\r\nX-Forwarded-Host: %s\r\n\r\n",
			method, target, host, authorization, cookie, origin, site, own, forwarded))
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(text)))
		if err != nil {
			return // net/http would reject it
		}
		sent := &meter{Reader: bytes.NewReader(body)}
		r.Body, r.ContentLength = io.NopCloser(sent), claim
		before := a.says(t)
		a.largest = 0
		w := a.answer(r)
		a.printable(t, w)
		if !strings.Contains(text, a.Token()) && !strings.Contains(text, a.session) {
			a.refused(t, w)
		}
		if misnamed := !a.is[r.Host] || r.URL.Host != "" || r.URL.Scheme != ""; misnamed &&
			w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%d for the host %q and %q", w.Code, r.Host, r.URL)
		}
		changed := a.says(t) != before
		if changed && !mayChange(r) {
			t.Errorf("%s %q of %v changed the data", r.Method, r.URL, r.Header)
		}
		unread := !changed && !(fromPage(r) && (r.URL.Path == "/filter" ||
			r.URL.Path == "/flows" || r.URL.Path == "/save"))
		if a.largest > maxUpload && r.URL.Path != "/sample" || sent.n > maxUpload+1 || sent.n > 0 &&
			unread {
			t.Errorf("%d bytes were read and %d decoded: %d", sent.n, a.largest, w.Code)
		}
	})
}

// printable checks an answer. It must have the security headers, no control characters in headers
// or error texts, and no secret except in the cookie.
func (a *fuzzed) printable(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	protected(t, w.Header())
	for key, values := range w.Header() {
		for _, v := range append(values, key) {
			if strings.ContainsFunc(v, control) || strings.Contains(v, a.Token()) ||
				strings.Contains(v, a.session) &&
					(key != "Set-Cookie" || w.Code != http.StatusSeeOther) {
				t.Errorf("%s: %q", key, v)
			}
		}
	}
	text := w.Body.String()
	if strings.Contains(text, a.Token()) || strings.Contains(text, a.session) {
		t.Errorf("%d has a secret in it", w.Code)
	}
	if w.Code >= 400 && strings.ContainsFunc(strings.TrimSuffix(text, "\n"), control) {
		t.Errorf("%d: %q", w.Code, text)
	}
}

func control(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e }

// refused checks an answer to a client without the token.
func (a *fuzzed) refused(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	if text := w.Body.String(); w.Code < 400 || strings.Contains(text, hidden) ||
		strings.Contains(text, "event: ") || w.Header().Get("Set-Cookie") != "" {
		t.Errorf("%d without the token: %.200q", w.Code, text)
	}
}

// mayChange reports whether a request may change anything.
func mayChange(r *http.Request) bool {
	return fromPage(r) && (r.URL.Path == "/capture" ||
		r.URL.Path == "/sample")
}

// fromPage reports whether a request is the page's own according to the browser's headers: Fetch
// Metadata, else Origin (RFC 6454 section 7). It is also true for a program that sends neither.
func fromPage(r *http.Request) bool {
	at := r.Header.Get("Sec-Fetch-Site")
	if at == "" {
		from, err := url.Parse(r.Header.Get("Origin"))
		if err != nil || r.Header.Get("Origin") != "" && from.Host != r.Host {
			return false
		}
	} else if at != "same-origin" && at != "none" {
		return false
	}
	return r.Method == "POST" && r.Header.Get("X-Portsniff") == "1"
}
