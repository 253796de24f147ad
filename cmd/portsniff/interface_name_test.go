package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// TestInterfaceNameAsTshark checks that each packet has the interface name that tshark shows.
func TestInterfaceNameAsTshark(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	const file = "../../pcaps/two-interfaces.pcapng"
	theirs, err := exec.Command("tshark", "-r", file, "-T", "fields", "-e",
		"frame.interface_name").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(theirs))
	if names := strings.Join(want, " "); !strings.Contains(names, "psn-s") ||
		!strings.Contains(names, "vx0") {
		t.Fatalf("tshark names %s", names)
	}
	var data []string
	for line := range strings.Lines(run(t, "-r", file, "--format", "json")) {
		var p struct {
			Name string `json:"interface_name"`
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		data = append(data, p.Name)
	}
	rows := linesOf(run(t, "-r", file, "--format", "csv"), `(?m)^\d.*,([^,\n]*)(?:,[^,\n]*){7}$`)
	// a CSV row per transport header, with seven columns after the name
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r] = true
	}
	for what, got := range map[string][]string{"-v": linesOf(run(t, "-r", file, "-v"),
		`(?m)^     interface \d: (\S+)$`), "JSON": data} {
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	if len(seen) != 2 || !seen["psn-s"] || !seen["vx0"] {
		t.Errorf("CSV: %v", seen)
	}
	// Only with -v, and only if the file contains a name.
	for _, args := range [][]string{{"-r", file}, {"-r", "../../pcaps/http.pcap", "-v"}} {
		if out := run(t, args...); strings.Contains(out, "interface") {
			t.Errorf("%v: %s", args, out)
		}
	}
}
