// Package web serves a page about a capture to browsers on this machine: the page, its data, what
// is new while a capture continues, and the decoding of a capture that somebody drops on it.
//
// What a web site that the browser visits could do to a server on its own machine is refused: each
// request must name this server by a name that it has (against DNS rebinding) and show a token that
// only the link has; what changes anything must come from the page itself.
package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Bounds of what a browser may take and ask for.
const (
	maxBrowsers = 16 // that follow a capture at once
	maxHeader   = 16 << 10
	// of a request, except for a capture: any user of this machine may connect, and none may keep
	// connections by saying nothing
	readTimeout = 5 * time.Second
	idleTimeout = time.Minute
	// of a whole answer, or of one event to a browser that has stopped reading
	writeTimeout  = time.Minute
	uploadTimeout = 5 * time.Minute // of a dropped capture
)

// Options say what is served.
type Options struct {
	Shown     // what the page shows first
	Title     string
	Live      *page.Live      // nil where no capture goes on
	Control   *Control        // of that capture
	Names     map[string]bool // what Names gave for the listener
	MaxUpload int64           // bytes of a dropped capture
	// Decode reads a capture that is opened in a browser, until the context ends. It gives what
	// could be read of it, or an error.
	Decode func(context.Context, io.Reader) (*Shown, error)
}

// A Server serves one page.
type Server struct {
	opt      Options
	token    string
	session  string // what the cookie holds
	cookie   string // its name
	hosts    map[string]bool
	cross    http.CrossOriginProtection
	page     []byte
	policy   string
	uploads  chan struct{} // holds one while a capture is decoded
	browsers chan struct{} // holds one for each browser that follows
	filters  chan struct{} // holds one for each filter that works
	others   others
	http     *http.Server
}

// New makes a server for a listener that is open. Nothing that it does later opens a file or
// another socket.
func New(l net.Listener, opt Options) (*Server, error) {
	s := &Server{opt: opt, token: secret(), session: secret(), hosts: opt.Names,
		uploads: make(chan struct{}, 1), browsers: make(chan struct{}, maxBrowsers),
		filters: make(chan struct{}, maxFilters)}
	// browsers say hosts' cookies apart, but not ports'
	s.cookie = fmt.Sprintf("portsniff-%d", l.Addr().(*net.TCPAddr).Port)
	s.policy = page.CSP("connect-src 'self'")
	var text bytes.Buffer
	if err := page.WriteHTML(&text, opt.Title, s.policy, nil); err != nil {
		return nil, err
	}
	s.page = text.Bytes()
	s.http = &http.Server{Handler: s, ReadTimeout: readTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: quiet(),
		ConnContext: withConn}
	return s, nil
}

// secret is 256 random bits in hexadecimal.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // which never fails
	return hex.EncodeToString(b[:])
}

// Token is what a request must show.
func (s *Server) Token() string { return s.token }

// Serve serves until Close. The listener is one of TCP.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(&door{Listener: l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close lets answers end for so long, then breaks them off.
func (s *Server) Close(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// routes are what may be asked for.
func (s *Server) route(r *http.Request) (method string, handle http.HandlerFunc) {
	switch r.URL.Path {
	case "/":
		return http.MethodGet, s.document
	case "/data.json":
		return http.MethodGet, s.data
	case "/events":
		return http.MethodGet, s.events
	case "/capture":
		return http.MethodPost, s.capture
	case "/control":
		return http.MethodPost, s.control
	case "/samples":
		return http.MethodGet, s.samples
	case "/sample":
		return http.MethodPost, s.sample
	case "/filter":
		return http.MethodPost, s.filter
	case "/save":
		return http.MethodPost, s.save
	}
	return "", nil
}

// ServeHTTP checks who asks, then answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.protect(w.Header())
	link := r.URL.Path == "/" && r.URL.Query().Has("token")
	known := s.knows(r)
	if link {
		known = same(r.URL.Query().Get("token"), s.token)
	}
	if known && s.named(r) {
		welcome(r)
	} else {
		w.Header().Set("Connection", "close") // a stranger gets one answer
	}
	if !s.named(r) {
		refuse(w, http.StatusMisdirectedRequest, "this server has another name")
		return
	}
	method, handle := s.route(r)
	switch {
	case handle == nil:
		refuse(w, http.StatusNotFound, "there is no such page")
	case r.Method != method:
		w.Header().Set("Allow", method)
		refuse(w, http.StatusMethodNotAllowed, "it takes "+method)
	case link && !known:
		refusePage(w, "the token is not the one of this run: open the link that portsniff serve "+
			"printed last")
	case link:
		s.exchange(w)
	case !known && r.URL.Path == "/":
		refusePage(w, "open the link that portsniff serve printed: it has a token")
	case !known:
		refuse(w, http.StatusUnauthorized,
			"open the link that portsniff serve printed: it has a token")
	default:
		handle(w, r)
	}
}

func (s *Server) document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	deadline(w, writeTimeout)
	w.Write(s.page) // an error is the browser's, which has gone
}

// refusePage answers a browser that has no right to the page with one that says so.
func refusePage(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	deadline(w, writeTimeout)
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><head><meta name=\"color-scheme\" "+
		"content=\"light dark\"><meta name=\"viewport\" content=\"width=device-width\">"+
		"<title>portsniff</title></head><body><h1>This page needs its link</h1><p>To see the "+
		"capture, %s.</p></body></html>\n", html.EscapeString(why))
}

// refuse answers with an error in JSON.
func refuse(w http.ResponseWriter, status int, why string) {
	refuseWith(w, status, map[string]string{"error": textutil.Escape(why)})
}

// refuseWith is refuse with more members, which are escaped.
func refuseWith(w http.ResponseWriter, status int, members map[string]string) {
	text, err := json.Marshal(members)
	if err != nil {
		text = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	deadline(w, writeTimeout)
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}

// deadline bounds the writing of an answer. Where it cannot be set, as in a test's recorder, there
// is no browser to wait for.
func deadline(w http.ResponseWriter, after time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(after))
}
