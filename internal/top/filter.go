package top

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// filterMemory is the memory limit of the flow table that finds client and server for an
// expression, in bytes.
const filterMemory = 16 << 20

// A Filter selects packets, or rows that contain a word.
type Filter struct {
	Text  string // the text that the user typed
	Means string // its interpretation

	packets *selection.PacketFilter // nil for a word
	word    string                  // in lower case; "" for a filter of packets
	Flag    []string                // arguments for portsniff's other commands, nil for a word
}

var errProcesses = errors.New("type a process's name alone to find its rows")

// ParseFilter parses a port, the name of a service, a filter in tcpdump's language, an expression
// of --where, or a word that rows contain. It returns nil for an empty text.
func ParseFilter(text string) (*Filter, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	expr := text
	if isPort(text) || isService(text) {
		expr = "port " + text
	}
	words, err := parseWords(expr)
	if err == nil {
		p, err := selection.New(selection.Options{Capture: words})
		return &Filter{Text: text, Means: expr, packets: p, Flag: []string{expr}}, err
	}
	p, whereErr := selection.New(selection.Options{Where: &text, Memory: filterMemory,
		NoProcesses: errProcesses})
	switch {
	case whereErr == nil:
		return &Filter{Text: text, Means: "--where " + text, packets: p,
			Flag: []string{"--where", text}}, nil
	case isWord(text):
		return &Filter{Text: text, Means: "rows with " + text, word: strings.ToLower(text)}, nil
	case strings.ContainsAny(text, `=<>"|()`):
		return nil, whereErr
	}
	return nil, err
}

// parseWords compiles a filter in tcpdump's language.
func parseWords(expr string) (*selection.CaptureFilter, error) {
	f, err := selection.ParseCaptureFilter(context.Background(), expr, nil)
	if err != nil {
		return nil, err
	}
	_, err = f.Compile(linktype.Ethernet, 0, false)
	return f, err
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func isService(text string) bool {
	for _, proto := range decode.Protos() {
		if _, ok := annotate.PortByName(text, proto); ok {
			return true
		}
	}
	return false
}

// keywords are words of tcpdump's language. A filter that is only one of them is a mistake, not a
// word to search for in rows.
const keywords = " port host net src dst portrange ether proto and or not less greater gateway "

// isWord reports whether a text is one word to search for in rows, and not an incomplete filter.
func isWord(text string) bool {
	return !strings.ContainsAny(text, " \t=<>\"'|()&!") &&
		!strings.Contains(keywords, " "+strings.ToLower(text)+" ")
}

// passes reports whether a packet passes the filter of an Engine.
func (e *Engine) passes(r *capture.Record) bool {
	if e.filter == nil || e.filter.packets == nil {
		return true
	}
	yes, err := e.filter.packets.Match(r)
	if err != nil && e.failed == nil {
		e.failed = err
	}
	return yes && err == nil
}

// SetFilter selects packets from now on and counts the kept packets again. Packets that are no
// longer kept do not count any more.
func (e *Engine) SetFilter(f *Filter) {
	old := e.filter
	e.filter = f
	if (old == nil || old.packets == nil) && (f == nil || f.packets == nil) {
		return // rows are selected when they are shown
	}
	e.recount()
}

// recount counts the kept packets that pass the filter.
func (e *Engine) recount() {
	now := e.now
	e.clear()
	for i := range e.packets.n {
		k := e.packets.at(i)
		r := k.record()
		k.passed = e.passes(&r)
		e.Tick(k.nanos)
		if k.passed {
			e.count(e.frame(k), &r)
		}
	}
	e.Tick(now)
}
