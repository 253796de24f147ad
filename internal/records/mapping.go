package records

import (
	_ "embed"
	"strings"
)

//go:embed mapping.tsv
var mappingText string

// A Name is what one value of a record is called: here and in other formats, "" where it has no
// name.
type Name struct{ Portsniff, Zeek, ZeekType, ECS, OpenTelemetry string }

// Mapping is the table of names, in the order of Zeek's columns.
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

// Known reports whether a record has a value of that name.
func Known(portsniff string) bool { return values[portsniff] != nil }
