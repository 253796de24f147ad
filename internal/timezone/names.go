package timezone

import (
	"slices"
	"strings"
	"time"
)

// Names names the local zone once for all times from one to another: "UTC", "CET (UTC+01:00)", or
// with daylight saving time "CET (UTC+01:00), CEST (UTC+02:00)". The order of the two times does
// not matter.
func Names(from, to time.Time) string {
	const most = 64 // changes that are looked at: those of decades
	if to.Before(from) {
		from, to = to, from
	}
	at := from.Local()
	var list []string
	for range most {
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

// nameOf is a zone's abbreviation, with its offset unless it is UTC or the abbreviation is a
// number.
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
