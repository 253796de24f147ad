package ship_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/ship"
	"github.com/portsniff/portsniff/internal/store"
)

// id returns the identity of a test input.
func id(n int) string { return fmt.Sprintf("%032x", n) }

// addInput creates the files of an input: two of flows, and one of each other table.
func addInput(t *testing.T, folder string, n int) {
	t.Helper()
	for i, table := range append([]string{store.Flows}, store.Tables()...) {
		name := fmt.Sprintf("%s-%04d.parquet", id(n), i+1)
		if table == store.Inputs {
			name = id(n) + ".parquet"
		}
		dir := filepath.Join(folder, table, fmt.Sprintf("date=2026-09-%02d", n%28+1))
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("PAR1 %s %d %s PAR1", id(n), i, strings.Repeat("x", 100*n))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// newStore creates a store with some inputs.
func newStore(t *testing.T, inputs int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for n := range inputs {
		addInput(t, folder, n+1)
	}
	return folder
}

// A run holds options of a Shipper whose clock does not wait.
type run struct {
	ship.Options
	waits   []time.Duration
	notices []string
	sleep   func(d time.Duration)
}

// newRun prepares a run that sends a store.
func newRun(t *testing.T, folder string, o clickhouse.Options) *run {
	t.Helper()
	o.Database = "portsniff"
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	client, err := clickhouse.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &run{Options: ship.Options{Folder: folder, Server: client, Log: openLog(t, folder),
		Tries: 4, Random: func() float64 { return 0.5 }}}
	r.Sleep = func(ctx context.Context, d time.Duration) {
		r.waits = append(r.waits, d)
		if r.sleep != nil {
			r.sleep(d)
		}
	}
	r.Notice = func(format string, args ...any) {
		r.notices = append(r.notices, fmt.Sprintf(format, args...))
	}
	return r
}

func openLog(t *testing.T, folder string) *ship.Log {
	t.Helper()
	has, err := store.Contents(folder)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ship.OpenLog(folder, "http://server", "portsniff", has)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // a test may have closed it
	return l
}

// send runs the Shipper and returns its counts.
func (r *run) send(t *testing.T) (ship.Counts, error) {
	s := ship.New(r.Options)
	err := s.Run(t.Context())
	return s.Counts(), err
}

// inOrder checks that the file of the table inputs comes after all others of its input.
func inOrder(t *testing.T, order []string) {
	t.Helper()
	last := map[string]string{}
	for _, key := range order {
		_, base, _ := strings.Cut(key, "/")
		last[base[:32]] = key
	}
	for input, key := range last {
		if !slices.Contains([]string{"inputs/" + input + ".parquet"}, key) {
			t.Errorf("%s came last", key)
		}
	}
}
