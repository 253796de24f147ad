package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestSensor checks that a store contains the name of --sensor, or else this host's name.
func TestSensor(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{"west": {"--sensor", "west"}, host: nil} {
		dir := t.TempDir()
		run(t, append([]string{"export", "--demo", "http", "-o", dir}, args...)...)
		for _, table := range []string{"inputs", "flows", "ports"} {
			names, err := filepath.Glob(filepath.Join(dir, table, "*", "*.parquet"))
			if err != nil || len(names) != 1 {
				t.Fatal(names, err)
			}
			rows, err := parquet.ReadFile[struct {
				Sensor string `parquet:"sensor"`
			}](names[0])
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if r.Sensor != want {
					t.Errorf("%s: sensor %q, want %q", table, r.Sensor, want)
				}
			}
		}
	}
}
