// Package sandbox has a process give up what it does not need any more once its files and sockets
// are open: the user, capabilities, the way to new privileges (no_new_privs), files other than
// those named (Landlock), and most system calls (seccomp).
//
// It is for the time when bytes from strangers are parsed: whatever they may make the program do,
// there is little left that it may do. All of it holds for every thread. Only Linux has it.
package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// A Mode says what to do about what the kernel does not allow.
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

// ErrIncomplete is the error of mode Require where something is missing.
var ErrIncomplete = errors.New("the sandbox is not complete")

// A Capability is the number of one of capabilities(7).
type Capability uint8

// Capabilities that may have to be kept. Reading other users' /proc/PID/fd takes the last two: to
// list the folder, and to read its links.
const (
	DACOverride   Capability = 1  // CAP_DAC_OVERRIDE: to write where others' permissions say no
	DACReadSearch Capability = 2  // CAP_DAC_READ_SEARCH: to read there
	SysPtrace     Capability = 19 // CAP_SYS_PTRACE
)

// A Policy says what a process still needs.
type Policy struct {
	Mode Mode
	Drop bool         // where root runs it: go on as User, in no group but its own
	User string       // a name or a number; "" for the user after sudo, else nobody
	Keep []Capability // of those that the process has

	Read   []string // files that will be opened for reading; those that don't exist are passed over
	Accept bool     // connections, at a socket that listens already

	Terminal bool // it is switched to keys one by one, and back

	// Connect are the TCP ports of servers that will be connected to, besides 53. Names of servers
	// are looked up, and folders in Read are listed.
	Connect []uint16

	Write []string // folders in which files will be made, written, renamed and removed

	// Processes leaves the file system open for reading, and netlink sockets: for finding out which
	// process owns a socket. Landlock has to be left out for that: it hides every process that is
	// not inside of the same sandbox.
	Processes bool
}

// A Report says what was done.
type Report struct {
	User    string   // whom the process runs as now, "" where that did not change
	Done    []string // the parts that hold
	Missing []string // the parts that this kernel does not allow, with the reason
}

// String is one line on what is missing, "" where nothing is.
func (r Report) String() string {
	if len(r.Missing) == 0 {
		return ""
	}
	return "sandbox without " + strings.Join(r.Missing, "; without ")
}

// fail is what Require makes of a report.
func (r Report) fail(m Mode) error {
	if m == Require && len(r.Missing) > 0 {
		return fmt.Errorf("%w: %s", ErrIncomplete, strings.Join(r.Missing, "; "))
	}
	return nil
}
