//go:build !unix

package watch

import tea "charm.land/bubbletea/v2"

// canSuspend reports that there is no job control here.
func canSuspend() bool { return false }

func handleSuspend(*tea.Program, bool, <-chan struct{}, <-chan struct{}) {}
