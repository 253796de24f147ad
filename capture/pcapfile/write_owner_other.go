//go:build !unix

package pcapfile

// GiveTo does nothing: this system has no such users.
func (w *RotatingWriter) GiveTo(int, int) error { return nil }
