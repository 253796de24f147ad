//go:build !linux

package ipfix

import "syscall"

// allErrors does nothing: only Linux has such an option.
func allErrors(string, string, syscall.RawConn) error { return nil }
