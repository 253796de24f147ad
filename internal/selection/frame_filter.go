package selection

import (
	"context"
	"errors"
	"strings"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/selection/where"
	"github.com/portsniff/portsniff/linktype"
)

// A FrameFilter selects packets that are already analyzed. It is not safe for concurrent use.
type FrameFilter struct {
	words *decodedFilter // nil for an expression
	where whereFilter
}

// errNoProcesses says why a FrameFilter cannot use processes.
var errNoProcesses = errors.New("processes are known for flows, not for single packets")

// ParseFrameFilter parses a filter in tcpdump's language, or an expression as for --where. Ports,
// hosts and protocols in tcpdump's language match all decoded headers, for example in a tunnel, and
// also where tcpdump looks. The filter must support one of the link types. processes reports
// whether the frames have Owners. For a text in neither language the error is that of the language
// that it resembles.
func ParseFrameFilter(text string, links []linktype.Type, processes bool) (*FrameFilter, error) {
	words, expr, err := parseEither(text, links, processes)
	switch {
	case err != nil:
		return nil, err
	case words != nil:
		return &FrameFilter{words: newDecodedFilter(words)}, nil
	}
	return &FrameFilter{where: whereFilter{expr: expr}}, nil
}

// ParseEither is like New for a text in either language that does not use processes. The filter
// must support the link type. memory limits the flow table of an expression, in bytes.
func ParseEither(text string, link linktype.Type, memory int) (*PacketFilter, error) {
	words, _, err := parseEither(text, []linktype.Type{link}, false)
	switch {
	case err != nil:
		return nil, err
	case words != nil:
		return New(Options{Capture: words})
	}
	return New(Options{Where: &text, Memory: memory})
}

// parseEither parses a filter in tcpdump's language, or an expression.
func parseEither(text string, links []linktype.Type, processes bool) (*CaptureFilter, *where.Expr,
	error) {
	words, wordsErr := parseWords(text, links)
	if wordsErr == nil {
		return words, nil, nil
	}
	expr, err := where.Compile(text)
	switch {
	case err == nil && expr.AsksProcesses() && !processes:
		return nil, nil, whereError(errNoProcesses)
	case err == nil:
		return nil, expr, nil
	case looksLikeWhere(text):
		return nil, nil, whereError(err)
	}
	return nil, nil, wordsErr
}

// looksLikeWhere reports whether a text contains syntax of expressions only. Comparisons exist in
// tcpdump's language too, but only of terms with brackets or len.
func looksLikeWhere(text string) bool {
	return strings.ContainsAny(text, `"'.`) && strings.ContainsAny(text, "=<>") ||
		strings.Contains(text, "==") || strings.Contains(text, " in ")
}

// parseWords compiles a filter in tcpdump's language for one of the link types, or for Ethernet if
// the list is empty.
func parseWords(text string, links []linktype.Type) (*CaptureFilter, error) {
	f, err := ParseCaptureFilter(context.Background(), text, nil)
	if err != nil {
		return nil, err
	}
	if len(links) == 0 {
		links = []linktype.Type{linktype.Ethernet}
	}
	var first error
	for _, link := range links {
		_, err := f.Compile(link, 0, false)
		if err == nil || errors.Is(err, filter.ErrNothing) {
			return f, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// Match reports whether a frame passes. Errors are *Error.
func (f *FrameFilter) Match(fr *analysis.Frame) (bool, error) {
	if f.words != nil {
		return f.words.match(fr.Packet, fr.Packet.Data, fr.Len), nil
	}
	f.where.fill(fr)
	yes, err := f.where.expr.Match(&f.where.facts)
	if err != nil {
		return false, whereError(err)
	}
	return yes, nil
}
