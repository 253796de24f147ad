// Package outfile writes the output files of commands. A file gets its name when it is complete.
//
// A process in a sandbox cannot create files. A [Helper] creates them and passes the open files to
// it.
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

// permissions are those of a new file, before the umask.
const permissions = 0o666

// folderPermissions are those of a new folder, before the umask.
const folderPermissions = 0o777

// A Maker creates files.
type Maker interface {
	// Create creates a file that gets its name when it is committed. See the function Create.
	Create(name string) (*File, error)
	// Close ends the maker and removes files that are not committed.
	Close() error
}

// Local creates files in this process.
type Local struct {
	Tree bool // also create the folders of a file
}

// Create calls the function Create.
func (l Local) Create(name string) (*File, error) {
	if l.Tree {
		if err := os.MkdirAll(filepath.Dir(name), folderPermissions); err != nil {
			return nil, err
		}
	}
	return Create(name)
}

// Delete removes a file. A missing file is not an error.
func (Local) Delete(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close does nothing.
func (Local) Close() error { return nil }

// A File is an output file that is being written.
type File struct {
	io.Writer
	file *os.File // nil for standard output and for a finished file
	// end renames or removes the file; nil if the file is written in place or has ended.
	end func(keep bool) error
}

// To returns a File that writes to w, such as standard output. It creates and closes nothing.
func To(w io.Writer) *File { return &File{Writer: w} }

// Create creates a temporary file in the same folder, which replaces the named file when it is
// committed. A symbolic link is replaced too; its target stays unchanged. A device or FIFO is
// written in place, also through links. The same applies to the target of /dev/stdout or another
// link in /proc, because it is already open. A block device is an error.
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

// replacing creates a temporary file in the folder of name. end renames it to name or removes it.
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

// temporary creates a file in the folder of name.
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
		path.Path = name // the name that the caller passed
	}
	return f, temp, err
}

// renaming returns the error of a file that could not get its name.
func renaming(name string, err error) error {
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	return &fs.PathError{Op: "rename", Path: name, Err: err}
}

// InPlace opens a file that Create writes in place. It returns nil for files that Create replaces.
func InPlace(name string) (*File, error) {
	info, err := os.Stat(name)
	if err != nil { // it does not exist, or creating it reports the error
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

// isOpen reports whether a name is a link through /proc, such as /dev/stdout, to a file that this
// process has open.
func isOpen(name string) bool {
	const links = 40 // limit of the kernel
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
			return false // not a link
		case strings.HasPrefix(dir, "/proc/"):
			return true
		case !filepath.IsAbs(target):
			target = filepath.Join(dir, target)
		}
		name = target
	}
	return false
}

// Finish syncs the file to the disk under its temporary name. Commit does this too.
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

// Discard removes a file that is not committed.
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

// WriteFile creates a file with the data.
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
