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

// DuckDB runs SQL statements one after the other in one in-memory database, and returns the rows of
// each: nil for NULL, else the value as text. It uses the npm package @duckdb/node-api.
func DuckDB(t testing.TB, statements ...string) [][][]*string {
	t.Helper()
	return runSQL(t, "duckdb", "query.mjs", "@duckdb/node-api", statements)
}

// ClickHouse is like DuckDB for ClickHouse: it uses the npm package chdb, which contains it.
func ClickHouse(t testing.TB, scripts ...string) [][][]*string {
	t.Helper()
	return runSQL(t, "chdb", "query.cjs", "chdb", scripts)
}

// runSQL runs a script of testdata that reads SQL and prints rows, both as JSON.
func runSQL(t testing.TB, folder, script, module string, statements []string) [][][]*string {
	t.Helper()
	node := Tool(t, "node")
	_, here, _, _ := runtime.Caller(0)
	dir := filepath.Join(filepath.Dir(here), "testdata", folder)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", module)); err != nil {
		Missing(t, module+" is not installed (npm ci in internal/corpustest/testdata/"+folder+
			"), nothing was compared with it")
	}
	in, err := json.Marshal(statements)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join(dir, script))
	cmd.Stdin = bytes.NewReader(in)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", module, err, complaint.Bytes())
	}
	var rows [][][]*string
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatalf("%s: %v\n%s", module, err, out)
	}
	return rows
}
