package watch

import (
	"errors"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/top"
)

// AnyRule means all rules of alerts.
const AnyRule = "any"

// An AlertError says that an alert was raised that --fail-on names.
type AlertError struct{ Rules []string }

func (e *AlertError) Error() string { return "alerts: " + strings.Join(e.Rules, ", ") }

// An AlertLog writes alerts to a file, each once, and notes those that make the command fail.
type AlertLog struct {
	file   *os.File // nil for none
	failOn []string
	mu     sync.Mutex
	known  map[string]bool // what was written already
	failed []string
	err    error // of writing
}

// maxKnown is the number of alerts that a log remembers, so that those of a file that is read again
// are written once.
const maxKnown = 1 << 16

// NewAlertLog makes a log. file is where alerts go, as JSON lines, nil for nowhere. failOn are the
// rules whose alerts make the command fail.
func NewAlertLog(file *os.File, failOn []string) *AlertLog {
	return &AlertLog{file: file, failOn: failOn, known: map[string]bool{}}
}

// Add writes an alert.
func (l *AlertLog) Add(a top.Alert) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := a.Rule + " " + a.What
	if l.known[key] {
		return
	}
	if len(l.known) >= maxKnown {
		clear(l.known)
	}
	l.known[key] = true
	fails := slices.Contains(l.failOn, a.Rule) || slices.Contains(l.failOn, AnyRule)
	if fails && !slices.Contains(l.failed, a.Rule) {
		l.failed = append(l.failed, a.Rule)
	}
	if l.file != nil && l.err == nil {
		l.err = a.WriteJSON(l.file)
	}
}

// Close ends the log. It returns what went wrong, or an *AlertError.
func (l *AlertLog) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		l.err = errors.Join(l.err, l.file.Close())
	}
	if l.err != nil {
		return &pipeline.OutputError{Err: l.err}
	}
	if len(l.failed) > 0 {
		return &AlertError{Rules: l.failed}
	}
	return nil
}
