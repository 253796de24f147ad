package timezone

import (
	"slices"
	"strings"
	"time"
)

// Names returns the names of the local zone between two times: "UTC", "CET (UTC+01:00)", or with
// daylight saving time "CET (UTC+01:00), CEST (UTC+02:00)". The order of the two times does not
// matter.
func Names(from, to time.Time) string {
	const limit = 64 // maximum number of changes that are checked, enough for decades
	if to.Before(from) {
		from, to = to, from
	}
	at := from.Local()
	var list []string
	for range limit {
		if name := nameOf(at); !slices.Contains(list, name) {
			list = append(list, name)
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || end.After(to) {
			break
		}
		at = end
	}
	return strings.Join(list, ", ")
}

// nameOf returns a zone's abbreviation and its offset. For UTC it returns only the abbreviation. If
// the abbreviation is a number, it returns only the offset.
func nameOf(at time.Time) string {
	name, offset := at.Zone()
	switch {
	case name == "UTC" && offset == 0:
		return name
	case name == "" || strings.Trim(name, "+-0123456789") == "":
		return at.Format("UTC-07:00")
	}
	return name + at.Format(" (UTC-07:00)")
}
