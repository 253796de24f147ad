package store

import (
	"embed"
	"strings"
	"text/template"

	"github.com/parquet-go/parquet-go"
)

//go:embed sql/*.sql
var sqlFiles embed.FS

// DuckDB returns SQL that creates views of a store in DuckDB.
func DuckDB(dir string) (string, error) {
	return fill("duckdb.sql", map[string]any{"Dir": quoted(dir)})
}

// ClickHouse returns SQL that creates tables and views in ClickHouse: on one server, or on all
// shards if cluster is not empty. flowTTL and portTTL are ClickHouse intervals such as "15 DAY".
func ClickHouse(database, cluster, flowTTL, portTTL string) (string, error) {
	flows, inputs := []string{Flows}, []string{Inputs}
	if cluster != "" {
		flows, inputs = []string{Flows + "_local", Flows}, []string{Inputs + "_local", Inputs}
	}
	return fill("clickhouse.sql", map[string]any{"Database": database, "Cluster": cluster,
		"FlowTTL": flowTTL, "PortTTL": portTTL, "Flows": flows, "Inputs": inputs})
}

// ServerColumns returns the columns of a table in ClickHouse. Tables of counts add up all inputs.
func ServerColumns(table string) (names []string) {
	rows := map[string]any{Flows: flowRow{}, Ports: portRow{}, Minutes: minuteRow{},
		Inputs: inputRow{}}
	for _, path := range parquet.SchemaOf(rows[table]).Columns() {
		if path[0] != "input" || table == Flows || table == Inputs {
			names = append(names, path[0])
		}
	}
	return names
}

// quoted doubles the single quotes of a text for an SQL literal.
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
