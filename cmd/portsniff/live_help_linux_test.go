package main

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A text holds what a program has printed so far.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *text) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *text) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// A program is a running portsniff, started by the thread of a network namespace.
type program struct {
	t         *testing.T
	cmd       *exec.Cmd
	out, errs text
	ended     chan error
}

// capturing starts the program and waits until it captures.
func capturing(t *testing.T, args ...string) *program {
	t.Helper()
	p := &program{t: t, cmd: exec.Command("portsniff", args...), ended: make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errs
	p.start()
	return p
}

func (p *program) start() {
	p.t.Helper()
	p.run()
	p.wait(&p.errs, "listening on ")
}

// run starts the program without waiting.
func (p *program) run() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.cmd.Process.Kill() }) // fails if it has already ended
	go func() { p.ended <- p.cmd.Wait() }()
}

// wait waits until the output of the program matches a pattern.
func (p *program) wait(o *text, pattern string) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(
		5 * time.Millisecond) {
		if re.MatchString(o.String()) {
			return
		}
	}
	p.t.Fatalf("never printed %q:\n%s\n%s", pattern, p.out.String(), p.errs.String())
}

func (p *program) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits until the program ends, and checks its status.
func (p *program) end(status int) {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		p.t.Fatalf("the program does not end:\n%s\n%s", p.out.String(), p.errs.String())
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("status %d, want %d:\n%s", got, status, p.errs.String())
	}
}

// interrupt ends a capture with SIGINT, like Ctrl-C.
func (p *program) interrupt() {
	p.t.Helper()
	p.signal(syscall.SIGINT)
	p.end(0)
}

// closing returns the numbers of the three closing lines: captured, received, dropped. All three
// must be printed.
func (p *program) closing() (n [3]int) {
	p.t.Helper()
	m := regexp.MustCompile(
		`(?m)^(\d+) packets? captured\n(\d+) packets? received by filter\n(\d+) packets? ` +
			`dropped by kernel$`).FindStringSubmatch(p.errs.String())
	if m == nil {
		p.t.Fatalf("no closing lines:\n%s", p.errs.String())
	}
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1])
	}
	return n
}

// udpFrame returns an Ethernet frame with an IPv4 UDP datagram, without a UDP checksum.
func udpFrame(from, to uint16, payload string) []byte {
	b := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7}
	b = binary.BigEndian.AppendUint16(b, from)
	b = binary.BigEndian.AppendUint16(b, to)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(append(b, 0, 0), payload...)
	binary.BigEndian.PutUint16(b[16:], uint16(len(b)-14))
	return b
}

// matches fails the test if a text lacks one of the patterns.
func matches(t *testing.T, what, got string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(got) {
			t.Errorf("%s lacks %q:\n%s", what, pattern, got)
		}
	}
}

// repeat returns a payload of n bytes.
func repeat(n int) string { return strings.Repeat("x", n) }
