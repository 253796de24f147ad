package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/portsniff/portsniff/internal/page"
)

func (s *Server) data(w http.ResponseWriter, r *http.Request) { answer(w, r, s.opt.Data) }

// answer sends JSON, compressed if the browser accepts gzip.
func answer(w http.ResponseWriter, r *http.Request, data func(io.Writer) error) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Vary", "Accept-Encoding")
	deadline(w, writeTimeout)
	end := func() error { return nil }
	out := io.Writer(w)
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		out, end = z, z.Close
	}
	if err := errors.Join(data(out), end()); err != nil {
		panic(http.ErrAbortHandler) // the browser detects that the answer is incomplete
	}
}

// takesGzip reports whether a browser accepts gzip (RFC 9110 section 12.5.3). It ignores a coding
// with a weight, so such a browser gets an uncompressed answer.
func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		if strings.TrimSpace(coding) == "gzip" {
			return true
		}
	}
	return false
}

// events streams updates of the capture. Each browser gets the next update when it has received the
// last one, so a slow browser delays nobody. Packets that are dropped meanwhile count as lost to
// it.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	l := s.opt.Live
	if l == nil {
		writeError(w, http.StatusNotFound, "no capture is running")
		return
	}
	select {
	case s.browsers <- struct{}{}:
		defer func() { <-s.browsers }()
	default:
		why := fmt.Sprintf("%d browsers are connected already", maxBrowsers)
		writeError(w, http.StatusServiceUnavailable, why)
		return
	}
	// The deadline would end the stream: a browser that follows sends nothing more.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	var p page.Position
	for {
		changed, ended := l.Changed(), l.Ended()
		update, more, err := l.Update(&p)
		if err != nil || send(w, "update", update) != nil {
			return
		}
		if more {
			continue
		}
		if ended != "" {
			if text, err := json.Marshal(map[string]string{"reason": ended}); err == nil {
				_ = send(w, "end", net.Buffers{text}) // a disconnected browser ignores it
			}
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
	}
}

// send sends an event. The data must be one line; JSON contains no line breaks.
func send(w http.ResponseWriter, name string, data net.Buffers) error {
	deadline(w, writeTimeout)
	head, tail := []byte("event: "+name+"\ndata: "), []byte("\n\n")
	event := append(append(net.Buffers{head}, data...), tail)
	if _, err := event.WriteTo(w); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}

// errSlow reports a capture that took too long to arrive or to read.
var errSlow = fmt.Errorf("reading it took longer than %v", uploadTimeout)

// bodyAhead is the number of bytes of a dropped capture that are read ahead of decoding. net/http
// detects that a client has disconnected only when all received bytes were read, and a few
// kilobytes may decompress to very much.
const bodyAhead = 8 << 20

// An ahead reads a body in parts of bodyAhead bytes.
type ahead struct {
	body io.Reader
	part bytes.Buffer
}

func (a *ahead) Read(p []byte) (int, error) {
	if a.part.Len() == 0 {
		if n, err := io.CopyN(&a.part, a.body, bodyAhead); n == 0 {
			return 0, err // after a part with bytes the error is returned again
		}
	}
	return a.part.Read(p)
}

// capture decodes a capture that was dropped on the page.
func (s *Server) capture(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(r) {
		writeError(w, http.StatusForbidden, "only the page itself may send a capture")
		return
	}
	if r.ContentLength > s.opt.MaxUpload {
		w.Header().Set("Connection", "close") // instead of reading the whole body
		writeError(w, http.StatusRequestEntityTooLarge, s.tooLarge())
		return
	}
	s.open(w, r, &ahead{body: http.MaxBytesReader(w, r.Body, s.opt.MaxUpload)})
}

func (s *Server) tooLarge() string {
	return fmt.Sprintf("the capture is larger than %d bytes: --max-upload allows more",
		s.opt.MaxUpload)
}

// open decodes one capture at a time and answers with its data. It keeps the packets if the request
// has the parameter keep.
func (s *Server) open(w http.ResponseWriter, r *http.Request, from io.Reader) {
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
	default:
		writeError(w, http.StatusTooManyRequests, "another capture is being read")
		return
	}
	end := time.Now().Add(uploadTimeout)
	_ = http.NewResponseController(w).SetReadDeadline(end) // not supported by a test's recorder
	ctx, cancel := context.WithTimeoutCause(r.Context(), uploadTimeout, errSlow)
	defer cancel()
	keep := r.URL.Query().Has("keep")
	if keep {
		s.others.forget()
	}
	shown, err := s.opt.Decode(ctx, from)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		writeError(w, http.StatusRequestEntityTooLarge, s.tooLarge())
	case err != nil:
		writeError(w, http.StatusUnprocessableEntity, err.Error())
	default:
		if keep {
			w.Header().Set(captureHeader, strconv.Itoa(s.others.keep(shown.Packets)))
		}
		answer(w, r, shown.Data)
	}
}
