package main

import (
	"encoding/binary"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestIPFIXInSandbox checks that records are sent inside the sandbox, over a socket that was opened
// before.
func TestIPFIXInSandbox(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command("portsniff", "flows", "--demo", "services", "--sandbox=require",
		"--ipfix", "udp://"+l.LocalAddr().String())
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "26 records sent to udp://127.0.0.1:") {
		if strings.Contains(string(out), "the sandbox is not complete") {
			corpustest.Missing(t, "sending in a sandbox was not tried: "+string(out))
		}
		t.Fatal(err, string(out))
	}
	b := make([]byte, 1<<16)
	n, _, err := l.ReadFrom(b)
	if err != nil || n < 16 || binary.BigEndian.Uint16(b) != 10 ||
		int(binary.BigEndian.Uint16(b[2:])) != n {
		t.Errorf("%d bytes, %v, %x", n, err, b[:min(n, 64)])
	}
}
