//go:build !linux

package sockets

import "github.com/portsniff/portsniff/internal/sandbox"

// HelperMain does nothing on this system.
func HelperMain() (status int, ran bool) { return 0, false }

// StartHelper returns ErrNotSupported on this system.
func StartHelper(sandbox.Mode, string) (*Watch, error) { return nil, ErrNotSupported }
