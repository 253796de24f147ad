package main

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/textutil"
)

// TestWidths runs commands on narrow terminals. No line is wider than the terminal, so no address,
// heading or word is broken. Only a single word or a command to copy may be wider.
func TestWidths(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"-q --demo services", "-q --demo services-ipv6", "--demo services-ipv6", "-v --demo http6",
		"-e --demo vlan", "-x --demo dns6", "-XX --demo dns6", "--demo stack", "--demo cut",
		"--demo stack port 80", "--demo http port 999",
		"ports --demo services", "ports --wide --demo services-ipv6",
		"ports --demo services --every 1s",
		"flows --demo services-ipv6", "flows --tcp --demo services", "hosts --demo services-ipv6",
		"hosts --pairs --demo services-ipv6", "services --demo services-ipv6",
		"demo", "demo stack", "lookup 2049", "lookup 49152", "interfaces",
		"explain --demo dns6 -f 1", "explain -v --demo stack -f 1",
		"--help", "explain --help", "top --help", "help where", "help filter", "help ranges",
	} {
		for _, width := range []int{40, 60, 80} {
			out := onTerminal(t, width, strings.Fields(line)...)
			for row := range strings.Lines(out) {
				row = strings.TrimRight(row, "\n")
				oneWord := !strings.Contains(strings.TrimSpace(row), " ")
				if oneWord || strings.HasPrefix(strings.TrimSpace(row), "portsniff ") {
					continue
				}
				if n := textutil.Columns(row); n > width {
					t.Errorf("%s: a terminal of %d columns gets %d:\n%s", line, width, n, row)
				}
			}
		}
	}
}
