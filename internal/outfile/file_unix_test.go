//go:build unix

package outfile_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/portsniff/portsniff/internal/outfile"
)

// names returns the names of the files in a folder.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func content(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCommitAndDiscard checks that a file gets its name when it is committed, and not before.
func TestCommitAndDiscard(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "page")
	write(t, name, "old")
	for _, keep := range []bool{false, true} {
		f, err := outfile.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, "new"); err != nil {
			t.Fatal(err)
		}
		if got := content(t, name); got != "old" {
			t.Errorf("before the end: %q", got)
		}
		if keep {
			err = f.Commit()
		}
		if err != nil || f.Discard() != nil { // Discard does nothing after Commit
			t.Error(err)
		}
		want := map[bool]string{false: "old", true: "new"}[keep]
		if got := content(t, name); got != want || len(names(t, dir)) != 1 {
			t.Errorf("committed %v: %q, files %v", keep, got, names(t, dir))
		}
	}
}

// TestSyncBeforeName checks that a file that cannot be synced does not get its name. A pipe accepts
// bytes, but cannot be synced.
func TestSyncBeforeName(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var ends []bool
	f := outfile.NewFile(w, func(keep bool) error { ends = append(ends, keep); return nil })
	if err := f.Commit(); err == nil || !slices.Equal(ends, []bool{false}) {
		t.Errorf("error %v, ends %v", err, ends)
	}
}

// TestLinkIsReplaced checks that a link is replaced and its target stays unchanged. The target may
// be missing.
func TestLinkIsReplaced(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "target"), "old")
	for link, target := range map[string]string{"link": "target", "nowhere": "missing",
		"second": "link"} {
		name := filepath.Join(dir, link)
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
		if err := outfile.WriteFile(outfile.Local{}, name, []byte("new")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(name)
		if err != nil || !info.Mode().IsRegular() || content(t, name) != "new" {
			t.Errorf("%s: %v, %v", link, info.Mode(), err)
		}
	}
	if got := content(t, filepath.Join(dir, "target")); got != "old" {
		t.Errorf("the target has %q", got)
	}
}

// TestWrittenInPlace checks that FIFOs and devices are written in place, by name and through links.
func TestWrittenInPlace(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": fifo, "second": "link",
		"null": "/dev/null"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, link := range []string{"fifo", "link", "second"} {
		read := make(chan string)
		go func() {
			data, err := os.ReadFile(fifo)
			if err != nil {
				t.Error(err)
			}
			read <- string(data)
		}()
		err := outfile.WriteFile(outfile.Local{}, filepath.Join(dir, link), []byte("through "+link))
		if got := <-read; err != nil || got != "through "+link {
			t.Errorf("%s: %q, %v", link, got, err)
		}
	}
	if err := outfile.WriteFile(outfile.Local{}, filepath.Join(dir, "null"),
		[]byte("gone")); err != nil {
		t.Error(err)
	}
	want := []string{"fifo", "link", "null", "second"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("files %v", got)
	}
	for _, link := range want[1:] {
		if info, err := os.Lstat(filepath.Join(dir, link)); err != nil ||
			info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no longer a link: %v", link, err)
		}
	}
}

// TestCreateErrors checks that errors contain the reason and the requested name.
func TestCreateErrors(t *testing.T) {
	dir := t.TempDir()
	block := filepath.Join(dir, "block")
	const loop = 7 << 8 // the major number of loop devices
	if err := syscall.Mknod(block, syscall.S_IFBLK|0o600, loop|200); err != nil {
		t.Logf("SKIPPED: block devices: %v", err)
		block = ""
	} else if err := os.Symlink(block, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir:                                "is a directory",
		filepath.Join(dir, "missing", "x"): filepath.Join(dir, "missing", "x") + ": no such file",
		block:                              block + " is a block device",
		filepath.Join(filepath.Dir(block), "link"): "is a block device",
	} {
		if block == "" && strings.Contains(want, "block") {
			continue
		}
		f, err := outfile.Create(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}
