package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestExportDenied checks a store with a folder that the user may not read: its files could not be
// replaced, nor counted for --max-size.
func TestExportDenied(t *testing.T) {
	requireRoot(t) // to be another user
	portsniff := installed(t)
	dir := filepath.Join(filepath.Dir(portsniff), "store")
	flows := filepath.Join(dir, "flows")
	for _, d := range []string{dir, flows} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(d, nobodyID, nobodyID); err != nil {
			t.Fatal(err)
		}
	}
	export := func() (int, string) {
		cmd := exec.Command(portsniff, "export", "--demo", "http", "-o", dir)
		cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID,
			Gid: nobodyID}}
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	if status, out := export(); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	if err := os.Chmod(flows, 0o300); err != nil {
		t.Fatal(err)
	}
	status, out := export()
	if status != exitFailed || out != "portsniff: "+flows+": permission denied\n" {
		t.Errorf("status %d: %s", status, out)
	}
}
