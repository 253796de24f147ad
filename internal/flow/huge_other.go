//go:build !linux

package flow

// adviseHuge does nothing: only Linux supports this advice.
func adviseHuge([]byte) {}
