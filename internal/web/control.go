package web

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/linktype"
)

// controlMemory limits the flow table of an expression that a page sets, in bytes.
const controlMemory = 16 << 20

// A Control holds the pages' choices for a running capture: whether packets count, and which ones.
// It cannot change the interface or the kernel's filter, because the privileges were dropped.
type Control struct {
	mu     sync.Mutex
	link   linktype.Type
	state  page.Chosen
	filter *selection.PacketFilter // nil for all
}

// NewControl returns a Control for a capture of a link type. All packets count.
func NewControl(link linktype.Type) *Control { return &Control{link: link} }

// Take reports whether a packet counts. It counts the packets that do not. It removes a filter that
// fails.
func (c *Control) Take(r *capture.Record) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Stopped {
		c.state.Left++
		return false
	}
	if c.filter == nil {
		return true
	}
	yes, err := c.filter.Match(r)
	if err != nil {
		c.filter, c.state.Filter, c.state.Failed = nil, "", textutil.Escape(err.Error())
		return true
	}
	if !yes {
		c.state.Left++
	}
	return yes
}

// State returns the current choices.
func (c *Control) State() page.Chosen {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// choose sets which packets count from now on. Errors are *selection.Error.
func (c *Control) choose(stopped bool, text string) error {
	text = strings.TrimSpace(text)
	var filter *selection.PacketFilter
	if text != "" {
		var err error
		if filter, err = selection.ParseEither(text, c.link, controlMemory); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filter = filter
	c.state = page.Chosen{Stopped: stopped, Filter: text, Left: c.state.Left}
	return nil
}

// control sets which packets of a running capture count, and answers with the current choices.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(r) {
		refuse(w, http.StatusForbidden, "only the page itself may change the capture")
		return
	}
	if s.opt.Control == nil {
		refuse(w, http.StatusNotFound, "no capture is running")
		return
	}
	var want struct {
		Stopped bool
		Filter  string
	}
	const most = maxFilter + 100
	body := http.MaxBytesReader(w, r.Body, most)
	if err := json.NewDecoder(body).Decode(&want); err != nil || len(want.Filter) > maxFilter {
		refuse(w, http.StatusBadRequest, "it must be an object with stopped and filter")
		return
	}
	if err := s.opt.Control.choose(want.Stopped, want.Filter); err != nil {
		refuseFilter(w, err)
		return
	}
	answer(w, r, func(out io.Writer) error {
		return json.NewEncoder(out).Encode(s.opt.Control.State())
	})
}
