// Package web serves a page about a capture to browsers on this machine: the page, its data,
// updates of a running capture, and the decoding of a capture that is dropped on the page.
//
// It refuses requests that other web sites could make the browser send. Each request must use a
// known name of this server (against DNS rebinding) and a token that only the link contains.
// Requests that change anything must come from the page itself.
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

// Limits for browsers.
const (
	maxBrowsers = 16 // browsers that follow a capture at once
	maxHeader   = 16 << 10
	// for a request, except for a capture: any local user may connect, and idle clients must not
	// hold connections
	readTimeout = 5 * time.Second
	idleTimeout = time.Minute
	// for a whole answer, or for one event to a browser that has stopped reading
	writeTimeout  = time.Minute
	uploadTimeout = 5 * time.Minute // for a dropped capture
)

// Options describe what to serve.
type Options struct {
	Shown     // what the page shows first
	Title     string
	Live      *page.Live      // nil if no capture is running
	Control   *Control        // of that capture
	Names     map[string]bool // result of Names for the listener
	MaxUpload int64           // greatest size of a dropped capture, in bytes
	// Decode reads a capture that is opened in a browser, until the context ends. It returns what
	// could be read of the capture, or an error.
	Decode func(context.Context, io.Reader) (*Shown, error)
}

// A Server serves one page.
type Server struct {
	opt      Options
	token    string
	session  string // value of the cookie
	cookie   string // name of the cookie
	hosts    map[string]bool
	cross    http.CrossOriginProtection
	page     []byte
	policy   string
	uploads  chan struct{} // holds one element while a capture is decoded
	browsers chan struct{} // holds one element for each browser that follows
	filters  chan struct{} // holds one element for each filter that runs
	saves    chan struct{} // holds one element while packets are saved
	others   others
	http     *http.Server
}

// New returns a Server for an open listener. Later it opens no files and no other sockets.
func New(l net.Listener, opt Options) (*Server, error) {
	s := &Server{opt: opt, token: secret(), session: secret(), hosts: opt.Names,
		uploads: make(chan struct{}, 1), browsers: make(chan struct{}, maxBrowsers),
		filters: make(chan struct{}, maxFilters), saves: make(chan struct{}, maxSaves)}
	// cookies are separate by host, but not by port
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

// secret returns 256 random bits in hexadecimal.
func secret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Token returns the token that requests must show.
func (s *Server) Token() string { return s.token }

// Serve serves until Close. The listener must be a TCP listener.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(&door{Listener: l}); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close waits up to grace for answers to end, then aborts them.
func (s *Server) Close(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := s.http.Shutdown(ctx); err != nil {
		return s.http.Close()
	}
	return nil
}

// route returns the method and the handler of a request's path.
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
	case "/flows":
		return http.MethodPost, s.flows
	case "/save":
		return http.MethodPost, s.save
	}
	return "", nil
}

// ServeHTTP checks that a request is allowed, then answers it.
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
		writeError(w, http.StatusMisdirectedRequest, "the request names another server")
		return
	}
	method, handle := s.route(r)
	switch {
	case handle == nil:
		writeError(w, http.StatusNotFound, "there is no such page")
	case r.Method != method:
		w.Header().Set("Allow", method)
		writeError(w, http.StatusMethodNotAllowed, "it takes "+method)
	case link && !known:
		writeErrorPage(w, "open the link that portsniff serve printed last: this token is "+
			"from another run")
	case link:
		s.exchange(w)
	case !known && r.URL.Path == "/":
		writeErrorPage(w, "open the link that portsniff serve printed: it has a token")
	case !known:
		writeError(w, http.StatusUnauthorized,
			"open the link that portsniff serve printed: it has a token")
	default:
		handle(w, r)
	}
}

func (s *Server) document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	deadline(w, writeTimeout)
	w.Write(s.page) // an error means that the browser has disconnected
}

// writeErrorPage answers a browser without the token with a page that explains it.
func writeErrorPage(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	deadline(w, writeTimeout)
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprintf(w, "<!doctype html><html lang=\"en\"><head><meta name=\"color-scheme\" "+
		"content=\"light dark\"><meta name=\"viewport\" content=\"width=device-width\">"+
		"<title>portsniff</title></head><body><h1>This page needs its link</h1><p>To see the "+
		"capture, %s.</p></body></html>\n", html.EscapeString(why))
}

// writeError answers with an error in JSON.
func writeError(w http.ResponseWriter, status int, why string) {
	writeErrorWith(w, status, map[string]string{"error": textutil.Escape(why)})
}

// writeErrorWith is like writeError with more members. The caller escapes them.
func writeErrorWith(w http.ResponseWriter, status int, members map[string]string) {
	text, err := json.Marshal(members)
	if err != nil {
		text = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	deadline(w, writeTimeout)
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}

// deadline limits the time to write an answer. It ignores errors: a test's recorder supports no
// deadline and needs none.
func deadline(w http.ResponseWriter, after time.Duration) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(after))
}
