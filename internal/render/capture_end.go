package render

import "io"

// captureSchema names the schema of the object that ends a capture.
const captureSchema = "portsniff.capture/1"

// A CaptureEnd holds the final counts of a live capture. All numbers but Seconds count packets.
type CaptureEnd struct {
	Schema           string  `json:"schema"`
	End              bool    `json:"end"`
	Interface        string  `json:"interface"`
	Seconds          float64 `json:"seconds"`
	Captured         int64   `json:"captured"`
	NotSelected      int64   `json:"not_selected"`
	Received         uint64  `json:"received"`
	Dropped          uint64  `json:"dropped"`
	Freezes          uint64  `json:"freezes"` // how often the kernel's buffer was full
	InterfaceDropped uint64  `json:"interface_dropped"`
}

// CaptureEndJSON writes the object that ends a capture. It sets Schema and End.
func CaptureEndJSON(w io.Writer, e CaptureEnd) error {
	e.Schema, e.End = captureSchema, true
	return JSONLines(w, []CaptureEnd{e})
}
