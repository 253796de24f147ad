package selection

import (
	"errors"
	"strings"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/selection/where"
)

// An Error is an error in the capture filter or in --where.
type Error struct {
	prefix string
	err    error
	place  []string // lines that show the position of the error
}

func (e *Error) Error() string { return strings.Join(e.Lines(), "\n") }

// Lines returns the message and the position of the error. A line may contain the user's line
// breaks.
func (e *Error) Lines() []string {
	text := e.err.Error()
	if place := strings.Join(e.place, "\n"); place != "" {
		text = strings.TrimSuffix(text, "\n"+place)
	}
	return append([]string{e.prefix + text}, e.place...)
}

func (e *Error) Unwrap() error { return e.err }

// Mistake marks the error as a usage error for package cli.
func (e *Error) Mistake() {}

// filterError wraps an error in a capture filter. It shows the position and a suggestion.
func filterError(err error) error {
	var e *filter.Error
	if !errors.As(err, &e) {
		return &Error{err: err}
	}
	if h := hint(e); h != "" {
		e.Hint = h
	}
	var place []string
	for line := range strings.SplitSeq(e.Point(), "\n") {
		place = append(place, "  "+line)
	}
	return &Error{"in the filter: ", err, place}
}

// hint returns a suggestion if the text is an expression for --where or the name of a service, else
// "".
func hint(e *filter.Error) string {
	if _, err := where.Compile(e.Expr); err == nil {
		return "that is an expression for --where"
	}
	if word := e.Expr[e.At:e.End]; errors.Is(e, filter.ErrWord) &&
		len(annotate.FilterServices(word)) > 0 {
		return "did you mean port " + word + "?"
	}
	return ""
}

// whereError wraps an error in an expression for --where.
func whereError(err error) error { return &Error{"in --where: ", err, where.Place(err)} }
