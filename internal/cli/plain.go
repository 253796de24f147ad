package cli

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// plainText returns the text of an error, with errors of the system in plain words.
func plainText(err error) string {
	text := err.Error()
	for _, e := range causes(err, nil) {
		text = strings.ReplaceAll(text, e.Error(), plainCause(e))
	}
	return text
}

// plainCause returns the text of a path error or a network error: what it is about, and why.
func plainCause(err error) string {
	var name *net.DNSError
	var number syscall.Errno
	switch e := err.(type) {
	case *fs.PathError:
		return e.Path + ": " + systemReason(e)
	case *net.OpError:
		if errors.As(e, &name) {
			return name.Name + ": " + name.Err
		}
		if errors.As(e, &number) && e.Addr != nil {
			return e.Addr.String() + ": " + number.Error()
		}
	}
	return err.Error()
}

// causes appends the path errors and the network errors that err wraps to found.
func causes(err error, found []error) []error {
	switch err.(type) {
	case *fs.PathError, *net.OpError:
		return append(found, err)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return causes(e.Unwrap(), found)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			found = causes(one, found)
		}
	}
	return found
}

// systemReason returns the reason of a system error about a file, in plain words.
func systemReason(e *fs.PathError) string {
	switch {
	case errors.Is(e, fs.ErrNotExist):
		folder := filepath.Dir(e.Path)
		if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
			return "there is no folder " + folder
		}
		return "no such file"
	case errors.Is(e, syscall.EISDIR):
		return "a folder, not a file"
	case errors.Is(e, syscall.ENOTDIR):
		return filepath.Dir(e.Path) + " is not a folder"
	case errors.Is(e, fs.ErrPermission):
		return "permission denied"
	}
	return e.Err.Error()
}
