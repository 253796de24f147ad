package main

import (
	"encoding/binary"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestIPFIXInSandbox checks that records are sent inside the sandbox, over a socket that was opened
// before.
func TestIPFIXInSandbox(t *testing.T) {
	t.Parallel()
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

// TestIPFIXStreamInSandbox checks that records are sent over TCP inside the sandbox, and that a
// collector that closes the connection at once is an error: nothing says that it read a record.
func TestIPFIXStreamInSandbox(t *testing.T) {
	for name, want := range map[string]string{"reads": "26 records sent to tcp://127.0.0.1:",
		"closes": "the collector closed the connection"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		got := make(chan []byte, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			if name == "reads" {
				b, _ := io.ReadAll(c)
				got <- b
			}
		}()
		out, err := exec.Command("portsniff", "flows", "--demo", "services", "--sandbox=require",
			"--ipfix", "tcp://"+l.Addr().String()).CombinedOutput()
		if strings.Contains(string(out), "the sandbox is not complete") {
			corpustest.Missing(t, "sending in a sandbox was not tried: "+string(out))
		}
		if (err == nil) != (name == "reads") || !strings.Contains(string(out), want) {
			t.Fatalf("%s: %v, %s", name, err, out)
		}
		if name == "closes" {
			continue
		}
		if b := <-got; len(b) < 16 || binary.BigEndian.Uint16(b) != 10 {
			t.Errorf("received %x", b[:min(len(b), 64)])
		}
	}
}
