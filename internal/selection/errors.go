package selection

import (
	"errors"
	"strings"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/selection/where"
)

// An Error is a mistake in what the user selects: in the capture filter or in --where.
type Error struct {
	prefix string
	err    error
	place  string // lines that show where the mistake is, "" if err shows it
}

func (e *Error) Error() string {
	text := e.prefix + e.err.Error()
	if e.place != "" {
		text += "\n  " + strings.ReplaceAll(e.place, "\n", "\n  ")
	}
	return text
}

func (e *Error) Unwrap() error { return e.err }

// filterError wraps an error in a capture filter. It shows the place of a mistake and what may be
// meant.
func filterError(err error) error {
	var e *filter.Error
	if !errors.As(err, &e) {
		return &Error{err: err}
	}
	if h := hint(e); h != "" {
		e.Hint = h
	}
	return &Error{"in the filter: ", err, e.Point()}
}

// hint recognizes an expression for --where and the name of a service, "" for anything else.
func hint(e *filter.Error) string {
	if _, err := where.Compile(e.Expr); err == nil {
		return "that is an expression for --where"
	}
	if word := e.Expr[e.At:e.End]; errors.Is(e, filter.ErrWord) && len(services(word)) > 0 {
		return "did you mean port " + word + "?"
	}
	return ""
}

// whereError wraps an error in an expression for --where.
func whereError(err error) error { return &Error{"in --where: ", err, ""} }
