package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestFilterThatFindsNothing checks that stderr shows the reason without -v: how many packets have
// this port where the filter does not look, or that there are none. tshark counts the packets.
func TestFilterThatFindsNothing(t *testing.T) {
	t.Parallel()
	requireTool(t, "tshark")
	const missed = "the filter missed %d packets that --where 'port == 80' would have kept: "
	cases := []struct{ sample, args, tshark, want string }{
		{"vlan", "port 80", "tcp.port == 80 && vlan",
			missed + "%[1]d after tags"},
		{"vxlan", "port 80", "tcp.port == 80 && vxlan",
			missed + "%[1]d in tunnels"},
		{"http", "udp port 80", "tcp.port == 80",
			"%d packets have such a port, but the rest of the filter excludes them"},
		{"http", "portrange 81-90", "",
			"no packet has such a port, not even in a tunnel or fragment"},
		{"http", "host 203.0.113.9", "frame", "none of %d packets matches the filter"},
		{"http", "--where port==81", "frame", "--where is true for none of %d packets"},
		{"http", "port 80 --where port==81", "tcp.port == 80",
			"--where is true for none of %d packets"},
	}
	filters := map[string][]string{}
	for _, c := range cases {
		if c.tshark != "" {
			filters[c.sample] = append(filters[c.sample], c.tshark)
		}
	}
	theirs := tsharkCounts(t, filters)
	for _, c := range cases {
		want := c.want
		if c.tshark != "" {
			want = fmt.Sprintf(want, theirs[c.sample][c.tshark])
		}
		for _, command := range []string{"", "ports", "flows", "hosts"} {
			var out, errs bytes.Buffer
			root := newRoot()
			args := append(strings.Fields(command), "--demo", c.sample)
			root.SetArgs(append(args, strings.Fields(c.args)...))
			root.SetOut(&out)
			root.SetErr(&errs)
			if err := root.Execute(); err != nil || !strings.Contains(errs.String(), want) {
				t.Errorf("%s --demo %s %s: %v, no %q in\n%s", command, c.sample, c.args, err, want,
					errs.String())
			}
		}
	}
	var out, errs bytes.Buffer
	root := newRoot()
	root.SetArgs([]string{"--demo", "vlan", "vlan", "and", "port", "80"})
	root.SetOut(&out)
	root.SetErr(&errs)
	if err := root.Execute(); err != nil || strings.Contains(errs.String(), "filter") {
		t.Errorf("notice for a filter with matches: %v %s", err, errs.String())
	}
}
