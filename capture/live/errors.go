package live

import (
	"errors"
	"fmt"
)

// Causes that an Error wraps besides the system's.
var (
	// ErrNoInterface is for a name or number that no interface has.
	ErrNoInterface = errors.New("no such interface")
	// ErrInterfaceGone is for an interface that was removed, or moved to another network namespace,
	// while frames were read from it.
	ErrInterfaceGone = errors.New("the interface is gone")
	// ErrUnsupported is for what this system, or this build for it, cannot do.
	ErrUnsupported = errors.New("not supported on this system")
	// ErrDenied is for a user without the right to capture.
	ErrDenied = errors.New("no permission to capture")
)

// An Error says what could not be done on which interface, and what to do about it.
type Error struct {
	Interface string // "" where it is the same for all
	Op        string // "open", "read" ...
	Err       error
	Hint      string // what to type, or ""
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %v", e.Op, e.Err)
	if errors.Is(e.Err, ErrNoInterface) {
		text = e.Err.Error()
	}
	if e.Interface != "" {
		text = e.Interface + ": " + text
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
