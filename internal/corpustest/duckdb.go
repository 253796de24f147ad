package corpustest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// DuckDB runs SQL statements one after the other in one database in memory, and returns the rows of
// each: nil for NULL, the text of any other value. DuckDB is the npm package @duckdb/node-api;
// `npm ci` in testdata/duckdb installs it.
func DuckDB(t testing.TB, statements ...string) [][][]*string {
	t.Helper()
	node := Tool(t, "node")
	_, here, _, _ := runtime.Caller(0)
	folder := filepath.Join(filepath.Dir(here), "testdata", "duckdb")
	if _, err := os.Stat(filepath.Join(folder, "node_modules", "@duckdb", "node-api")); err != nil {
		Missing(t, "DuckDB is not installed (npm ci in internal/corpustest/testdata/duckdb), "+
			"nothing was compared with it")
	}
	in, err := json.Marshal(statements)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join(folder, "query.mjs"))
	cmd.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("DuckDB: %v\n%s", err, complaint.Bytes())
	}
	var rows [][][]*string
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatalf("DuckDB: %v", err)
	}
	return rows
}
