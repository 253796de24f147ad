package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/testkit"
)

// atTimes writes a capture of the first packets of a sample with other timestamps.
func atTimes(t *testing.T, times ...time.Time) string {
	t.Helper()
	in, err := pcapfile.Open("../../pcaps/http.pcap", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	name := filepath.Join(t.TempDir(), "times.pcapng")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := pcapfile.NewWriter(file, name, pcapfile.Pcapng, pcapfile.Uncompressed)
	var p capture.Packet
	for _, at := range times {
		if err := in.Next(&p); err != nil {
			t.Fatal(err)
		}
		p.Timestamp = at
		if err := w.Write(&p, func() capture.Interface { return in.Interfaces()[0] }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// inZone runs the program with a value of the environment variable TZ.
func inZone(t *testing.T, tz string, args ...string) (out, errs string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1", "TZ="+tz)
	var text, status strings.Builder
	cmd.Stdout, cmd.Stderr = &text, &status
	if err := cmd.Run(); err != nil {
		t.Fatalf("TZ=%s portsniff %v: %v: %s", tz, args, err, status.String())
	}
	return text.String(), status.String()
}

// TestOneClock checks that every view shows the times of tcpdump -tttt in the zone of TZ, and names
// that zone once.
func TestOneClock(t *testing.T) {
	t.Parallel()
	requireTool(t, "tcpdump")
	fall := time.Unix(1698539400, 123456000) // half an hour before the clock change in Berlin
	file := atTimes(t, fall, fall.Add(1799*time.Second), fall.Add(1800*time.Second),
		fall.Add(time.Hour))
	for tz, zone := range map[string]string{
		"CET-1CEST,M3.5.0,M10.5.0/3": "CEST (UTC+02:00), CET (UTC+01:00)",
		"Europe/Berlin":              "CEST (UTC+02:00), CET (UTC+01:00)",
		"<+0545>-5:45":               "UTC+05:45",
		"EST5EDT,M3.2.0,M11.1.0":     "EDT (UTC-04:00)",
		"UTC":                        "UTC",
		"":                           "UTC",
	} {
		cmd := exec.Command("tcpdump", "-tttt", "-n", "-r", file)
		cmd.Env = append(os.Environ(), "TZ="+tz)
		theirs, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		want := linesOf(string(theirs), `(?m)^([0-9-]+ [0-9:.]+) `)
		if len(want) != 4 {
			t.Fatalf("tcpdump: %s", theirs)
		}

		text, _ := inZone(t, tz, "-tttt", "--width=0", "-r", file)
		if got := linesOf(text, `(?m)^ *[0-9]+ ([0-9-]+ [0-9:.]+) `); strings.Join(got,
			"\n") != strings.Join(want, "\n") {
			t.Errorf("TZ=%s: lines have\n%s, tcpdump has\n%s", tz, strings.Join(got, "\n"),
				strings.Join(want, "\n"))
		}
		named := ""
		if zone != "UTC" {
			named = "times: " + zone + "\n"
		}
		if !strings.HasSuffix(text, " bit/s\n"+named) {
			t.Errorf("TZ=%s: lines end in %q, want %q", tz, text[len(text)-60:], named)
		}
		for _, hidden := range []string{"-t", "-tt", "-ttt"} { // no time of day
			if text, _ := inZone(t, tz, hidden, "--width=0", "-r", file); strings.Contains(text,
				"times: ") {
				t.Errorf("TZ=%s %s: %s", tz, hidden, text)
			}
		}

		text, _ = inZone(t, tz, "ports", "--width=0", "-r", file)
		if clock := want[0][11:19]; !strings.Contains(text, clock) ||
			!strings.HasSuffix(text, " bit/s\n"+named) {
			t.Errorf("TZ=%s: ports: no %s, or not %q in\n%s", tz, clock, named, text)
		}
		text, _ = inZone(t, tz, "ports", "--width=0", "--every", "30m", "-r", file)
		if !regexp.MustCompile(`from 2023-10-2[89] \d\d:\d\d:00 on`).MatchString(text) ||
			!strings.HasSuffix(text, named) {
			t.Errorf("TZ=%s: ports --every: %s", tz, text)
		}
		text, _ = inZone(t, tz, "explain", "-f", "1", "-r", file)
		first, _, _ := strings.Cut(zone, ",")
		if !strings.Contains(text, ", "+want[0]+" "+first+", link type") {
			t.Errorf("TZ=%s: explain has no %q in\n%s", tz, want[0]+" "+first, text[:80])
		}

		text, _ = inZone(t, tz, "report", "-o", "-", "-r", file)
		data, err := testkit.PageData([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
		for i, at := range []string{want[0], want[3]} {
			key := []string{"first", "last"}[i]
			stamp := regexp.MustCompile(`"` + key + `":"([^"]+)"`).FindStringSubmatch(text)
			if stamp == nil || !strings.HasPrefix(stamp[1], strings.Replace(at, " ", "T", 1)) {
				t.Errorf("TZ=%s: the page's %s time is %q, tcpdump has %s", tz, key, stamp, at)
			}
		}
		if !strings.Contains(text, `"zone":"`+zone+`"`) {
			t.Errorf("TZ=%s: the page does not name %s", tz, zone)
		}

		// JSON is for programs: its times are in UTC.
		text, _ = inZone(t, tz, "--format", "json", "-r", file)
		var p struct{ Time string }
		if err := json.Unmarshal([]byte(text[:strings.IndexByte(text, '\n')]), &p); err != nil ||
			p.Time != "2023-10-29T00:30:00.123456000Z" {
			t.Errorf("TZ=%s: JSON has %s, %v", tz, p.Time, err)
		}

		// --between accepts the times that are shown.
		text, _ = inZone(t, tz, "ports", "--format", "json", "--between", want[0]+","+
			strings.Replace(want[0], ".123456", ".999999", 1), "-r", file)
		// in these zones the hour occurs twice
		if tz != "CET-1CEST,M3.5.0,M10.5.0/3" && tz != "Europe/Berlin" &&
			!strings.Contains(text, `"packets":1,`) {
			t.Errorf("TZ=%s: between %s: %s", tz, want[0], text)
		}
	}
}

// TestUnknownZone checks that an unknown TZ is reported and UTC is used.
func TestUnknownZone(t *testing.T) {
	t.Parallel()
	file := atTimes(t, time.Unix(1698539400, 0))
	text, errs := inZone(t, "Europe/Nowhere\x1b[31m", "-tttt", "-r", file)
	if !strings.Contains(text, "2023-10-29 00:30:00.000") || strings.Contains(text, "times: ") ||
		!strings.HasPrefix(errs, `portsniff: TZ=Europe/Nowhere\x1b[31m: no time zone`) ||
		!strings.HasSuffix(errs, "; times are in UTC\n") {
		t.Errorf("%q, %q", text, errs)
	}
}
