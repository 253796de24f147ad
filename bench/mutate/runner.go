package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A runner tries changes in a clone of the repository.
type runner struct {
	ctx   context.Context
	opt   options
	root  string // folder of the clone
	tmp   string
	goes  map[string]bool     // packages with tests
	long  map[string]bool     // packages whose tests skip something with -short
	users map[string][]string // packages whose files or tests import a package

	mu    sync.Mutex
	times map[string]time.Duration // duration of a package's tests without a change
}

func newRunner(ctx context.Context, opt options) (*runner, error) {
	tmp, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return nil, err
	}
	r := &runner{
		ctx: ctx, opt: opt, tmp: tmp, root: filepath.Join(tmp, "clone"),
		times: map[string]time.Duration{},
	}
	out, err := exec.CommandContext(ctx, "git", "clone", "-q", ".", r.root).CombinedOutput()
	if err != nil {
		r.close()
		return nil, fmt.Errorf("git clone: %w: %s", err, out)
	}
	return r, nil
}

func (r *runner) close() error { return os.RemoveAll(r.tmp) }

// output runs a program in the clone.
func (r *runner) output(name string, args ...string) (string, error) {
	cmd := exec.CommandContext(r.ctx, name, args...)
	cmd.Dir = r.root
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, errs.Bytes())
	}
	return string(out), err
}

// A goPackage is the output of `go list -json` for a package.
type goPackage struct {
	Dir, ImportPath                    string
	GoFiles, TestGoFiles, XTestGoFiles []string
	Imports, TestImports, XTestImports []string
}

// changes returns the changes of the packages whose key contains only, and records which packages
// import which.
func (r *runner) changes(patterns []string, only string) ([]change, error) {
	all, err := r.packages("./...")
	if err != nil {
		return nil, err
	}
	r.goes, r.long, r.users = map[string]bool{}, map[string]bool{}, map[string][]string{}
	for _, p := range all {
		tests := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		r.goes[p.ImportPath] = len(tests) > 0
		for _, name := range tests {
			text, err := os.ReadFile(filepath.Join(p.Dir, name))
			if err != nil {
				return nil, err
			}
			if bytes.Contains(text, []byte("testing.Short()")) {
				r.long[p.ImportPath] = true
			}
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if i != p.ImportPath && !slices.Contains(r.users[i], p.ImportPath) {
				r.users[i] = append(r.users[i], p.ImportPath)
			}
		}
	}
	wanted, err := r.packages(patterns...)
	if err != nil {
		return nil, err
	}
	var list []change
	for _, p := range wanted {
		if besides(p.ImportPath) {
			continue
		}
		for _, name := range p.GoFiles {
			path := filepath.Join(p.Dir, name)
			file, err := filepath.Rel(r.root, path)
			if err != nil {
				return nil, err
			}
			file = filepath.ToSlash(file)
			src, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			found, err := find(file, p.ImportPath, src)
			if err != nil {
				return nil, err
			}
			list = append(list, found...)
		}
	}
	return slices.DeleteFunc(
		list,
		func(c change) bool { return !strings.Contains(c.key(), only) },
	), nil
}

// besides reports whether a package is not part of the program: a generator or a helper of tests.
func besides(path string) bool {
	for _, dir := range []string{"/bench/", "/gen/", "/pcaps/make/", "/testkit/", "/corpustest/"} {
		if strings.Contains(path+"/", dir) {
			return true
		}
	}
	return false
}

func (r *runner) packages(patterns ...string) (list []goPackage, err error) {
	out, err := r.output("go", append([]string{"list", "-json"}, patterns...)...)
	if err != nil {
		return nil, err
	}
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
}

// overlay writes a changed file and the overlay file for the go command, and returns the name of
// the overlay.
func (r *runner) overlay(c *change) (string, error) {
	path := filepath.Join(r.root, filepath.FromSlash(c.file))
	src, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(r.tmp, "change")
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, "changed.go")
	text := slices.Concat(src[:c.from], []byte(c.text), src[c.to:])
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{path: changed}})
	name := filepath.Join(dir, "overlay.json")
	return name, errors.Join(
		err,
		os.WriteFile(changed, text, 0o600),
		os.WriteFile(name, list, 0o600),
	)
}

// goCommand runs the go command in the clone, with an overlay if it is not empty. Programs that
// tests build use the overlay too. All child processes end with the command. It returns the
// standard output.
func (r *runner) goCommand(timeout time.Duration, overlay string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(r.ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = r.root
	if overlay != "" {
		cmd.Env = append(os.Environ(), "GOFLAGS=-overlay="+overlay)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	ownGroup(cmd)
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	return out.String(), err
}
