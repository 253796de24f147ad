// Package outfile writes the files of commands: a file gets its name when it is complete.
//
// A process in a sandbox makes no files. A [Helper] does, and hands them over when they are open.
package outfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// permissions of a new file, less those of the umask.
const permissions = 0o666

// folderPermissions of a new folder, less those of the umask.
const folderPermissions = 0o777

// A Maker makes files.
type Maker interface {
	// Create makes a file that gets its name when it is committed. See the function Create.
	Create(name string) (*File, error)
	// Close ends the maker. A file that is not committed is removed.
	Close() error
}

// Local makes files in this process.
type Local struct {
	Tree bool // also makes the folders that a file is in
}

// Create is the function Create.
func (l Local) Create(name string) (*File, error) {
	if l.Tree {
		if err := os.MkdirAll(filepath.Dir(name), folderPermissions); err != nil {
			return nil, err
		}
	}
	return Create(name)
}

// Delete removes a file. It is no error if there is none.
func (Local) Delete(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close does nothing.
func (Local) Close() error { return nil }

// A File is being written.
type File struct {
	io.Writer
	file *os.File // nil for standard output, and when it is finished
	// end renames the file or removes it; nil if it is written in place, and after the end.
	end func(keep bool) error
}

// To writes to w, as to standard output: nothing is made and nothing is closed.
func To(w io.Writer) *File { return &File{Writer: w} }

// Create makes a temporary file in the same folder, which replaces the named file when it is
// committed. A link is replaced too, and what it leads to stays as it is. A device or a FIFO is
// written in place, through links too, and so is what /dev/stdout or another link of /proc leads
// to, which is open already. A block device is refused.
func Create(name string) (*File, error) {
	if f, err := InPlace(name); f != nil || err != nil {
		return f, err
	}
	file, end, err := replacing(name)
	if err != nil {
		return nil, err
	}
	return &File{Writer: file, file: file, end: end}, nil
}

// replacing makes a temporary file in the folder of another file. end renames it to the other's
// name, or removes it.
func replacing(name string) (f *os.File, end func(keep bool) error, err error) {
	f, temp, err := temporary(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func(keep bool) error {
		if !keep {
			return os.Remove(temp)
		}
		if err := os.Rename(temp, name); err != nil {
			return errors.Join(renaming(name, err), os.Remove(temp))
		}
		return nil
	}, nil
}

// temporary makes a file in the folder of another file.
func temporary(name string) (f *os.File, temp string, err error) {
	const tries = 10
	for range tries {
		base := ".portsniff-" + strconv.FormatUint(rand.Uint64(), 36) + ".part"
		temp = filepath.Join(filepath.Dir(name), base)
		f, err = os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		path.Path = name // that is what was asked for
	}
	return f, temp, err
}

// renaming is the error of a file that does not get its name.
func renaming(name string, err error) error {
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return &fs.PathError{Op: "rename", Path: name, Err: err}
}

// InPlace opens what Create writes in place; nil for what it replaces.
func InPlace(name string) (*File, error) {
	info, err := os.Stat(name)
	if err != nil { // it is not there, or making it says why not
		return nil, nil
	}
	mode := info.Mode()
	flags := os.O_WRONLY
	switch {
	case mode.IsRegular() && !isOpen(name):
		return nil, nil
	case mode.IsRegular():
		flags |= os.O_TRUNC
	case mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0:
		return nil, fmt.Errorf("%s is a block device", name)
	}
	file, err := os.OpenFile(name, flags, 0)
	if err != nil {
		return nil, err
	}
	if now, err := file.Stat(); err != nil || now.Mode().Type() != mode.Type() {
		return nil, errors.Join(fmt.Errorf("%s was replaced", name), err, file.Close())
	}
	return &File{Writer: file, file: file}, nil
}

// isOpen reports whether a name is a link that leads through /proc, as /dev/stdout does, to what
// this process has open.
func isOpen(name string) bool {
	const links = 40 // at most, as in the kernel
	for range links {
		dir, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			return false
		}
		if dir, err = filepath.Abs(dir); err != nil {
			return false
		}
		target, err := os.Readlink(filepath.Join(dir, filepath.Base(name)))
		switch {
		case err != nil:
			return false // no link
		case strings.HasPrefix(dir, "/proc/"):
			return true
		case !filepath.IsAbs(target):
			target = filepath.Join(dir, target)
		}
		name = target
	}
	return false
}

// Finish brings the file to the disk, where it has no name yet. Commit does that too.
func (f *File) Finish() error {
	file := f.file
	if f.file = nil; file == nil {
		return nil
	}
	if f.end == nil {
		return file.Close()
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return errors.Join(err, f.ended(false))
	}
	return nil
}

// Commit syncs the file and renames it to its name.
func (f *File) Commit() error {
	if err := f.Finish(); err != nil {
		return err
	}
	return f.ended(true)
}

// Discard removes what was not committed.
func (f *File) Discard() error {
	var err error
	if f.file != nil {
		err = f.file.Close()
		f.file = nil
	}
	return errors.Join(err, f.ended(false))
}

// ended renames the file or removes it, once.
func (f *File) ended(keep bool) error {
	end := f.end
	if f.end = nil; end == nil {
		return nil
	}
	return end(keep)
}

// WriteFile makes a file of data.
func WriteFile(m Maker, name string, data []byte) error {
	f, err := m.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Commit()
}
