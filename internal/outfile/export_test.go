package outfile

import "os"

// NewFile returns a file that calls end when it is committed or discarded.
func NewFile(f *os.File, end func(keep bool) error) *File {
	return &File{Writer: f, file: f, end: end}
}
