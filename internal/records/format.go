package records

import (
	"io"
	"time"
)

// Names of the formats.
const (
	formatZeek     = "zeek"
	formatZeekJSON = "zeek-json"
	formatECS      = "ecs"
)

// Formats returns the names of the formats.
func Formats() []string { return []string{formatZeek, formatZeekJSON, formatECS} }

// NewWriter returns a Writer for the name of a format.
func NewWriter(format string, w io.Writer) Writer {
	switch format {
	case formatZeek:
		return NewZeekTSV(w, time.Now)
	case formatZeekJSON:
		return NewZeekJSON(w)
	}
	return NewECS(w)
}
