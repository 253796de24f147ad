//go:build !linux

package outfile

import "os"

// HelperMain does nothing on this system.
func HelperMain() (status int, ran bool) { return 0, false }

// A Helper makes files in a separate process. This system has no sandbox that needs one.
type Helper struct{ Local }

// StartHelper returns nil.
func StartHelper(Plan) (*Helper, error) { return nil, nil }

// Remove is not called.
func (*Helper) Remove(string) error { panic("outfile: no helper") }

// Open is not called.
func (*Helper) Open(string) (*os.File, bool, error) { panic("outfile: no helper") }
