package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/portsniff/portsniff/internal/owner"
)

// TestMain is the program itself for tests that start it.
func TestMain(m *testing.M) {
	owner.HelperMain() // which the program starts from its own file
	if os.Getenv("PORTSNIFF_TEST_MAIN") == "1" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"portsniff": main})
}

// TestScripts runs testdata/*.txt: what a person types, and what must come back. $PCAPS is the folder of the samples.
func TestScripts(t *testing.T) {
	samples, err := filepath.Abs("../../pcaps")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PCAPS", samples)
			env.Setenv("TZ", "UTC")
			env.Setenv("TERM", "xterm")
			return nil
		},
		RequireExplicitExec: true,
	})
}
