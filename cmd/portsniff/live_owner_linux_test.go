package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/internal/testkit"
)

// User IDs of these tests. They need no entry in the user database.
const (
	nobodyID = 65534
	another  = 54321
)

// ownerOf returns the user and group of a file.
func ownerOf(t *testing.T, file string) [2]int {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	st := info.Sys().(*syscall.Stat_t)
	return [2]int{int(st.Uid), int(st.Gid)}
}

// TestLiveWriteOwner checks that a file created by root gets the user that the program continues
// as. An existing file keeps its owner, also root, by whatever name it is opened.
func TestLiveWriteOwner(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(t *testing.T, file string)
		args   []string
		env    []string
		want   [2]int
	}{
		{"nobody alone", nil, nil, nil, [2]int{nobodyID, nobodyID}},
		{"-Z", nil, []string{"-Z", "nobody"}, nil, [2]int{nobodyID, nobodyID}},
		{"the user of sudo", nil, nil, []string{"SUDO_UID=54321", "SUDO_GID=54322"},
			[2]int{another, 54322}},
		{"root's from before", func(t *testing.T, file string) { create(t, file) }, nil, nil,
			[2]int{0, 0}},
		{"a link to root's", func(t *testing.T, file string) {
			create(t, file+".root")
			if err := os.Symlink(file+".root", file); err != nil {
				t.Fatal(err)
			}
		}, nil, nil, [2]int{0, 0}},
		{"another's from before", func(t *testing.T, file string) {
			create(t, file)
			if err := os.Chown(file, another, another); err != nil {
				t.Fatal(err)
			}
		}, nil, nil, [2]int{another, another}},
		{"with another name", func(t *testing.T, file string) {
			create(t, file)
			if err := os.Link(file, file+".link"); err != nil {
				t.Fatal(err)
			}
		}, nil, nil, [2]int{0, 0}},
		{"a pipe", func(t *testing.T, file string) {
			if err := unix.Mkfifo(file, 0o600); err != nil {
				t.Fatal(err)
			}
		}, nil, nil, [2]int{0, 0}},
		{"no sandbox", nil, []string{"--sandbox", "off"}, nil, [2]int{0, 0}},
		{"root by choice", nil, []string{"-Z", "root"}, nil, [2]int{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				for _, name := range []string{"SUDO_UID", "SUDO_GID"} { // sudo may run this test
					t.Setenv(name, "")
				}
				file := filepath.Join(t.TempDir(), "a.pcap")
				if c.before != nil {
					c.before(t, file)
				}
				p := &program{t: t, cmd: exec.Command("portsniff",
					append([]string{"-i", "v1", "-c", "1", "-w", file}, c.args...)...),
					ended: make(chan error, 1)}
				p.cmd.Env = append(os.Environ(), c.env...)
				p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
				p.start()
				s.Send(udpFrame(40000, 53, "one"))
				p.end(0)
				if got := ownerOf(t, file); got != c.want {
					t.Errorf("the file is of %v, want %v: %s", got, c.want, p.errs.String())
				}
			})
		})
	}
}

// create makes an empty file.
func create(t *testing.T, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLiveWriteOwnerStays checks that a failed change of the owner is reported and the capture
// continues.
func TestLiveWriteOwnerStays(t *testing.T) {
	t.Parallel()
	requireTool(t, "setpriv")
	liveTest(t, func(t *testing.T, s *testkit.Sender) {
		file := filepath.Join(t.TempDir(), "a.pcap")
		p := &program{t: t, cmd: exec.Command("setpriv", "--bounding-set=-chown",
			"--inh-caps=-chown", "portsniff", "-i", "v1", "-c", "1", "-w", file, "-Z", "nobody"),
			ended: make(chan error, 1)}
		p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
		p.start()
		s.Send(udpFrame(40000, 53, "one"))
		p.end(0)
		matches(t, "errors", p.errs.String(),
			`(?m)^portsniff: .*/a\.pcap stays with user 0: .*operation not permitted$`)
		if n := packetsOf(t, file); n != 1 || ownerOf(t, file) != [2]int{0, 0} {
			t.Errorf("%d packets, of %v", n, ownerOf(t, file))
		}
	})
}

// TestLiveRotationOwner checks that a rotation continues as root in any folder, unless -Z names a
// user. With -Z the folder must belong to that user, and the first file can be written again.
func TestLiveRotationOwner(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		folder int // user ID of its owner
		args   []string
		status int
		want   [2]int
	}{
		{"root's folder", 0, nil, 0, [2]int{0, 0}},
		{"another's folder", another, nil, 0, [2]int{0, 0}},
		{"-Z and that user's folder", nobodyID, []string{"-Z", "nobody"}, 0,
			[2]int{nobodyID, nobodyID}},
		{"-Z and root's folder", 0, []string{"-Z", "nobody"}, exitFailed,
			[2]int{nobodyID, nobodyID}},
	} {
		t.Run(c.name, func(t *testing.T) {
			liveTest(t, func(t *testing.T, s *testkit.Sender) {
				// Every user may pass through its parent folders.
				dir, err := os.MkdirTemp("", "portsniff-owner")
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() {
					if err := os.RemoveAll(dir); err != nil {
						t.Error(err)
					}
				})
				if err := os.Chown(dir, c.folder, c.folder); err != nil {
					t.Fatal(err)
				}
				p := capturing(t, append([]string{"-i", "v1", "-w", filepath.Join(dir, "r.pcap"),
					"-C", "1", "-W", "3"}, c.args...)...)
				for range 4500 {
					s.Send(udpFrame(40000, 53, repeat(1000)))
				}
				if c.status == 0 {
					p.interrupt()
				} else {
					p.end(c.status)
					matches(t, "errors", p.errs.String(), `r\.pcap1: permission denied`)
				}
				files, err := filepath.Glob(filepath.Join(dir, "r.pcap*"))
				if err != nil || len(files) == 0 || c.status == 0 && len(files) != 3 {
					t.Fatalf("%v, %v: %s", files, err, p.errs.String())
				}
				for _, f := range files {
					if got := ownerOf(t, f); got != c.want {
						t.Errorf("%s is of %v, want %v", f, got, c.want)
					}
					if packetsOf(t, f) == 0 {
						t.Errorf("%s has no packets", f)
					}
				}
			})
		})
	}
}
