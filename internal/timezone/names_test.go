package timezone_test

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/timezone"
)

// Daylight saving time in Berlin in 2024 lasted from 31 March to 27 October.
func TestNames(t *testing.T) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	day := func(month time.Month, day int) time.Time {
		return time.Date(2024, month, day, 0, 0, 0,
			0, time.UTC)
	}
	for _, c := range []struct {
		tz       string
		from, to time.Time
		want     string
	}{
		{"", day(1, 1), day(7, 1), "UTC"},
		{"UTC0", day(1, 1), day(7, 1), "UTC"},
		{"GMT0", day(1, 1), day(1, 2), "GMT (UTC+00:00)"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", day(1, 1), day(3, 31), "CET (UTC+01:00)"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", day(1, 1), day(4, 1), "CET (UTC+01:00), CEST (UTC+02:00)"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", day(4, 1), day(1, 1), "CET (UTC+01:00), CEST (UTC+02:00)"},
		{"Europe/Berlin", day(6, 1), day(6, 2), "CEST (UTC+02:00)"},
		{"Europe/Berlin", day(6, 1), day(12, 1), "CEST (UTC+02:00), CET (UTC+01:00)"},
		{"<-03>3", day(6, 1), day(12, 1), "UTC-03:00"},
		{"<+0545>-5:45", day(6, 1), day(12, 1), "UTC+05:45"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", day(1, 1).AddDate(-1000, 0, 0),
			day(1, 1).AddDate(1000, 0, 0), "CET (UTC+01:00), CEST (UTC+02:00)"},
	} {
		loc, err := timezone.Load(c.tz)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = loc
		if got := timezone.Names(c.from, c.to); got != c.want {
			t.Errorf("%s: %q, want %q", c.tz, got, c.want)
		}
	}
}
