package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestMain runs the program itself for tests that start it.
func TestMain(m *testing.M) {
	ctx := ownProcess(context.Background())
	if dir := os.Getenv(insideEnv); dir != "" {
		ctx = context.WithValue(ctx, insideKey{}, func() { lookAround(dir) })
	}
	program := func() { testkit.Exit(execute(ctx)) }
	// the helper runs from the same executable
	helper := strings.HasPrefix(filepath.Base(os.Args[0]), "portsniff-")
	if helper || os.Getenv("PORTSNIFF_TEST_MAIN") == "1" {
		program()
	}
	testscript.Main(inUTC{m}, map[string]func(){"portsniff": program})
}

// inUTC runs all tests with times in UTC, as the expected output has them.
type inUTC struct{ *testing.M }

func (m inUTC) Run() int {
	if err := os.Setenv("TZ", "UTC"); err != nil {
		panic(err)
	}
	return m.M.Run()
}

// insideEnv is the environment variable with the folder that the program examines inside its
// sandbox.
const insideEnv = "PORTSNIFF_TEST_INSIDE"

// lookAround tries what code in the sandbox must not do in the folder of the output files, and
// prints each result.
func lookAround(dir string) {
	sibling, new := filepath.Join(dir, "sibling"), filepath.Join(dir, "new")
	read := func(name string) error { _, err := os.ReadFile(name); return err }
	write := func(name string) error { return os.WriteFile(name, nil, 0o600) }
	_, list := os.ReadDir(dir)
	for what, err := range map[string]error{
		"read a sibling": read(sibling), "list the folder": list,
		"read elsewhere":          read("/etc/passwd"),
		"read of another process": read("/proc/1/status"),
		"write to a sibling":      write(sibling), "make a file": write(new),
		"make a file below": write(filepath.Join(dir, "sub", "new")),
		"make a folder":     os.Mkdir(new, 0o700), "make a link": os.Link(sibling, new),
		"make a symbolic link": os.Symlink(sibling, new),
		"rename a sibling":     os.Rename(sibling, new), "remove a sibling": os.Remove(sibling),
		"remove below": os.Remove(filepath.Join(dir, "sub", "kept")),
	} {
		fmt.Fprintf(os.Stderr, "inside: %s: %v\n", what, errors.Unwrap(err))
	}
}

// TestScripts runs testdata/*.txt: commands and their expected output. $PCAPS is the folder of the
// samples. $STRICT is the strictest value of --sandbox that the kernel supports.
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
			env.Setenv("TERM", "xterm")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"pagedata": pageData,
		},
		RequireExplicitExec: true,
	})
}

// pageData implements "pagedata FILE": it writes the decompressed data of a page to data.json.
func pageData(ts *testscript.TestScript, _ bool, args []string) {
	data, err := testkit.PageData([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("data.json"), data, 0o600))
}

// strictest returns the strictest value of --sandbox that works here.
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
