package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/store"
)

// schemaFlags holds the flags of the ClickHouse schema.
type schemaFlags struct{ database, cluster, flows, ports string }

func newSchema() *cobra.Command {
	var f schemaFlags
	cmd := &cobra.Command{
		Use:   "schema duckdb DIR | schema clickhouse",
		Short: "Print SQL for a store: tables and views",
		Long: `schema prints commented SQL to read, to change and to run: views of the store in
a folder for DuckDB, or tables and views for ClickHouse.`,
		Example: `  portsniff schema duckdb store | duckdb store.db
  portsniff schema clickhouse | clickhouse-client --multiquery
  portsniff schema clickhouse --cluster main --ttl 30d --ttl-ports 2y`,
		ValidArgs: []string{"duckdb", "clickhouse"},
		Args:      func(*cobra.Command, []string) error { return nil }, // RunE checks the arguments
		RunE: func(cmd *cobra.Command, args []string) error {
			sql, err := f.sql(cmd, args)
			if err != nil {
				return cli.Wrong(err)
			}
			if args[0] == "duckdb" { // DuckDB refuses views without files
				if _, err := store.Open(args[1], nil); err != nil {
					return err
				}
			}
			return cli.Finish(nil, func() error {
				_, err := fmt.Fprint(cmd.OutOrStdout(), sql)
				return err
			})
		},
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringVar(&f.database, "database", "portsniff", "clickhouse: `NAME` of the database")
	fs.StringVar(&f.cluster, "cluster", "", "clickhouse: all shards of the cluster `NAME`")
	fs.StringVar(&f.flows, "ttl", "15d", "clickhouse: keep flows for `TIME`")
	fs.StringVar(&f.ports, "ttl-ports", "1y", "clickhouse: keep counts for `TIME`")
	return cmd
}

// sql returns the SQL to print.
func (f *schemaFlags) sql(cmd *cobra.Command, args []string) (string, error) {
	switch {
	case len(args) == 0:
		return "", errors.New("schema for what? duckdb DIR or clickhouse")
	case args[0] == "clickhouse" && len(args) == 1:
		return f.clickHouse()
	case args[0] == "clickhouse":
		return "", fmt.Errorf("unexpected argument %q", args[1])
	case args[0] != "duckdb":
		return "", fmt.Errorf("unknown database %q; use duckdb or clickhouse", args[0])
	case len(args) != 2:
		return "", errors.New("duckdb: give the folder of one store")
	}
	for _, name := range []string{"database", "cluster", "ttl", "ttl-ports"} {
		if cmd.Flags().Changed(name) {
			return "", fmt.Errorf("--%s is for clickhouse", name)
		}
	}
	dir, err := filepath.Abs(args[1])
	if err != nil {
		return "", err
	}
	return store.DuckDB(filepath.ToSlash(dir))
}

func (f *schemaFlags) clickHouse() (string, error) {
	for _, name := range []string{f.database, f.cluster} {
		if name != f.cluster && name == "" || name != "" && !isIdentifier.MatchString(name) {
			return "", fmt.Errorf("%q is not a name: use letters, digits and underscores", name)
		}
	}
	flows, err := interval("ttl", f.flows)
	if err != nil {
		return "", err
	}
	ports, err := interval("ttl-ports", f.ports)
	if err != nil {
		return "", err
	}
	return store.ClickHouse(f.database, f.cluster, flows, ports)
}

var (
	isIdentifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	isInterval   = regexp.MustCompile(`^([1-9][0-9]{0,3})([hdwy])$`)
)

// interval converts the time span of a flag to a ClickHouse interval.
func interval(flag, span string) (string, error) {
	m := isInterval.FindStringSubmatch(span)
	if m == nil {
		return "", fmt.Errorf("--%s %q: give a number and h, d, w or y, such as 15d", flag, span)
	}
	units := map[string]string{"h": "HOUR", "d": "DAY", "w": "WEEK", "y": "YEAR"}
	return m[1] + " " + units[m[2]], nil
}
