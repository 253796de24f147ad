//go:build !unix

package capture

// GiveTo does nothing: there are no such users.
func (s *Sink) GiveTo(int, int) error { return nil }
