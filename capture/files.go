package capture

import (
	"errors"
	"io"
)

// Files reads several capture files one after the other and numbers their packets through. A file that can't be opened or breaks off
// does not end the others: its error comes at the end, joined with those of the rest.
type Files struct {
	names   []string
	stdin   io.Reader
	current *File
	count   int64
	errs    []error
}

// OpenAll makes a Source of the named files; "-" is stdin. Files are opened when their turn comes.
func OpenAll(names []string, stdin io.Reader) *Files { return &Files{names: names, stdin: stdin} }

// Next gives the next packet of whichever file has one, io.EOF when all files ended well, and else all their errors.
func (f *Files) Next(p *Packet) error {
	for {
		if f.current == nil {
			if len(f.names) == 0 {
				if len(f.errs) > 0 {
					return errors.Join(f.errs...)
				}
				return io.EOF
			}
			if err := f.open(); err != nil {
				f.errs = append(f.errs, err)
				continue
			}
		}
		err := f.current.Next(p)
		if err == nil {
			f.count++
			return nil
		}
		if err != io.EOF {
			f.errs = append(f.errs, err)
		}
		if err := f.Close(); err != nil {
			f.errs = append(f.errs, err)
		}
	}
}

func (f *Files) open() (err error) {
	name := f.names[0]
	f.names = f.names[1:]
	if f.current, err = Open(name, f.stdin); err != nil {
		f.current = nil
		return err
	}
	f.current.first = f.count
	return nil
}

// Current is the file that the last packet came from, or nil.
func (f *Files) Current() *File { return f.current }

// Close closes the file that is being read.
func (f *Files) Close() error {
	if f.current == nil {
		return nil
	}
	err := f.current.Close()
	f.current = nil
	return err
}
