// Command defenses removes the defenses of the program, one at a time, and runs the tests that must
// fail then. It prints which tests failed for each. It never writes to the work tree.
//
//	go run ./bench/defenses              all of them, about a minute each on two processors
//	go run ./bench/defenses 'fragments'  those whose name matches
//
// Exit status 1: no test failed for one of them. Tests of captures need root.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

func main() {
	flag.Parse()
	only, err := regexp.Compile(flag.Arg(0))
	if err != nil {
		fmt.Fprintln(os.Stderr, "defenses:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	status := 0
	for _, d := range defenses() {
		if !only.MatchString(d.what) {
			continue
		}
		if err := d.run(ctx, ".", os.Stdout); err != nil {
			fmt.Fprintf(os.Stderr, "defenses: %s: %v\n", d.what, err)
			status = 1
		}
		if ctx.Err() != nil {
			status = 1
			break
		}
	}
	os.Exit(status)
}

// failedTest matches the line of a failed test, or another failure of a test program.
var failedTest = regexp.MustCompile(
	`(?m)^ *--- FAIL: ([^ (]+)|^(panic|fatal error|unexpected fault)\b`)

// run removes a defense and runs its tests. It returns an error if none of them fails. root is the
// folder of the module.
func (d *defense) run(ctx context.Context, root string, out io.Writer) error {
	tmp, err := os.MkdirTemp("", "defenses")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	overlay, err := d.overlay(root, tmp)
	if err != nil {
		return err
	}
	args := append([]string{"test", "-vet=off", "-overlay", overlay, "-run", d.tests},
		d.packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { // the corpus takes too long
		return strings.HasPrefix(v, "PORTSNIFF_CORPUS=")
	})
	text, err := cmd.CombinedOutput()
	var failed []string
	for _, m := range failedTest.FindAllSubmatch(text, -1) {
		name, _, _ := strings.Cut(string(m[1])+string(m[2]), "/")
		if !slices.Contains(failed, name) {
			failed = append(failed, name)
		}
	}
	if len(failed) == 0 {
		return fmt.Errorf("no test noticed (%s): %v\n%s", d.tests, err, bytes.TrimSpace(text))
	}
	_, err = fmt.Fprintf(out, "%s\t%s\t%s\n", d.what, d.file, strings.Join(failed, " "))
	return err
}

// overlay writes the changed file and the overlay file for go test, and returns the name of the
// overlay.
func (d *defense) overlay(root, tmp string) (string, error) {
	changed, err := d.takeOut(root)
	if err != nil {
		return "", err
	}
	name := filepath.Join(tmp, filepath.Base(d.file))
	if err := os.WriteFile(name, changed, 0o600); err != nil {
		return "", err
	}
	file, err := filepath.Abs(filepath.Join(root, d.file))
	if err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]map[string]string{"Replace": {file: name}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(tmp, "overlay.json")
	return overlay, os.WriteFile(overlay, list, 0o600)
}
