package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// A verdict is the outcome of one change.
type verdict int

const (
	noticed verdict = iota // a test failed or did not end
	missed                 // no test failed
	invalid                // it does not compile
)

// A result collects the outcomes of all changes.
type result struct {
	out     io.Writer
	log     *verdictLog
	mu      sync.Mutex
	began   time.Time
	known   map[string]string // changes that make no difference, and why
	counts  [3]int
	missed  []change
	wanted  int
	pending int // number of changes in progress
}

// try tries changes in their order until enough of them compiled.
func (r *runner) try(changes []change, known map[string]string, log *verdictLog) *result {
	res := &result{
		out: r.opt.out, log: log, began: time.Now(), known: known,
		wanted: limit(r.opt.n, len(changes)),
	}
	next := make(chan change)
	var workers sync.WaitGroup
	for range r.opt.jobs {
		workers.Go(func() {
			for c := range next {
				v, by := r.one(&c)
				if r.ctx.Err() != nil {
					continue // the tests were stopped, so there is no verdict
				}
				log.add(&c, v, by)
				res.add(c, v)
			}
		})
	}
	for _, c := range changes {
		if !res.more() || r.ctx.Err() != nil {
			break
		}
		if v, ok := log.verdicts[c.key()]; ok {
			res.add(c, v)
			continue
		}
		next <- c
	}
	close(next)
	workers.Wait()
	return res
}

// more reports whether another change must be tried, and counts it. It does not block.
func (r *result) more() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.counts[noticed]+r.counts[missed]+r.pending >= r.wanted {
		return false
	}
	r.pending++
	return true
}

func (r *result) add(c change, v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending--
	r.counts[v]++
	if v != missed {
		return
	}
	why, ok := r.known[c.key()]
	if ok {
		why = " (equivalent: " + why + ")"
	} else {
		r.missed = append(r.missed, c)
	}
	fmt.Fprintf(r.out, "missed\t%s%s\n", c.String(), why)
}

// print prints the totals, and reports whether enough changes were noticed.
func (r *result) print(least float64) bool {
	tried := r.counts[noticed] + r.counts[missed]
	share := 100 * float64(r.counts[noticed]) / float64(max(tried, 1))
	fmt.Fprintf(r.out, "%d of %d changes were noticed (%.1f %%); %d others do not compile; %v\n",
		r.counts[noticed], tried, share, r.counts[invalid], time.Since(r.began).Round(time.Second))
	if len(r.missed) > 0 {
		fmt.Fprintf(r.out, "%d were not noticed and are not listed as equivalent\n", len(r.missed))
	}
	return share >= least && len(r.missed) == 0
}

// one tries one change. It compiles the package, runs its tests, short ones first, and then the
// tests of its importers. by is the test that noticed the change.
func (r *runner) one(c *change) (v verdict, by string) {
	overlay, err := r.overlay(c)
	if err != nil {
		panic(err) // the disk is full, or the clone was removed
	}
	defer os.RemoveAll(filepath.Dir(overlay))
	if _, err := r.goCommand(r.opt.timeout, overlay, "build", c.pkg); err != nil {
		return invalid, ""
	}
	if r.has(c.pkg) {
		patience := r.patience(c.pkg)
		by = r.test(c.pkg, overlay, patience)
		if by == "" && r.long[c.pkg] {
			by = r.test(c.pkg, overlay, 10*patience, "-short=false")
		}
		if by != "" {
			return noticed, by
		}
	}
	for _, pkg := range r.importers(c.pkg) {
		if by = r.test(pkg, overlay, r.patience(pkg)); by != "" {
			return noticed, by
		}
	}
	return missed, ""
}

// has reports whether a package has tests, and whether they pass without a change.
func (r *runner) has(pkg string) bool {
	r.time(pkg)
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.goes[pkg]
}

// test runs the tests of a package, the short ones unless flags override this. It returns the
// failed test, or how the tests ended otherwise; "" if all passed.
func (r *runner) test(pkg, overlay string, timeout time.Duration, flags ...string) string {
	args := []string{"test", "-short", "-failfast", "-vet=off", "-timeout", timeout.String()}
	out, err := r.goCommand(timeout+time.Minute, overlay, append(append(args, flags...), pkg)...)
	if err == nil {
		return ""
	}
	by := err.Error()
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		if failed, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			by, _, _ = strings.Cut(failed, " (") // the last one is the innermost
		} else if strings.HasPrefix(line, "panic: ") {
			by = line
			break
		}
	}
	return pkg + ": " + short(by)
}

// importers returns packages that import pkg and have tests, fastest first, as many as the time
// budget allows.
func (r *runner) importers(pkg string) (list []string) {
	if r.opt.budget == 0 {
		return nil // skips the measurements
	}
	for _, u := range r.users[pkg] {
		if r.has(u) {
			list = append(list, u)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(r.time(a), r.time(b)) })
	left := r.opt.budget
	for i, u := range list {
		if left -= r.time(u); left < 0 {
			return list[:i]
		}
	}
	return list
}

// time returns how long the tests of a package take without a change. Tests that fail without a
// change are not used.
func (r *runner) time(pkg string) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t, ok := r.times[pkg]; ok || !r.goes[pkg] {
		return t
	}
	began := time.Now()
	if by := r.test(pkg, "", r.opt.timeout); by != "" {
		fmt.Fprintf(os.Stderr, "mutate: the tests fail as it is: %s\n", by)
		r.goes[pkg] = false
	}
	r.times[pkg] = time.Since(began)
	return r.times[pkg]
}

// patience returns the time limit of tests: a change may make them slow or endless.
func (r *runner) patience(pkg string) time.Duration {
	return min(5*r.time(pkg)+20*time.Second, r.opt.timeout).Round(time.Second)
}

// equivalents reads the changes that make no difference: a map from key to reason.
func equivalents(name string) (map[string]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	list := map[string]string{}
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, why, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%s:%d: no reason", name, n)
		}
		list[key] = why
	}
	return list, lines.Err()
}
