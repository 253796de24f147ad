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

// An AlertError means that alerts of rules in --fail-on were raised.
type AlertError struct{ Rules []string }

func (e *AlertError) Error() string { return "alerts: " + strings.Join(e.Rules, ", ") }

// An AlertLog writes each alert to a file once. It records the alerts that make the command fail.
type AlertLog struct {
	file   *os.File // nil for none
	failOn []string
	mu     sync.Mutex
	known  map[string]bool // alerts that were already written
	failed []string
	err    error // first error of writing
}

// maxKnown is the maximum number of alerts that a log remembers. A file can be read again, and its
// alerts must be written only once.
const maxKnown = 1 << 16

// NewAlertLog returns a log that writes alerts to file as JSON lines, or nowhere if file is nil.
// failOn are the rules whose alerts make the command fail.
func NewAlertLog(file *os.File, failOn []string) *AlertLog {
	return &AlertLog{file: file, failOn: failOn, known: map[string]bool{}}
}

// Add writes an alert that was not written before.
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

// Close closes the log. It returns an error of writing, or an *AlertError.
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
