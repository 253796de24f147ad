package main

import (
	"bytes"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
)

// TestLiveOutputFitsSchemas checks JSON of live captures against its schemas, including the final
// object.
func TestLiveOutputFitsSchemas(t *testing.T) {
	t.Parallel()
	schemas, seen := strictSchemas(t), map[string]int{}
	for _, command := range []string{"", "ports", "flows", "hosts", "services"} {
		liveTest(t, func(t *testing.T, s *testkit.Sender) {
			args := append(strings.Fields(command), "-i", "v1", "--format", "json")
			p := capturing(t, args...)
			s.Send(udpFrame(40000, 53, "one"), udpFrame(40000, 53, "two"))
			p.interrupt()
			seen["capture-1"] = 0
			for line := range strings.Lines(p.out.String()) {
				validate(t, schemas, command, []byte(line), seen)
			}
			if seen["capture-1"] != 1 {
				t.Errorf("%q: %d objects of the end in\n%s", command, seen["capture-1"],
					p.out.String())
			}
		})
	}
}

// TestListenersFitSchema checks the JSON of listening sockets against its schema.
func TestListenersFitSchema(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out, err := exec.Command("portsniff", "listeners", "--format", "json").Output()
	if err != nil {
		t.Fatal(err)
	}
	schemas, seen := strictSchemas(t), map[string]int{}
	for line := range bytes.Lines(out) {
		validate(t, schemas, "listeners", line, seen)
	}
	if seen["listener-1"] == 0 {
		t.Errorf("no listener: %s", out)
	}
}
