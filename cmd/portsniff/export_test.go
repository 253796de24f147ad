package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// The row of an input names each flag that keeps packets from counting, and who captured it, in
// text that other programs can read.
func TestInputsNameWhatCounts(t *testing.T) {
	dir := t.TempDir()
	filter := filepath.Join(dir, "filter.txt")
	if err := os.WriteFile(filter, []byte("tcp"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--where port == 80", "--proto tcp", "--host 192.0.2.10",
		"--between ,2030-01-01", "--flow 1", "--count 5", "--filter-file " + filter,
		"tcp port 80", ""} {
		args := []string{"export", "--demo", "http", "-o", dir, "--sensor", "caf\xe9"}
		if flag, value, ok := strings.Cut(want, " "); ok && strings.HasPrefix(flag, "--") {
			args = append(args, flag, value)
		} else {
			args = append(args, strings.Fields(want)...)
		}
		run(t, args...)
		rows := corpustest.DuckDB(t, "SELECT filter, sensor FROM '"+dir+"/inputs/*/*.parquet'")
		if got := rows[0]; len(got) != 1 || *got[0][0] != want || *got[0][1] != "caf\uFFFD" {
			t.Errorf("%q: %d rows, %q, %q", want, len(got), *got[0][0], *got[0][1])
		}
	}
}
