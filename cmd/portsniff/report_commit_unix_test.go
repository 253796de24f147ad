//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// A page that could not be brought to the disk does not get its name, and leaves nothing behind. A pipe stands for the disk: it takes bytes, and cannot be
// synced.
func TestReportIsSyncedBeforeItHasItsName(t *testing.T) {
	dir := t.TempDir()
	p := &pageFile{temp: filepath.Join(dir, ".page"), name: filepath.Join(dir, "page.html")}
	if err := os.WriteFile(p.temp, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p.file = w
	if err := p.commit(); err == nil {
		t.Error("no error")
	}
	for _, name := range []string{p.name, p.temp} {
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
