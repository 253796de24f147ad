package main

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestZoneCase shows times around the end of summer time, as tcpdump shows them. The first packet
// is from 00:30 UTC, when local time is UTC+2. The third is from 01:00 UTC, when it is UTC+1.
func TestZoneCase(t *testing.T) {
	file := filepath.Join(corpustest.Cases(t), "dst.pcap")
	for _, zone := range []string{"CET-1CEST,M3.5.0,M10.5.0/3", "Europe/Berlin"} {
		t.Setenv("TZ", zone)
		for command, want := range map[string][]string{
			"-n -tttt -r": {"2023-10-29 02:30:00.000000", "2023-10-29 02:59:59.000000",
				"2023-10-29 02:00:00.000000", "2023-10-29 02:30:00.000000",
				"times: CEST (UTC+02:00), CET (UTC+01:00)"},
			"-n -r":           {" 02:30:00.000000 ", " 02:59:59.000000 ", " 02:00:00.000000 "},
			"explain -f 3 -r": {"2023-10-29 02:00:00.000000"},
			"--format json -r": {"2023-10-29T00:30:00.000000000Z",
				"2023-10-29T01:00:00.000000000Z"},
			// The hour from 2 to 3 o'clock occurs twice.
			"ports --between 2023-10-29T02:00:00,2023-10-29T02:59:59 -r": {"4 packets, "},
			"ports --between 2023-10-29T02:00:00,2023-10-29T03:00:00 -r": {"4 packets, "},
			"ports --between 2023-10-29T02:59:00,2023-10-29T03:00:00 -r": {"3 packets, "},
			"ports --between 2023-10-29T02:00:00+01:00,2023-10-29T03:00:00 -r": {
				"2 packets, "},
			"ports --between 2023-10-29,2023-10-30 -r": {"4 packets, "},
			"ports --between 2023-10-28,2023-10-29 -r": {"0 packets"},
		} {
			out, stderr, err := explained(t, file, append(strings.Fields(command), file))
			left := out
			for _, w := range want {
				_, after, ok := strings.Cut(left, w)
				if left = after; err != nil || !ok {
					t.Fatalf("TZ=%s %s: %v %s: no %q in\n%s", zone, command, err, stderr, w, out)
				}
			}
		}
	}
}

// TestFileCases reads a capture with zeros after its gzip data, which gzip -t accepts. It also
// reads two captures that were joined with cat instead of mergecap.
func TestFileCases(t *testing.T) {
	for _, c := range []struct {
		file   string
		status int
		says   string
	}{
		{"rd_gztrail.pcap.gz", 0, ""},
		{"rd_cat.pcap", 1, "a second file header (pcap) follows the packets"},
	} {
		file := filepath.Join(corpustest.Cases(t), c.file)
		for _, command := range []string{"-r", "-q -r", "ports --format json -r",
			"flows --format csv -r", "hosts -r", "services -r"} {
			_, stderr, err := explained(t, file, append(strings.Fields(command), file))
			status := 0
			if e := (*exec.ExitError)(nil); errors.As(err, &e) {
				status = e.ExitCode()
			}
			if status != c.status || !strings.Contains(stderr, c.says) ||
				c.says == "" && stderr != "" {
				t.Errorf("%s %s: status %d, %s", command, c.file, status, stderr)
			}
		}
	}
}
