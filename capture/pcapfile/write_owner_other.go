//go:build !unix

package pcapfile

// GiveTo does nothing: there are no such users.
func (w *RotatingWriter) GiveTo(int, int) error { return nil }
