package live

import (
	"errors"
	"fmt"
)

// Causes that an Error wraps, besides the system's errors.
var (
	// ErrNoInterface is for an unknown name or number of an interface.
	ErrNoInterface = errors.New("no such interface")
	// ErrInterfaceGone is for an interface that was removed, or moved to another network namespace,
	// while frames were read from it.
	ErrInterfaceGone = errors.New("the interface is gone")
	// ErrUnsupported is for features that are not available on this system or in this build.
	ErrUnsupported = errors.New("not supported on this system")
	// ErrDenied is for a user without permission to capture.
	ErrDenied = errors.New("no permission to capture")
)

// An Error contains the failed operation, the interface, and a hint.
type Error struct {
	Interface string // "" if it is the same for all interfaces
	Op        string // "open", "read" ...
	Err       error
	Hint      string // a command or action that may help, or ""
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
