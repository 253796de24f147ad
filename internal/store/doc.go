// Package store writes counts to a folder of Parquet files and reads them back.
//
//	DIR/flows/date=2026-09-01/INPUT-0001.parquet    flows, or parts of flows, by start date
//	DIR/ports/date=2026-09-01/INPUT-0001.parquet    packets by port and minute
//	DIR/minutes/date=2026-09-01/INPUT-0001.parquet  all packets by minute
//	DIR/inputs/date=2026-09-01/INPUT.parquet        a row for each input; written last
//
// INPUT is the identity of a capture. The same sensor and content always have the same name, so an
// input that is stored twice exists once. All rows add up: the tables of several inputs equal those
// of one capture that was cut into these inputs.
//
// Writing takes about 130 MB in addition to the flow table, for inputs of any length. This memory
// is for two lists of flows (one is written while the other fills), the counts by minute, and the
// pages of Parquet. Reading takes about 30 MB for the columns of one row group, in addition to the
// tables that it fills.
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

// Tables returns all tables, in the order in which an input's files get their names.
func Tables() []string { return []string{Flows, Ports, Minutes, Inputs} }

// Names returns a pattern for the files that a store writes, relative to its folder.
func Names() *regexp.Regexp {
	return regexp.MustCompile(`^(flows|ports|minutes|inputs)/date=[0-9A-Za-z_-]+/` +
		`[0-9a-f]{32}(-[0-9]{4,})?\.parquet$`)
}

// schemaVersion is the version of the tables that are written. Older versions can be read, newer
// ones cannot.
const schemaVersion = 2

const (
	groupRows = 122_880       // maximum rows of a row group, the same as in DuckDB
	fileRows  = 8 * groupRows // maximum rows of a file
)

// noDate is Hive's name for a partition without a value.
const noDate = "__HIVE_DEFAULT_PARTITION__"

const nanosPerDay = int64(24 * time.Hour)

// dayOf returns the day of a time in nanoseconds, both counted since 1970. It returns noTime for
// noTime.
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

// dateOf returns the name of the folder for a day.
func dateOf(day int64) string {
	if day == noTime {
		return "date=" + noDate
	}
	return "date=" + time.Unix(day*int64(nanosPerDay/1e9), 0).UTC().Format(time.DateOnly)
}
