package timezone_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // names need no time zone database on the machine

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/timezone"
)

// The rules are from the examples of POSIX.1-2024 section 8.3 and RFC 9636 section 3.3.1. The
// wanted times are calculated by hand.
func TestLoad(t *testing.T) {
	summer, winter := time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC),
		time.Date(2024, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		tz             string
		summer, winter string
	}{
		{"", "12:00 UTC", "12:00 UTC"},
		{":", "12:00 UTC", "12:00 UTC"},
		{"UTC0", "12:00 UTC", "12:00 UTC"},
		{"Europe/Berlin", "14:00 CEST", "13:00 CET"},
		{":Europe/Berlin", "14:00 CEST", "13:00 CET"},
		{"CET-1CEST,M3.5.0,M10.5.0/3", "14:00 CEST", "13:00 CET"},
		{"<+0330>-3:30", "15:30 +0330", "15:30 +0330"},
		{"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "10:00 -02", "09:00 -03"}, // America/Nuuk
		{"EST5EDT4,M3.2.0/02:00:00,M11.1.0/02:00:00", "08:00 EDT", "07:00 EST"},
		{"NZST-12NZDT,M9.5.0,M4.1.0/3", "00:00 NZST", "01:00 NZDT"}, // south of the equator
		// daylight saving time all year
		{"XXX3EDT4,0/0,J365/23", "08:00 EDT", "08:00 EDT"},
		// Irish winter time is the exception
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "13:00 IST", "12:00 GMT"},
	} {
		loc, err := timezone.Load(c.tz)
		if err != nil {
			t.Errorf("%s: %v", c.tz, err)
			continue
		}
		if got := summer.In(loc).Format("15:04 MST"); got != c.summer {
			t.Errorf("%s: in summer %s, want %s", c.tz, got, c.summer)
		}
		if got := winter.In(loc).Format("15:04 MST"); got != c.winter {
			t.Errorf("%s: in winter %s, want %s", c.tz, got, c.winter)
		}
	}
	for _, tz := range []string{"Europe/Nowhere", "X", "Local", "CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.5.0", "CET-1CEST,x", "A/B+5", "../etc/passwd", "\x1b[31m-1", "CET-1\n"} {
		if loc, err := timezone.Load(tz); !errors.Is(err, timezone.ErrUnknown) {
			t.Errorf("%q: %v, %v", tz, loc, err)
		}
	}
	if _, err := timezone.Load(filepath.Join(t.TempDir(), "missing")); !errors.Is(err,
		os.ErrNotExist) {
		t.Errorf("a path: %v", err)
	}
}

// TestLoadAsDate compares times with the C library, through date(1), around every transition of
// some years.
func TestLoadAsDate(t *testing.T) {
	date := corpustest.Tool(t, "date")
	for _, tz := range []string{
		"CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "NZST-12NZDT,M9.5.0,M4.1.0/3",
		"IST-2IDT,M3.4.4/26,M10.5.0",
		"<-03>3<-02>,M3.5.0/-2,M10.5.0/-1", "EET-2EEST,J90/3,J300/4", "EET-2EEST,89,299", "UTC0",
		"<+14>-14", "AAA24:59:59",
		"CET-1CEST", "EST5EDT4", "NZST-12NZDT", // no dates: those of the United States
	} {
		loc, err := timezone.Load(tz)
		if err != nil {
			t.Fatal(err)
		}
		var stamps, want strings.Builder
		for at := time.Date(2023, 1, 1, 0, 29, 59, 0,
			time.UTC); at.Year() < 2026; at = at.Add(6*time.Hour + time.Second) {
			fmt.Fprintf(&stamps, "@%d\n", at.Unix())
			fmt.Fprintln(&want, at.In(loc).Format("2006-01-02 15:04:05 MST"))
		}
		cmd := exec.Command(date, "-f", "-", "+%Y-%m-%d %H:%M:%S %Z")
		// without its own files, among them one with old dates for rules without any
		cmd.Env = append(os.Environ(), "TZ="+tz, "TZDIR="+t.TempDir())
		cmd.Stdin = strings.NewReader(stamps.String())
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(out) != want.String() {
			a, b := strings.Split(string(out), "\n"), strings.Split(want.String(), "\n")
			for i := range a {
				if a[i] != b[i] {
					t.Errorf("%s: %s, date has %s", tz, b[i], a[i])
					break
				}
			}
		}
	}
}

func TestLocal(t *testing.T) {
	t.Setenv("TZ", "Nowhere/At all")
	if loc, err := timezone.Local(); loc != time.UTC || !errors.Is(err, timezone.ErrUnknown) ||
		!strings.HasPrefix(err.Error(), "TZ=Nowhere/At all: ") {
		t.Errorf("%v, %v", loc, err)
	}
	t.Setenv("TZ", "NST3:30")
	if loc, err := timezone.Local(); err != nil ||
		time.Unix(0, 0).In(loc).Format("15:04 MST") != "20:30 NST" {
		t.Errorf("%v, %v", loc, err)
	}
}
