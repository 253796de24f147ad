package store

import (
	"embed"
	"strings"
	"text/template"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

// DuckDB returns SQL that makes views of a store for DuckDB.
func DuckDB(dir string) (string, error) {
	return fill("duckdb.sql", map[string]any{"Dir": quoted(dir)})
}

// ClickHouse returns SQL that makes tables and views for ClickHouse: of one server, or with a
// cluster's name of all its shards. ttl are ClickHouse intervals such as "15 DAY".
func ClickHouse(database, cluster, flowTTL, portTTL string) (string, error) {
	flows, inputs := []string{Flows}, []string{Inputs}
	if cluster != "" {
		flows, inputs = []string{Flows + "_local", Flows}, []string{Inputs + "_local", Inputs}
	}
	return fill("clickhouse.sql", map[string]any{"Database": database, "Cluster": cluster,
		"FlowTTL": flowTTL, "PortTTL": portTTL, "Flows": flows, "Inputs": inputs})
}

// quoted doubles the quotes of a text, for a literal of SQL.
func quoted(s string) string { return strings.ReplaceAll(s, "'", "''") }

func fill(name string, values map[string]any) (string, error) {
	t, err := template.ParseFS(sqlFiles, "sql/"+name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, values)
	return b.String(), err
}
