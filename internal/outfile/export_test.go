package outfile

import "os"

// NewFile is a file whose end is reported to a function.
func NewFile(f *os.File, end func(keep bool) error) *File {
	return &File{Writer: f, file: f, end: end}
}
