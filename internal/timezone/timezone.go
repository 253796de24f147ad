// Package timezone returns the time zone of the environment variable TZ, in every form of POSIX: a
// name of the time zone database, a path, or a rule.
package timezone

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// ErrUnknown means that the value of TZ is not a time zone.
var ErrUnknown = errors.New(
	"no time zone of that name, and no rule such as CET-1CEST,M3.5.0,M10.5.0/3")

// Local returns the zone of TZ, or the system's zone if TZ is not set. The location is never nil.
// If TZ is not a zone, Local returns UTC, like the C library, and an error.
func Local() (*time.Location, error) {
	tz, set := os.LookupEnv("TZ")
	if !set {
		return time.Local, nil
	}
	loc, err := Load(tz)
	if err != nil {
		return time.UTC, fmt.Errorf("TZ=%s: %w", tz, err)
	}
	return loc, nil
}

// Load returns the zone for a value of TZ, in the forms of POSIX.1-2024 section 8.3. A name takes
// precedence over a rule. "" is UTC.
func Load(tz string) (*time.Location, error) {
	name := strings.TrimPrefix(tz, ":")
	switch {
	case name == "":
		return time.UTC, nil
	case strings.HasPrefix(name, "/"):
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		return time.LoadLocationFromTZData(name, data)
	}
	if loc, err := time.LoadLocation(name); err == nil && name != "Local" {
		return loc, nil
	}
	if loc := rule(tz); loc != nil {
		return loc, nil
	}
	return nil, ErrUnknown
}

// ruleStart matches the beginning of every rule: the name of standard time and its offset from UTC.
var ruleStart = regexp.MustCompile(`^(<[A-Za-z0-9+-]{3,}>|[A-Za-z]{3,})[+-]?[0-9]`)

// rule returns the zone of a rule, nil if tz is not a rule.
//
// A file of the time zone database ends with such a rule, for times after its last transition (RFC
// 9636 section 3.3). So the standard library parses the rule if a file contains no transitions.
func rule(tz string) *time.Location {
	const (
		counts   = 6 * 4
		invalid  = "?" // the abbreviation in use if the rule cannot be read
		typeSize = 6
	)
	if !ruleStart.MatchString(tz) || strings.ContainsAny(tz, "\n\x00") {
		return nil
	}
	header := func(types, chars uint32) []byte {
		h := append([]byte("TZif2"), make([]byte, 15+counts)...)
		binary.BigEndian.PutUint32(h[len(h)-8:], types)
		binary.BigEndian.PutUint32(h[len(h)-4:], chars)
		return h
	}
	file := append(header(0, 0), header(1, uint32(len(invalid)+1))...)
	file = append(file, make([]byte, typeSize)...) // UTC
	file = append(file, invalid+"\x00\n"+tz+"\n"...)
	loc, err := time.LoadLocationFromTZData(tz, file)
	if err != nil {
		return nil
	}
	if name, _ := time.Unix(0, 0).In(loc).Zone(); name == invalid {
		return nil
	}
	return loc
}
