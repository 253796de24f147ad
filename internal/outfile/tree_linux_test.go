package outfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/sandbox"
)

// TestHelperOfATree checks a helper with Plan.Tree. It creates folders, keeps several files open,
// and deletes files, all with names of the plan.
func TestHelperOfATree(t *testing.T) {
	dir := t.TempDir()
	h, err := outfile.StartHelper(outfile.Plan{Folder: dir, Mode: sandbox.Auto, Tree: true,
		Names: regexp.MustCompile(`^[ab]/[0-9]/x$`)})
	if err != nil {
		t.Fatal(err)
	}
	var open []*outfile.File
	for _, name := range []string{"a/1/x", "a/2/x", "b/1/x", "b/2/x"} {
		f, err := h.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(name)); err != nil {
			t.Fatal(err)
		}
		open = append(open, f)
	}
	if _, err := h.Create(filepath.Join(dir, "a/1/x")); !errors.Is(err, unix.EPERM) {
		t.Errorf("the same file twice: %v", err)
	}
	for _, name := range []string{"a/x", "c/1/x", "a/1/y", "../a/1/x"} {
		if _, err := h.Create(dir + "/" + name); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s: %v", name, err)
		}
		if err := h.Delete(dir + "/" + name); !errors.Is(err, unix.EPERM) {
			t.Errorf("delete %s: %v", name, err)
		}
	}
	for i, f := range open {
		end := f.Commit
		if i == 1 {
			end = f.Discard
		}
		if err := errors.Join(f.Finish(), end()); err != nil {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if err := errors.Join(h.Delete(filepath.Join(dir, "b/1/x")),
		h.Delete(filepath.Join(dir, "b/1/x"))); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := h.Create(filepath.Join(dir, "b/3/x")); err != nil { // never committed
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	var got []string
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			got = append(got, name[len(dir)+1:]+"="+content(t, name))
		}
		return err
	})
	want := []string{"a/1/x=a/1/x", "b/2/x=b/2/x"}
	if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v, want %v; %v", got, want, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "c")); err == nil {
		t.Error("a folder was made for a name outside the plan")
	}
}

// TestHelperDeletesNothing checks that a helper deletes nothing without Plan.Tree.
func TestHelperDeletesNothing(t *testing.T) {
	dir := t.TempDir()
	h := start(t, dir)
	if err := outfile.WriteFile(h, filepath.Join(dir, "a.svg"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := h.Delete(filepath.Join(dir, "a.svg")); !errors.Is(err, unix.EPERM) {
		t.Error(err)
	}
	if content(t, filepath.Join(dir, "a.svg")) != "x" {
		t.Error("the file is gone")
	}
}

// TestHelperStaysInItsFolder checks that a helper creates and deletes nothing outside its folder,
// whatever names its plan allows.
func TestHelperStaysInItsFolder(t *testing.T) {
	above := t.TempDir()
	dir := filepath.Join(above, "below")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(above, "kept")
	if err := os.WriteFile(kept, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := outfile.StartHelper(outfile.Plan{Folder: dir, Mode: sandbox.Off, Tree: true,
		Names: regexp.MustCompile(`.*`)})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for _, name := range []string{"../kept", "x/../../kept", "../new/x"} {
		if _, err := h.Create(dir + "/" + name); !errors.Is(err, unix.EPERM) {
			t.Errorf("%s: %v", name, err)
		}
		if err := h.Delete(dir + "/" + name); !errors.Is(err, unix.EPERM) {
			t.Errorf("delete %s: %v", name, err)
		}
	}
	if content(t, kept) != "kept" {
		t.Error("a file outside the folder has changed")
	}
}
