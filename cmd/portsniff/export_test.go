package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestInputsListExcludingFlags checks that the row of an input names each flag that excludes
// packets, and the sensor. All text is valid UTF-8.
func TestInputsListExcludingFlags(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	filter := filepath.Join(dir, "filter.txt")
	if err := os.WriteFile(filter, []byte("tcp"), 0o600); err != nil {
		t.Fatal(err)
	}
	wants := []string{"--where port == 80", "--proto tcp", "--host 192.0.2.10",
		"--between ,2030-01-01", "--flow 1", "--count 5", "--filter-file " + filter,
		"tcp port 80", ""}
	for i, want := range wants {
		args := []string{"export", "--demo", "http", "-o", filepath.Join(dir, strconv.Itoa(i)),
			"--sensor", "caf\xe9"}
		if flag, value, ok := strings.Cut(want, " "); ok && strings.HasPrefix(flag, "--") {
			args = append(args, flag, value)
		} else {
			args = append(args, strings.Fields(want)...)
		}
		run(t, args...)
	}
	rows := corpustest.DuckDB(t, "SELECT filter, sensor FROM read_parquet('"+dir+
		"/*/inputs/*/*.parquet', filename = true) ORDER BY filename")[0]
	if len(rows) != len(wants) {
		t.Fatalf("%d rows of %d inputs", len(rows), len(wants))
	}
	for i, want := range wants {
		if *rows[i][0] != want || *rows[i][1] != "caf\uFFFD" {
			t.Errorf("%q: %q, %q", want, *rows[i][0], *rows[i][1])
		}
	}
}
