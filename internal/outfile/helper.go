package outfile

import (
	"regexp"

	"github.com/portsniff/portsniff/internal/sandbox"
)

// A Plan holds the files that a helper may create, and its privileges.
type Plan struct {
	Folder string
	Names  *regexp.Regexp // of the files, relative to the folder
	Tree   bool           // create missing folders and several files at a time, and allow Delete
	Mode   sandbox.Mode
	User   string // the user to continue as; "" for the current user
}

// One returns a pattern for a single name. A byte that is not valid UTF-8 matches any such byte, as
// in package regexp.
func One(base string) *regexp.Regexp {
	return regexp.MustCompile("^" + regexp.QuoteMeta(string([]rune(base))) + "$")
}
