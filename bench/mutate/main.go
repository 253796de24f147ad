// Command mutate makes small changes to the program, one at a time, and runs the tests that should
// notice them. For example, it negates a comparison, increments a number or removes a statement. A
// change that no test notices is a gap in the tests, or makes no difference.
//
//	go run ./bench/mutate -n 400                  a fixed sample of all packages
//	go run ./bench/mutate -n 50 ./filter ./decode of these
//	go run ./bench/mutate -since main             of those that changed since a commit
//	go run ./bench/mutate -only decode/walk.go    all of one file
//	go run ./bench/mutate -only "decode/walk.go walker.short number 1"
//
// The sample depends only on the names of the changes: file, function, kind and index of that kind.
// So edits of other code do not change the sample. Each change is an overlay on a clone of the last
// commit; the work tree is never written to.
//
// With -log FILE, each verdict is appended to FILE as one line: the verdict, the change, and what
// noticed it. An interrupted run can continue: changes with a verdict in FILE are counted and not
// tried again. Remove lines to try their changes again.
//
// Exit status 1: less than -least percent of the changes were noticed, or an unnoticed change is
// not listed in bench/mutate/equivalent.txt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// options holds the values of the flags.
type options struct {
	n       int
	jobs    int
	least   float64
	since   string
	only    string
	budget  time.Duration
	timeout time.Duration
	list    bool
	known   string
	log     string
	out     io.Writer
}

func main() {
	var opt options
	flag.IntVar(&opt.n, "n", 0, "a sample of `N` changes; 0 is all")
	flag.IntVar(&opt.jobs, "jobs", 1, "try `N` changes at a time")
	flag.Float64Var(&opt.least, "least", 85, "how many `percent` the tests must notice")
	flag.StringVar(&opt.since, "since", "", "of packages that changed since `COMMIT`")
	flag.StringVar(
		&opt.only,
		"only",
		"",
		"whose `NAME` has this in it: file, function, kind, number",
	)
	flag.DurationVar(&opt.budget, "importers", 2*time.Minute,
		"after the package's own tests, run those of packages that import it, `TIME` in all")
	flag.DurationVar(&opt.timeout, "timeout", 10*time.Minute, "end a test after `TIME` at most")
	flag.BoolVar(&opt.list, "list", false, "list the changes, and try none")
	flag.StringVar(&opt.known, "equivalent", "bench/mutate/equivalent.txt",
		"`FILE` with the changes that make no difference")
	flag.StringVar(&opt.log, "log", "",
		"add each verdict to `FILE`, and try no change that has one there")
	flag.Parse()
	opt.out = os.Stdout
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, opt, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run tries a sample, and reports whether the tests noticed enough changes.
func run(ctx context.Context, opt options, patterns []string) (ok bool, err error) {
	r, err := newRunner(ctx, opt)
	if err != nil {
		return false, err
	}
	defer r.close()
	if opt.since != "" {
		if patterns, err = changed(opt.since); err != nil || len(patterns) == 0 {
			return err == nil, err
		}
	}
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	changes, err := r.changes(patterns, opt.only)
	if err != nil {
		return false, err
	}
	sortByHash(changes)
	if opt.list {
		for i := range limit(opt.n, len(changes)) {
			fmt.Fprintln(opt.out, changes[i].String())
		}
		return true, nil
	}
	known, err := equivalents(opt.known)
	if err != nil {
		return false, err
	}
	log, err := openLog(opt.log)
	if err != nil {
		return false, err
	}
	res := r.try(changes, known, log)
	return res.print(opt.least), errors.Join(ctx.Err(), log.close())
}

func limit(n, all int) int {
	if n == 0 {
		return all
	}
	return min(n, all)
}

// changed returns the packages in which the last commit has different Go files than the commit
// since. Tests do not count.
func changed(since string) (patterns []string, err error) {
	cmd := exec.Command(
		"git",
		"diff",
		"--name-only",
		"--diff-filter=d",
		since,
		"HEAD",
		"--",
		"*.go",
	)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git diff: %w", err)
	}
	seen := map[string]bool{}
	for file := range strings.Lines(string(out)) {
		dir := "./" + strings.TrimSpace(file)
		dir = dir[:strings.LastIndex(dir, "/")]
		if !strings.HasSuffix(strings.TrimSpace(file), "_test.go") && !seen[dir] {
			seen[dir] = true
			patterns = append(patterns, dir)
		}
	}
	return patterns, nil
}
