//go:build !linux

package watch

import "github.com/portsniff/portsniff/internal/sandbox"

// A guard exists on Linux only.
type guard struct{}

// Guard does nothing on this system.
func (c *Screen) Guard(sandbox.Mode, string) error { return nil }

func (g *guard) shows(bool) {}

func (g *guard) close() error { return nil }

// HelperMain runs nothing on this system.
func HelperMain() (status int, ran bool) { return 0, false }
