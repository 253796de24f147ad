//go:build !unix

package watch

import tea "charm.land/bubbletea/v2"

// canSuspend returns false, because this system has no job control.
func canSuspend() bool { return false }

func handleSuspend(*tea.Program, bool, <-chan struct{}, <-chan struct{}) {}
