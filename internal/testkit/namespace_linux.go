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

// Run runs a test on a thread in its own network namespace. The namespace ends with the thread and
// the processes started from it, so nothing remains. Without root the test is skipped. If root may
// not create a namespace, it is skipped too, or fails if PORTSNIFF_REQUIRE_ORACLES is 1.
func Run(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: live capture was not tested: network namespaces need root")
	}
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread must not be reused
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

// Output runs a command line in the namespace and returns its output.
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

// Veth creates two interfaces v0 and v1. Each receives the frames sent on the other. IPv6 is off,
// so that the kernel sends nothing by itself.
func Veth(t *testing.T) {
	t.Helper()
	Output(t, "ip link add name v0 type veth peer name v1")
	for _, name := range []string{"v0", "v1"} {
		// The file belongs to the namespace of the thread that opens it.
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"),
			0); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		Output(t, "ip link set "+name+" up arp off multicast off")
	}
	WaitForCarrier(t, "v0")
	WaitForCarrier(t, "v1")
}

// WaitForCarrier waits until an interface sends. For a short time after it comes up, it silently
// drops all frames.
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

// A Sender is a socket that sends frames unchanged.
type Sender struct {
	t  *testing.T
	fd int
}

// NewSender returns a Sender for an interface.
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

// Send sends frames, and fails the test on an error.
func (s *Sender) Send(frames ...[]byte) {
	s.t.Helper()
	for _, f := range frames {
		if _, err := unix.Write(s.fd, f); err != nil {
			s.t.Fatalf("sending: %v", err)
		}
	}
}

// TrySend sends a frame and returns the error, because the interface may be down.
func (s *Sender) TrySend(f []byte) error {
	_, err := unix.Write(s.fd, f)
	return err
}

// SendSegments sends an Ethernet frame with a TCP segment over IPv4 for segmentation offload. The
// network card splits the segment into pieces of size bytes and computes their checksums (struct
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

// UDP sends a datagram to a port from this namespace, and returns its source port.
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
