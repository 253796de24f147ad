package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Packets are the packets that a page shows, as they were captured. Several goroutines may use them
// at once.
type Packets interface {
	// Filter finds the packets after a number that a filter selects, until the context ends.
	Filter(ctx context.Context, text string, after int64) (*page.Found, error)
	// Save returns packets to write as pcapng. runs are pairs of first and last packet numbers, in
	// ascending order.
	Save(runs []uint64) (page.Saved, error)
	// Flows searches all flows for words, until the context ends.
	Flows(ctx context.Context, text string) (*page.FoundFlows, error)
}

// Shown is the content of a page about a capture.
type Shown struct {
	Data    func(io.Writer) error // writes the page's data
	Packets Packets               // nil if they are not kept
}

// Bounds of a filter that a page sends, and of a request to save packets.
const (
	maxFilter     = 4096 // bytes
	filterTimeout = 5 * time.Second
	maxFilters    = 2       // that run at once; others wait
	maxSave       = 1 << 20 // bytes of numbers
	maxSaves      = 2       // at once: a live capture keeps the packets until they are written
)

var errNoPackets = errors.New("none of these packets is in memory")

var errSlowFilter = fmt.Errorf("the search took longer than %v", filterTimeout)

// others holds the packets of the capture that was opened last in a browser. A page that shows an
// earlier capture can no longer use the server's filter.
type others struct {
	mu      sync.Mutex
	id      int
	packets Packets
}

// forget drops the packets before others are read.
func (o *others) forget() { o.keep(nil) }

// keep stores packets and returns the number that the page uses to refer to them.
func (o *others) keep(p Packets) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.id++
	o.packets = p
	return o.id
}

const (
	captureHeader = "X-Portsniff-Capture" // names a capture that was opened in a browser
	packetsHeader = "X-Portsniff-Packets" // number of packets that are saved
)

// packets returns the packets that a request is about: those of the capture in its query, or the
// page's own.
func (s *Server) packets(r *http.Request) Packets {
	name := r.URL.Query().Get("capture")
	if name == "" {
		return s.opt.Packets
	}
	s.others.mu.Lock()
	defer s.others.mu.Unlock()
	if name != strconv.Itoa(s.others.id) {
		return nil
	}
	return s.others.packets
}

// readRequest checks a request about packets and reads its body. If the request is wrong, it sends
// an error and returns nil.
func (s *Server) readRequest(w http.ResponseWriter, r *http.Request, limit int64) (Packets,
	[]byte) {
	if !s.sameOrigin(r) {
		writeError(w, http.StatusForbidden, "only the page itself may request this")
		return nil, nil
	}
	p := s.packets(r)
	if p == nil {
		writeError(w, http.StatusGone, "the packets of this capture are no longer in memory: open "+
			"it again")
		return nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		writeError(w, http.StatusRequestEntityTooLarge,
			fmt.Sprintf("it is longer than %d bytes", limit))
		return nil, nil
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, err.Error())
		return nil, nil
	}
	return p, body
}

// filter answers which packets a filter selects.
func (s *Server) filter(w http.ResponseWriter, r *http.Request) {
	p, text := s.readRequest(w, r, maxFilter)
	if p == nil {
		return
	}
	after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
	if err != nil || after < 0 {
		writeError(w, http.StatusBadRequest, "after must be the number of a packet, or 0")
		return
	}
	s.search(w, r, func(ctx context.Context) (any, error) {
		return p.Filter(ctx, string(text), after)
	})
}

// flows answers which flows contain words.
func (s *Server) flows(w http.ResponseWriter, r *http.Request) {
	p, text := s.readRequest(w, r, maxFilter)
	if p == nil {
		return
	}
	s.search(w, r, func(ctx context.Context) (any, error) {
		return p.Flows(ctx, string(text))
	})
}

// search answers with what find returns. Few searches run at once, each for a limited time.
func (s *Server) search(w http.ResponseWriter, r *http.Request,
	find func(context.Context) (any, error)) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), filterTimeout, errSlowFilter)
	defer cancel()
	select {
	case s.filters <- struct{}{}:
		defer func() { <-s.filters }()
	case <-ctx.Done():
		writeError(w, http.StatusServiceUnavailable, "other filters are running")
		return
	}
	found, err := find(ctx)
	if err != nil {
		writeFilterError(w, err)
		return
	}
	answer(w, r, func(out io.Writer) error { return json.NewEncoder(out).Encode(found) })
}

// writeFilterError answers with the error of a filter and its position.
func writeFilterError(w http.ResponseWriter, err error) {
	lines := []string{err.Error()}
	var wrong *selection.Error
	if errors.As(err, &wrong) {
		lines = wrong.Lines()
	}
	for i := range lines {
		lines[i] = textutil.Escape(lines[i])
	}
	writeErrorWith(w, http.StatusUnprocessableEntity,
		map[string]string{"error": lines[0], "place": strings.Join(lines[1:], "\n")})
}

// save writes packets as pcapng.
func (s *Server) save(w http.ResponseWriter, r *http.Request) {
	p, body := s.readRequest(w, r, maxSave)
	if p == nil {
		return
	}
	var runs []uint64
	if err := json.Unmarshal(body, &runs); err != nil || len(runs)%2 != 0 ||
		!slices.IsSorted(runs) {
		writeError(w, http.StatusBadRequest,
			"the frames must be a list of pairs of numbers, ascending")
		return
	}
	select {
	case s.saves <- struct{}{}:
		defer func() { <-s.saves }()
	default:
		writeError(w, http.StatusTooManyRequests, "other packets are being saved")
		return
	}
	saved, err := p.Save(runs)
	if err == nil && len(saved) == 0 {
		err = errNoPackets
	}
	if err != nil {
		writeError(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	deadline(w, uploadTimeout)
	w.Header().Set("Content-Type", "application/x-pcapng")
	w.Header().Set(packetsHeader, strconv.Itoa(len(saved)))
	if err := saved.Write(w); err != nil {
		panic(http.ErrAbortHandler) // the browser detects that the answer is incomplete
	}
}
