//go:build unix

package pcapfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A named pipe is read as it is written, and its size is not known.
func TestNamedPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() {
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err == nil {
			_, err = w.Write(plainPcap(le))
			w.Close()
		}
		written <- err
	}()
	s := OpenAll([]string{name}, Options{})
	packets, err := drain(t, s)
	if err != nil || len(packets) != 3 || packets[0].File != name || s.Size() != -1 {
		t.Errorf("%d packets, %v, size %d", len(packets), err, s.Size())
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// A compressed named pipe that idles can be closed, and then nobody reads it any more.
func TestCloseIdleNamedPipe(t *testing.T) {
	before := readers()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File, 1)
	go func() {
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err == nil {
			_, err = w.Write(unfinishedGzip(t, plainPcap(le)))
		}
		if err != nil {
			t.Error(err)
		}
		opened <- w
	}()
	f, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := <-opened
	defer w.Close()
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	mustEnd(t, before, "while the pipe is open")
}
