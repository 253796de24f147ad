// Package store keeps what was counted in a folder of Parquet files, and reads it back.
//
//	DIR/flows/date=2026-09-01/INPUT-0001.parquet    flows, or parts of flows, by start date
//	DIR/ports/date=2026-09-01/INPUT-0001.parquet    packets by port and minute
//	DIR/minutes/date=2026-09-01/INPUT-0001.parquet  all packets by minute
//	DIR/inputs/date=2026-09-01/INPUT.parquet        a row for each input; written last
//
// INPUT is the identity of a capture: the same sensor and content give the same name, so that what
// is stored twice is there once. All rows add up: the tables of several inputs are the tables of
// one capture that was cut into them.
//
// Writing takes about 130 MB besides the flow table, however long the input is: two lists of flows,
// one written while the other fills, the counts by minute, and Parquet's pages. Reading
// takes the columns of one row group, about 30 MB, besides the tables that are filled.
package store

import (
	"regexp"
	"time"
)

// Names of the tables, and of their folders.
const (
	Flows   = "flows"
	Ports   = "ports"
	Minutes = "minutes"
	Inputs  = "inputs"
)

// Tables lists all tables, in the order in which an input's files get their names.
func Tables() []string { return []string{Flows, Ports, Minutes, Inputs} }

// Names matches the files that a store writes, below its folder.
func Names() *regexp.Regexp {
	return regexp.MustCompile(`^(flows|ports|minutes|inputs)/date=[0-9A-Za-z_-]+/` +
		`[0-9a-f]{32}(-[0-9]{4,})?\.parquet$`)
}

// schemaVersion is that of the tables that are written. Older ones are read, newer ones are not.
const schemaVersion = 2

const (
	groupRows = 122_880       // rows of a row group: DuckDB's own number
	fileRows  = 8 * groupRows // rows of a file at most
)

// noDate is Hive's name for a partition without a value.
const noDate = "__HIVE_DEFAULT_PARTITION__"

const nanosPerDay = int64(24 * time.Hour)

// dayOf returns the day of a time, both since 1970; noTime stays.
func dayOf(nanos int64) int64 {
	if nanos == noTime {
		return noTime
	}
	day := nanos / nanosPerDay
	if nanos%nanosPerDay < 0 {
		day--
	}
	return day
}

// dateOf returns the folder of a day.
func dateOf(day int64) string {
	if day == noTime {
		return "date=" + noDate
	}
	return "date=" + time.Unix(day*int64(nanosPerDay/1e9), 0).UTC().Format(time.DateOnly)
}
