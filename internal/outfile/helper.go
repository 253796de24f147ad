package outfile

import (
	"regexp"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// A Plan lists the files that a helper makes, and its privileges.
type Plan struct {
	Folder string
	Names  *regexp.Regexp // of the files, below that folder
	Tree   bool           // makes missing folders and several files at a time, and deletes some
	Mode   sandbox.Mode
	User   string // whom the helper goes on as; "" for the one that it is
}

// One plans for a single name in its folder. A byte that is no UTF-8 means any such byte, as
// package regexp has it.
func One(base string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.QuoteMeta(string([]rune(base))) + "$")
}
