//go:build !linux

package flow

// adviseHuge does nothing: only Linux takes this advice.
func adviseHuge([]byte) {}
