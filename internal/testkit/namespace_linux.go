package testkit

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Run runs a test on a thread in a network namespace of its own. The namespace ends with the thread
// and the processes that were started from it, so that nothing can be left after. Without root the
// test is skipped; where root may not make a namespace it is skipped too, or fails if
// PORTSNIFF_REQUIRE_ORACLES is 1.
func Run(t *testing.T, test func(t *testing.T)) {
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
	t.Skipf("SKIPPED: live capture was not tested: root may not make a network namespace: %v",
		failed)
}

// Output runs a program in the namespace, by its words, and gives what it prints.
func Output(t *testing.T, line string) string {
	t.Helper()
	words := strings.Fields(line)
	var errs bytes.Buffer
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", line, err, errs.Bytes())
	}
	return string(out)
}

// Veth makes two interfaces v0 and v1. Each receives what is sent on the other, without
// IPv6, so that nothing is sent unasked.
func Veth(t *testing.T) {
	t.Helper()
	Output(t, "ip link add name v0 type veth peer name v1")
	for _, name := range []string{"v0", "v1"} {
		// The file is that of the namespace of the thread which opens it.
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"),
			0); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		Output(t, "ip link set "+name+" up arp off multicast off")
	}
	WaitForCarrier(t, "v0")
	WaitForCarrier(t, "v1")
}

// WaitForCarrier waits until an interface sends: for a moment after it came up it drops what it is
// given, without a word.
func WaitForCarrier(t *testing.T, name string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(time.Millisecond) {
		in, err := net.InterfaceByName(name)
		if err != nil {
			t.Fatal(err)
		}
		if in.Flags&net.FlagRunning != 0 {
			return
		}
	}
	t.Fatalf("%s never had a carrier", name)
}

// A Sender is a socket that sends frames as they are.
type Sender struct {
	t  *testing.T
	fd int
}

// NewSender sends on an interface.
func NewSender(t *testing.T, name string) *Sender {
	t.Helper()
	in, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: in.Index})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &Sender{t, fd}
}

// Send sends frames.
func (s *Sender) Send(frames ...[]byte) {
	s.t.Helper()
	for _, f := range frames {
		if _, err := unix.Write(s.fd, f); err != nil {
			s.t.Fatalf("sending: %v", err)
		}
	}
}

// TrySend sends a frame while the interface may be down.
func (s *Sender) TrySend(f []byte) error {
	_, err := unix.Write(s.fd, f)
	return err
}

// SendSegments sends an Ethernet frame with a TCP segment over IPv4 as a host does that leaves it
// to its network card to cut the segment into pieces of size bytes and to sum them up (struct
// virtio_net_hdr, linux/virtio_net.h).
func (s *Sender) SendSegments(frame []byte, size uint16) {
	s.t.Helper()
	const needsChecksum, tcpv4, tcpAt, checksumAt, headers = 1, 1, 34, 16, 54
	header := []byte{needsChecksum, tcpv4}
	for _, v := range []uint16{headers, size, tcpAt, checksumAt} {
		header = binary.NativeEndian.AppendUint16(header, v)
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1); err != nil {
		s.t.Fatal(err)
	}
	s.Send(append(header, frame...))
	if err := unix.SetsockoptInt(s.fd, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 0); err != nil {
		s.t.Fatal(err)
	}
}

// UDP sends a datagram to a port from this namespace, and gives the port it came from.
func UDP(t *testing.T, host string, port int, text string) int {
	t.Helper()
	ip := net.ParseIP(host)
	family := unix.AF_INET6
	var to unix.Sockaddr = &unix.SockaddrInet6{Port: port, Addr: [16]byte(ip)}
	if four := ip.To4(); four != nil {
		family, to = unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: [4]byte(four)}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, []byte(text), 0, to); err != nil {
		t.Fatalf("sending to %s: %v", host, err)
	}
	from, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch a := from.(type) {
	case *unix.SockaddrInet4:
		return a.Port
	case *unix.SockaddrInet6:
		return a.Port
	}
	t.Fatalf("a socket of %T", from)
	return 0
}
