package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sampleEvery is the interval between samples of a process.
const sampleEvery = 10 * time.Second

// A sample holds the resource use of a process and its helper, if any, at one time.
type sample struct {
	at     time.Duration
	values [len(sampled)]int64
}

// sampled lists the names of the values in a sample.
var sampled = [...]string{"rss KiB", "heap KiB", "fds", "threads", "helper rss KiB", "helper fds",
	"helper threads"}

// ofProcess is the number of these values per process.
const ofProcess = 4

// A sampler takes samples of a process at intervals.
type sampler struct {
	out     io.Writer
	began   time.Time
	samples []sample
	stop    chan struct{}
	done    chan error
}

// watch starts to sample a process, and prints each sample at once.
func watch(pid int, out io.Writer) *sampler {
	s := &sampler{out: out, began: time.Now(), stop: make(chan struct{}), done: make(chan error, 1)}
	fmt.Fprintf(out, "seconds  %s\n", strings.Join(sampled[:], "  "))
	go func() {
		for tick := time.Tick(sampleEvery); ; {
			select {
			case <-s.stop:
				s.done <- nil
				return
			case <-tick:
			}
			if err := s.take(pid); err != nil {
				s.done <- err
				return
			}
		}
	}()
	return s
}

// end stops sampling. It prints the minimum and maximum of each value, for the whole time and for
// the second half.
func (s *sampler) end() error {
	close(s.stop)
	if err := <-s.done; err != nil || len(s.samples) == 0 {
		return err
	}
	for i, name := range sampled {
		var all []int64
		for _, x := range s.samples {
			all = append(all, x.values[i])
		}
		late := all[len(all)/2:]
		fmt.Fprintf(s.out, "%-14s  min %7d  max %7d;  in the second half min %7d  max %7d\n", name,
			slices.Min(all), slices.Max(all), slices.Min(late), slices.Max(late))
	}
	return nil
}

// take adds a sample.
func (s *sampler) take(pid int) error {
	x := sample{at: time.Since(s.began)}
	own, err := look(pid)
	if err != nil {
		return err
	}
	copy(x.values[:], own[:])
	if child, ok := childOf(pid); ok {
		theirs, err := look(child)
		if err != nil {
			return err
		}
		x.values[4], x.values[5], x.values[6] = theirs[0], theirs[2], theirs[3]
	}
	s.samples = append(s.samples, x)
	_, err = fmt.Fprintf(s.out, "%7.0f  %v\n", x.at.Seconds(), x.values)
	return err
}

// look reads resident memory and its part without files and the ring, which is mostly the heap, in
// KiB. It also counts open files and threads.
func look(pid int) (v [ofProcess]int64, err error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	text, err := os.ReadFile(dir + "status")
	if err != nil {
		return v, err
	}
	for i, name := range [ofProcess]string{0: "VmRSS", 1: "RssAnon", 3: "Threads"} {
		if name == "" {
			continue
		}
		m := regexp.MustCompile(name + `:\s*(\d+)`).FindSubmatch(text)
		if m == nil {
			return v, errors.New(dir + "status has no " + name)
		}
		if v[i], err = strconv.ParseInt(string(m[1]), 10, 64); err != nil {
			return v, err
		}
	}
	files, err := os.ReadDir(dir + "fd")
	v[2] = int64(len(files))
	return v, err
}

// childOf returns the first child of any thread of a process.
func childOf(pid int) (child int, ok bool) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return 0, false
	}
	for _, name := range lists {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // the thread has ended
		}
		if words := strings.Fields(string(text)); len(words) > 0 {
			child, err = strconv.Atoi(words[0])
			return child, err == nil
		}
	}
	return 0, false
}
