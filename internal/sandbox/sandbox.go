// Package sandbox drops the privileges of a process after its files and sockets are open: the user,
// capabilities, new privileges (no_new_privs), files other than the named ones (Landlock), and most
// system calls (seccomp).
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
	Auto    Mode = "auto"    // do what can be done and report the rest
	Require Mode = "require" // fail unless all can be done
	Off     Mode = "off"     // do nothing
)

// ParseMode reads a mode's name.
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
	DACOverride   Capability = 1  // CAP_DAC_OVERRIDE: to write where others' permissions say no
	DACReadSearch Capability = 2  // CAP_DAC_READ_SEARCH: to read there
	SysPtrace     Capability = 19 // CAP_SYS_PTRACE
)

// A Policy lists what a process still needs.
type Policy struct {
	Mode Mode
	Drop bool         // where root runs it: go on as User, in no group but its own
	User string       // a name or a number; "" for the user after sudo, else nobody
	Keep []Capability // of those that the process has

	Read   []string // files that will be opened for reading; those that don't exist are passed over
	Accept bool     // connections, at a socket that listens already

	Terminal bool // it is switched to keys one by one, and back

	// Connect has the TCP ports of servers that the process connects to, besides 53. It also
	// permits to resolve names and to list the folders in Read.
	Connect []uint16

	Write []string // folders in which files will be made, written, renamed and removed

	// Processes permits reading the file system and netlink sockets, to find the process of a
	// socket. It turns Landlock off, because Landlock hides all processes outside the sandbox.
	Processes bool
}

// A Report lists the parts of the sandbox that are active.
type Report struct {
	User    string   // whom the process runs as now, "" where that did not change
	Done    []string // the parts that hold
	Missing []string // the parts that this kernel does not allow, with the reason
}

// String returns one line about missing parts, "" if there are none.
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
