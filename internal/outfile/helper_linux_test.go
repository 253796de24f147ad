package outfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/sandbox"
	"github.com/portsniff/portsniff/internal/testkit"
)

// childEnv is an environment variable with a folder. If it is set, this program starts a file in
// that folder and waits to be killed.
const childEnv = "PORTSNIFF_TEST_OUTFILE"

func TestMain(m *testing.M) {
	if status, ran := outfile.HelperMain(); ran {
		testkit.Exit(status)
	}
	if dir := os.Getenv(childEnv); dir != "" {
		h, err := outfile.StartHelper(plan(dir))
		if err == nil {
			_, err = h.Create(filepath.Join(dir, "a.svg"))
		}
		fmt.Println(err)
		select {}
	}
	os.Exit(m.Run())
}

func plan(dir string) outfile.Plan {
	return outfile.Plan{Folder: dir, Names: regexp.MustCompile(`^[a-z]+\.svg$`), Mode: sandbox.Auto}
}

func start(t *testing.T, dir string) *outfile.Helper {
	t.Helper()
	h, err := outfile.StartHelper(plan(dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// TestHelper checks that a helper creates the same files as Create, and as -w.
func TestHelper(t *testing.T) {
	dir := t.TempDir()
	h := start(t, dir)
	for _, name := range []string{"a", "b", "a"} {
		if err := outfile.WriteFile(h, filepath.Join(dir, name+".svg"), []byte(name)); err != nil {
			t.Fatal(err)
		}
	}
	f, err := h.Create(filepath.Join(dir, "b.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "half"); err != nil {
		t.Fatal(err)
	}
	if err := f.Discard(); err != nil {
		t.Error(err)
	}
	for _, made := range []bool{true, false} {
		f, now, err := h.Open(filepath.Join(dir, "open.svg"))
		if err != nil || now != made {
			t.Fatalf("made %v, want %v: %v", now, made, err)
		}
		if _, err := f.WriteString("text"); err != nil {
			t.Error(err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a.svg", "b.svg", "open.svg"}) {
		t.Errorf("files %v", got)
	}
	for name, want := range map[string]string{"a": "a", "b": "b", "open": "text"} {
		if got := content(t, filepath.Join(dir, name+".svg")); got != want {
			t.Errorf("%s has %q", name, got)
		}
	}
}

// TestHelperOfAnyName checks that names may contain any bytes.
func TestHelperOfAnyName(t *testing.T) {
	dir := t.TempDir()
	for _, base := range []string{"a\xff\n\x1b$.(", "-", "é"} {
		p := plan(dir)
		p.Names = outfile.One(base)
		h, err := outfile.StartHelper(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := outfile.WriteFile(h, filepath.Join(dir, base), []byte("text")); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil || content(t, filepath.Join(dir, base)) != "text" {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestHelperRejects checks that a helper creates only files of its plan, and reads none.
func TestHelperRejects(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"folder", "folder/sub"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	folder := filepath.Join(dir, "folder")
	write(t, filepath.Join(folder, "kept.txt"), "kept")
	h := start(t, folder)
	for _, name := range []string{"kept.txt", "../out.svg", "sub/x.svg", ".svg", "x.svg\n", ""} {
		path := folder + "/" + name
		if f, err := h.Create(path); !errors.Is(err, unix.EPERM) {
			t.Errorf("created %s: %v, %v", path, f, err)
		}
		if f, _, err := h.Open(path); !errors.Is(err, unix.EPERM) {
			t.Errorf("opened %s: %v, %v", path, f, err)
		}
	}
	if _, err := h.Create(filepath.Join(folder, "x.svg")); err != nil {
		t.Error(err)
	}
	if _, err := h.Create(filepath.Join(folder, "y.svg")); !errors.Is(err, unix.EPERM) {
		t.Errorf("a second file at a time: %v", err)
	}
}

// TestHelperOpensToWrite checks that an opened file can be written, but not read.
func TestHelperOpensToWrite(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "old.svg"), "secret")
	f, made, err := start(t, dir).Open(filepath.Join(dir, "old.svg"))
	if err != nil || made {
		t.Fatalf("made %v: %v", made, err)
	}
	if _, err := f.Read(make([]byte, 1)); !errors.Is(err, unix.EBADF) {
		t.Errorf("reading: %v", err)
	}
	if err := f.Truncate(0); err != nil {
		t.Error(err)
	}
}

// TestHelperErrors checks that errors are those of the system, with the requested name.
func TestHelperErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	h := start(t, dir)
	name := filepath.Join(dir, "x.svg")
	f, err := h.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	err = f.Commit()
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "rename "+name+": ") {
		t.Errorf("committing: %v", err)
	}
	if _, err := h.Create(name); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), name) {
		t.Errorf("creating: %v", err)
	}
	none := plan(dir)
	none.Mode = "none"
	broken, err := outfile.StartHelper(none)
	if err != nil {
		t.Fatal(err)
	}
	const why = `the helper that makes files: "none": use auto, require or off`
	if _, err := broken.Create(name); err == nil || err.Error() != why {
		t.Errorf("a helper that does not start: %v", err)
	}
	if err := broken.Close(); err != nil { // the error was already reported
		t.Error(err)
	}
}

// TestHelperCleansUp checks that a killed program leaves no partial file.
func TestHelperCleansUp(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	if n, err := out.Read(line); err != nil || string(line[:n]) != "<nil>\n" ||
		len(names(t, dir)) != 1 {
		t.Fatalf("%q, %v, files %v", line[:n], err, names(t, dir))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	for end := time.Now().Add(10 * time.Second); len(names(t, dir)) > 0 && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if left := names(t, dir); len(left) > 0 {
		t.Errorf("files %v", left)
	}
}

// TestOpenFileIsWrittenInPlace checks that /dev/stdout and other links in /proc are written in
// place, as by a shell. This includes links to files.
func TestOpenFileIsWrittenInPlace(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	open := fmt.Sprintf("/proc/self/fd/%d", f.Fd())
	if err := os.Symlink(open, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{open, fmt.Sprintf("/dev/fd/%d", f.Fd()), link} {
		if err := outfile.WriteFile(outfile.Local{}, name, []byte(name)); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(filepath.Join(dir, "out"))
		if err != nil || !os.SameFile(before, after) ||
			content(t, filepath.Join(dir, "out")) != name {
			t.Errorf("%s: %v, %q", name, err, content(t, filepath.Join(dir, "out")))
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"link", "out"}) {
		t.Errorf("files %v", got)
	}
}

// TestHelperRemoves checks that a helper removes an empty file of its plan, and no other.
func TestHelperRemoves(t *testing.T) {
	dir := t.TempDir()
	h := start(t, dir)
	for name, want := range map[string]error{"empty.svg": nil, "full.svg": unix.ENOTEMPTY,
		"link.svg": unix.ENOTEMPTY, "missing.svg": unix.ENOENT, "stranger": unix.EPERM} {
		path := filepath.Join(dir, name)
		var err error
		switch name {
		case "link.svg":
			err = os.Symlink("stranger", path)
		case "full.svg":
			err = os.WriteFile(path, []byte("text"), 0o600)
		case "missing.svg":
		default:
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Remove(path); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if _, err := os.Lstat(path); (err == nil) != (want == unix.ENOTEMPTY ||
			want == unix.EPERM) {
			t.Errorf("%s: then %v", name, err)
		}
	}
}
