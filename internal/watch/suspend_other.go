//go:build !unix

package watch

// canSuspend returns false, because this system has no job control.
func canSuspend() bool { return false }

func (c *Screen) handleSuspend(<-chan struct{}) {}
