package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/portsniff/portsniff/internal/sockets"
)

// TestMain is the program itself for tests that start it.
func TestMain(m *testing.M) {
	sockets.HelperMain() // which the program starts from its own file
	if os.Getenv("PORTSNIFF_TEST_MAIN") == "1" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"portsniff": main})
}

// TestScripts runs testdata/*.txt: what a person types, and what must come back. $PCAPS is the folder of the samples, and $STRICT the strictest value
// of --sandbox that the kernel has all parts for.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../pcaps")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	strict := strictest(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PCAPS", samples)
			env.Setenv("STRICT", strict)
			env.Setenv("TZ", "UTC")
			env.Setenv("TERM", "xterm")
			return nil
		},
		RequireExplicitExec: true,
	})
}

// strictest tells whether --sandbox=require works here.
func strictest(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-q", "--demo", "http", "--sandbox", "require")
	cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1")
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return "require"
	case runtime.GOOS == "linux" && os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1":
		t.Fatalf("no whole sandbox: %v: %s", err, out)
	}
	t.Logf("the scripts ran with --sandbox=auto: %s", out)
	return "auto"
}
