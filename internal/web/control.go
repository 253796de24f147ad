package web

import (
	"encoding/binary"
	"encoding/json"
	"errors"
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
// It cannot open another interface or change the kernel's filter, because the privileges were
// dropped. From a capture on all interfaces it can select one.
type Control struct {
	mu     sync.Mutex
	link   linktype.Type
	index  map[string]int // numbers of the interfaces that can be selected
	state  page.Chosen
	filter *selection.PacketFilter // nil for all
}

// NewControl returns a Control for a capture of a link type. All packets count. index has the
// system's number of each interface of a capture on all of them, else nothing.
func NewControl(link linktype.Type, index map[string]int) *Control {
	return &Control{link: link, index: index}
}

// came reports whether a packet came through the selected interface. Only LINKTYPE_LINUX_SLL2, the
// link type of a capture on all interfaces, contains its number: bytes 4 to 7, in network order.
func (c *Control) came(r *capture.Record) bool {
	return c.state.Interface == "" || r.Link == linktype.SLL2 && len(r.Data) >= 8 &&
		int(binary.BigEndian.Uint32(r.Data[4:])) == c.index[c.state.Interface]
}

// Take reports whether a packet counts. It counts the packets that do not. It removes a filter that
// fails.
func (c *Control) Take(r *capture.Record) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state.Stopped || !c.came(r) {
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

// errInterface reports an interface that the capture does not have.
var errInterface = errors.New("the capture has no such interface")

// choose sets which packets count from now on. Errors are *selection.Error, or errInterface.
func (c *Control) choose(stopped bool, text, iface string) error {
	if _, known := c.index[iface]; !known && iface != "" {
		return errInterface
	}
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
	c.state = page.Chosen{Stopped: stopped, Filter: text, Left: c.state.Left, Interface: iface}
	return nil
}

// control sets which packets of a running capture count, and answers with the current choices.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(r) {
		writeError(w, http.StatusForbidden, "only the page itself may change the capture")
		return
	}
	if s.opt.Control == nil {
		writeError(w, http.StatusNotFound, "no capture is running")
		return
	}
	var want struct {
		Stopped   bool
		Filter    string
		Interface string
	}
	const limit = maxFilter + 100
	body := http.MaxBytesReader(w, r.Body, limit)
	if err := json.NewDecoder(body).Decode(&want); err != nil || len(want.Filter) > maxFilter {
		writeError(w, http.StatusBadRequest, "it must be an object with stopped and filter")
		return
	}
	if err := s.opt.Control.choose(want.Stopped, want.Filter, want.Interface); err != nil {
		writeFilterError(w, err)
		return
	}
	answer(w, r, func(out io.Writer) error {
		return json.NewEncoder(out).Encode(s.opt.Control.State())
	})
}
