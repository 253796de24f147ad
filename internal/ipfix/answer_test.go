package ipfix_test

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/ipfix"
)

// closing accepts a connection, ends it, and closes the returned channel.
func closing(l net.Listener) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		if c, ok := c.(*tls.Conn); ok {
			_ = c.Handshake() // rejects the client
		}
		c.Close()
	}()
	return done
}

// TestCollectorCloses checks that a connection that the collector closes early is an error,
// although the system accepts a message to it. In TLS 1.3, a collector rejects a client without a
// certificate only after the handshake has succeeded for the client (RFC 8446 section 4.4.2).
func TestCollectorCloses(t *testing.T) {
	for _, c := range []struct {
		scheme, want string
		messages     int
	}{
		{"tcp", "the collector closed the connection", 1},
		{"tls", "certificate required", 1},
		{"tls", "certificate required", 3},
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		address := c.scheme + "://" + l.Addr().String()
		if c.scheme == "tls" {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{trusted(t)},
				ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13})
		}
		closed := closing(l)
		to, err := ipfix.Dial(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		e := ipfix.NewExporter(to, false)
		<-closed
		for range c.messages {
			if err = errors.Join(err, e.Record(made()), e.Flush()); err != nil {
				break
			}
		}
		err = errors.Join(err, e.Close())
		if err == nil || !strings.Contains(err.Error(), "IPFIX to "+address+": ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %d messages: %v", c.scheme, c.messages, err)
		}
	}
}

// Codes of the ICMP message destination unreachable (RFC 792, RFC 1812 section 5.2.7.1).
const (
	hostUnreachable = 1
	prohibited      = 13 // communication administratively prohibited, by a firewall
)

// unreachable answers a datagram from a local port with an ICMP error.
func unreachable(t *testing.T, code byte, from, to *net.UDPAddr) {
	t.Helper()
	raw, err := net.Dial("ip4:icmp", "127.0.0.1")
	if errors.Is(err, fs.ErrPermission) {
		corpustest.Missing(t, "an ICMP error was not tried: "+err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	b := []byte{3, code, 0, 0, 0, 0, 0, 0, // type, code, checksum, unused
		0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1}
	b = binary.BigEndian.AppendUint16(b, uint16(from.Port))
	b = binary.BigEndian.AppendUint16(b, uint16(to.Port))
	b = append(b, 0, 8, 0, 0)
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum>>16+sum))
	if _, err := raw.Write(b); err != nil {
		t.Fatal(err)
	}
}

// TestUnreachable checks that an ICMP error counts the message that it answers, whether another
// message follows or not. The message that follows is sent.
func TestUnreachable(t *testing.T) {
	for _, code := range []byte{hostUnreachable, prohibited} {
		c := newCollector(t)
		defer c.Close()
		e := c.exporter(false)
		for i := range 2 {
			if err := errors.Join(e.Record(made()), e.Flush()); err != nil {
				t.Fatal(err)
			}
			from := c.from()
			if i == 0 {
				unreachable(t, code, from, c.LocalAddr().(*net.UDPAddr))
			}
		}
		if e.Refused != 1 || e.Messages != 2 || e.Sent() != 2 {
			t.Errorf("code %d: %d of %d messages refused, %d records sent", code, e.Refused,
				e.Messages, e.Sent())
		}
		err := e.Close()
		if err == nil || !strings.HasSuffix(err.Error(), ": 1 of 3 messages refused") {
			t.Errorf("code %d: %v", code, err)
		}
	}
}

// TestUnreachableAtTheEnd checks the same for the only message.
func TestUnreachableAtTheEnd(t *testing.T) {
	for _, code := range []byte{hostUnreachable, prohibited} {
		c := newCollector(t)
		defer c.Close()
		e := c.exporter(false)
		if err := e.Record(made()); err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 1)
		go func() { failed <- e.Close() }()
		unreachable(t, code, c.from(), c.LocalAddr().(*net.UDPAddr))
		err := <-failed
		if err == nil || !strings.HasSuffix(err.Error(), ": 1 of 1 message refused") {
			t.Errorf("code %d: %v", code, err)
		}
	}
}

// from receives a message and returns its sender.
func (c *collector) from() *net.UDPAddr {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	_, from, err := c.ReadFrom(make([]byte, 1<<16))
	if err != nil {
		c.t.Fatal(err)
	}
	return from.(*net.UDPAddr)
}

// TestCollectorStuck checks that a collector that stops reading, or that never closes a connection,
// is an error. net.Pipe has no buffers, so a message is written when it is read.
func TestCollectorStuck(t *testing.T) {
	for read, want := range map[bool]string{false: "the collector read nothing for 30s",
		true: "the collector did not close the connection within 5s"} {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			defer there.Close()
			if read {
				go func() { _, _ = io.Copy(io.Discard, there) }()
			}
			e := ipfix.NewExporter(ipfix.Stream(halfPipe{here}), false)
			err := errors.Join(e.Record(made()), e.Close())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// A halfPipe is a pipe whose other end does not notice that no more data follows.
type halfPipe struct{ net.Conn }

func (halfPipe) CloseWrite() error { return nil }
