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

// filterMemory limits the flow table that an expression takes client and server from, in bytes.
const filterMemory = 16 << 20

// A Filter selects packets, or rows by a word in them.
type Filter struct {
	Text  string // as it was typed
	Means string // how it was understood

	packets *selection.PacketFilter // nil for a word
	word    string                  // in lower case; "" for a filter of packets
	Flag    []string                // how portsniff's other commands take it, nil for a word
}

var errProcesses = errors.New("type a process's name alone to find its rows")

// ParseFilter understands a port, the name of a service, a filter in tcpdump's language, an
// expression as for --where, or a word that rows contain. It returns nil for an empty text.
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

// keywords of tcpdump's language that a mistyped filter may consist of.
const keywords = " port host net src dst portrange ether proto and or not less greater gateway "

// isWord reports whether a text is one word that can only be meant as a part of rows.
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

// SetFilter selects packets from now on, and counts those that are kept anew. Packets that are kept
// no more no longer count.
func (e *Engine) SetFilter(f *Filter) {
	old := e.filter
	e.filter = f
	if (old == nil || old.packets == nil) && (f == nil || f.packets == nil) {
		return // rows are selected when they are shown
	}
	e.recount()
}

// recount counts the packets that are kept, as the filter selects them.
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
