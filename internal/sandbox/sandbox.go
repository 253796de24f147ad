// Package sandbox drops the privileges of a process after its files and sockets are open. It
// restricts the user, capabilities, new privileges (no_new_privs), files other than the named ones
// (Landlock), and most system calls (seccomp).
//
// It limits what untrusted bytes can make the program do while it parses them. It applies to every
// thread. It works only on Linux.
package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// A Mode decides what happens if the kernel lacks a part of the sandbox.
type Mode string

// The modes.
const (
	Auto    Mode = "auto"    // activate the available parts and report the others
	Require Mode = "require" // fail unless all parts are active
	Off     Mode = "off"     // do nothing
)

// ParseMode parses a mode's name.
func ParseMode(name string) (Mode, error) {
	for _, m := range []Mode{Auto, Require, Off} {
		if string(m) == name {
			return m, nil
		}
	}
	return "", fmt.Errorf("%q: use auto, require or off", name)
}

// ErrIncomplete is the error of mode Require if a part is missing.
var ErrIncomplete = errors.New("the sandbox is not complete")

// A Capability is the number of one of capabilities(7).
type Capability uint8

// Capabilities that a process can keep. The last two are for /proc/PID/fd of other users: to list
// the folder, and to read its links.
const (
	DACOverride   Capability = 1  // CAP_DAC_OVERRIDE: to write files without permission
	DACReadSearch Capability = 2  // CAP_DAC_READ_SEARCH: to read files without permission
	SysPtrace     Capability = 19 // CAP_SYS_PTRACE
)

// A Policy lists what a process still needs.
type Policy struct {
	Mode Mode
	Drop bool         // if root runs it: continue as User, only in that user's group
	User string       // name or number; "" for the user of sudo, else nobody
	Keep []Capability // if the process has them

	Read   []string // files that will be opened for reading; missing ones are skipped
	Accept bool     // accept connections at a listening socket

	Terminal bool // the terminal is switched to single keys, and back

	// Connect lists the TCP ports of servers that the process connects to, in addition to 53. It
	// also permits name resolution and listing the folders in Read.
	Connect []uint16

	Write []string // folders in which files will be created, written, renamed and removed

	// Processes permits reading the file system and netlink sockets, to find the process of a
	// socket. It turns Landlock off, because Landlock hides all processes outside the sandbox.
	Processes bool
}

// A Report lists the parts of the sandbox that are active.
type Report struct {
	User    string   // user that the process runs as now, "" if unchanged
	Done    []string // parts that are active
	Missing []string // parts that this kernel does not allow, with the reason
}

// String returns one line about missing parts, or "" if there are none.
func (r Report) String() string {
	if len(r.Missing) == 0 {
		return ""
	}
	return "sandbox without " + strings.Join(r.Missing, "; without ")
}

// fail returns the error of mode Require for a report.
func (r Report) fail(m Mode) error {
	if m == Require && len(r.Missing) > 0 {
		return fmt.Errorf("%w: %s", ErrIncomplete, strings.Join(r.Missing, "; "))
	}
	return nil
}
