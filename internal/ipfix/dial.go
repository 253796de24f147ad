package ipfix

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"
)

// DefaultPort is IANA's port for IPFIX. DefaultTLSPort is the port over TLS (RFC 7011 section
// 10.3.4).
const (
	DefaultPort    = "4739"
	DefaultTLSPort = "4740"
)

// Maximum lengths of a message in bytes. Over UDP, a message must fit into a frame. Over TCP and
// TLS, a short message avoids long waits until it is full.
const (
	datagramSize = 1400
	streamSize   = 16 << 10
)

// ErrAddress means that an address is not the address of a collector.
var ErrAddress = errors.New("use udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT")

// dialTime is the maximum time to connect to a collector.
const dialTime = 10 * time.Second

// A Connection is a connection to a collector.
type Connection struct {
	conn      net.Conn
	name      string
	datagrams bool
	size      int           // maximum length of a message, in bytes
	wait      time.Duration // for a report about the last message, at least a round trip over TCP
}

func (c *Connection) String() string { return c.name }

// Datagrams reports whether messages are sent over UDP, which does not confirm that they arrive.
func (c *Connection) Datagrams() bool { return c.datagrams }

// Dial connects to a collector: udp://host:port, tcp://host:port or tls://host:port. TLS verifies
// the collector's certificate with the system's certificate authorities. For an address of another
// form, Dial returns ErrAddress.
func Dial(ctx context.Context, address string) (*Connection, error) {
	wrong := fmt.Errorf("%q: %w", address, ErrAddress)
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		return nil, wrong
	}
	c := &Connection{name: address, size: streamSize}
	port := u.Port()
	if port == "" {
		port = DefaultPort
		if u.Scheme == "tls" {
			port = DefaultTLSPort
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, wrong
	}
	host := net.JoinHostPort(u.Hostname(), port)
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	start := time.Now()
	switch u.Scheme {
	case "udp":
		c.datagrams, c.size = true, datagramSize
		d := net.Dialer{Control: allErrors}
		c.conn, err = d.DialContext(ctx, "udp", host)
	case "tcp":
		c.conn, err = new(net.Dialer).DialContext(ctx, "tcp", host)
	case "tls":
		d := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
		c.conn, err = d.DialContext(ctx, "tcp", host)
	default:
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	c.wait = min(max(time.Since(start), answerTime), maxAnswerTime)
	return c, nil
}
