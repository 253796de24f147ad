package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

var verdictWords = []string{noticed: "noticed", missed: "missed", invalid: "invalid"}

// A verdictLog is the file of -log. Without a file it stores nothing.
type verdictLog struct {
	verdicts map[string]verdict // read from the file, by key

	mu   sync.Mutex
	file *os.File
	err  error
}

// openLog reads a log and opens it for appending.
func openLog(name string) (*verdictLog, error) {
	l := &verdictLog{verdicts: map[string]verdict{}}
	if name == "" {
		return l, nil
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	l.file = file
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		cells := strings.Split(lines.Text(), "\t")
		v := slices.Index(verdictWords, cells[0])
		if v < 0 || len(cells) < 2 {
			file.Close()
			return nil, fmt.Errorf("%s:%d: no verdict", name, n)
		}
		l.verdicts[cells[1]] = verdict(v)
	}
	if err := lines.Err(); err != nil {
		file.Close()
		return nil, err
	}
	return l, nil
}

func (l *verdictLog) add(c *change, v verdict, by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil || l.err != nil {
		return
	}
	_, l.err = fmt.Fprintf(l.file, "%s\t%s\t%s\n", verdictWords[v], c.String(), by)
}

// close returns the first error of all writes, and the error of closing the file.
func (l *verdictLog) close() error {
	if l.file == nil {
		return nil
	}
	return errors.Join(l.err, l.file.Close())
}
