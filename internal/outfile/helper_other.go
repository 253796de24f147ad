//go:build !linux

package outfile

import "os"

// HelperMain does nothing on this system.
func HelperMain() (status int, ran bool) { return 0, false }

// A Helper creates files in a separate process. This system has no sandbox that requires one.
type Helper struct{ Local }

// StartHelper returns nil.
func StartHelper(Plan) (*Helper, error) { return nil, nil }

// Remove must not be called.
func (*Helper) Remove(string) error { panic("outfile: no helper") }

// Open must not be called.
func (*Helper) Open(string) (*os.File, bool, error) { panic("outfile: no helper") }
