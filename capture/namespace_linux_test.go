package capture

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespace runs the rest of the test on a thread in a network namespace of its own, which ends with the thread: there is nothing to clean up.
func inNamespace(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: live capture was not tested: network namespaces need root")
	}
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread must not be used again
		if failed = unix.Unshare(unix.CLONE_NEWNET); failed != nil {
			return
		}
		test(t)
	}()
	<-done
	if failed == nil {
		return
	}
	if os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatalf("root may not make a network namespace: %v", failed)
	}
	t.Skipf("SKIPPED: live capture was not tested: root may not make a network namespace: %v", failed)
}

// command runs a program in the namespace.
func command(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
}

// veth makes two interfaces v0 and v1, of which each receives what is sent on the other, without IPv6, so that nothing is sent unasked.
func veth(t *testing.T) {
	t.Helper()
	command(t, "ip link add name v0 type veth peer name v1")
	for _, name := range []string{"v0", "v1"} {
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0); err != nil && !os.IsNotExist(err) {
			t.Errorf("%v", err)
		}
		command(t, "ip link set "+name+" up arp off multicast off")
	}
}

// sender is a socket that sends frames as they are.
type sender struct {
	t  *testing.T
	fd int
}

func newSender(t *testing.T, name string) *sender {
	t.Helper()
	d, err := FindDevice(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: d.Index})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &sender{t, fd}
}

func (s *sender) send(frames ...[]byte) {
	s.t.Helper()
	for _, f := range frames {
		if _, err := unix.Write(s.fd, f); err != nil {
			s.t.Fatalf("sending: %v", err)
		}
	}
}

// open captures, or ends the test.
func open(t *testing.T, name string, opt LiveOptions) Live {
	t.Helper()
	l, err := OpenLive(name, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// kept is a packet with its own copy of the data.
func kept(p *Packet) Packet {
	q := *p
	q.Data = append([]byte(nil), p.Data...)
	return q
}

// stopAndDrain stops a capture and gives all that it took.
func stopAndDrain(t *testing.T, l Live) (all []Packet) {
	t.Helper()
	if err := l.Stop(); err != nil {
		t.Error(err)
	}
	var p Packet
	for {
		err := l.Next(&p)
		switch {
		case err == nil:
			all = append(all, kept(&p))
		case err == io.EOF:
			return all
		case !errors.Is(err, ErrIdle):
			t.Errorf("Next: %v", err)
			return all
		}
	}
}

// stats are the counts, of which it checks that none is missing.
func stats(t *testing.T, l Live, given int) Stats {
	t.Helper()
	s, err := l.Stats()
	if err != nil {
		t.Error(err)
	}
	if s.Received != uint64(given)+s.Dropped {
		t.Errorf("received %d, given %d, dropped %d: the sum is wrong", s.Received, given, s.Dropped)
	}
	return s
}

// within fails the test if something takes longer.
func within(t *testing.T, limit time.Duration, what string, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > limit {
		t.Errorf("%s took %v", what, took)
	}
}

// output is what a program prints that runs in the namespace.
func output(t *testing.T, line string) string {
	t.Helper()
	words := strings.Fields(line)
	out, err := exec.Command(words[0], words[1:]...).Output()
	if err != nil {
		t.Errorf("%s: %v", line, err)
	}
	return string(out)
}
