package records

import (
	_ "embed"
	"strings"
)

//go:embed mapping.tsv
var mappingText string

// A Name holds the names of one value of a record in portsniff and in other formats, "" for no
// name.
type Name struct{ Portsniff, Zeek, ZeekType, ECS, OpenTelemetry string }

// Mapping returns the table of names, in the order of Zeek's columns.
func Mapping() (names []Name) {
	for i, line := range strings.Split(strings.TrimSuffix(mappingText, "\n"), "\n") {
		if i == 0 {
			continue // the header
		}
		c := strings.Split(line, "\t")
		names = append(names, Name{c[0], c[1], c[2], c[3], c[4]})
	}
	return names
}

// Known reports whether a record has a value with that name.
func Known(portsniff string) bool { return values[portsniff] != nil }
