//go:build unix

package pcapfile

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestNamedPipe checks that a named pipe is read as it is written, and that its size is unknown.
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

// TestCloseIdleNamedPipe checks that an idle compressed pipe can be closed. No goroutine still
// reads it.
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
