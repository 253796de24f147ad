package ipfix

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

// DefaultPort is IANA's port for IPFIX; over TLS it is DefaultTLSPort (RFC 7011 section 10.3.4).
const (
	DefaultPort    = "4739"
	DefaultTLSPort = "4740"
)

// Lengths of a message in bytes, at most: over UDP one that fits into a frame, else one that does
// not wait for long.
const (
	datagramSize = 1400
	streamSize   = 16 << 10
)

// ErrAddress is the error of an address that is none of a collector.
var ErrAddress = errors.New("use udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT")

// dialTime is how long it may take to reach a collector.
const dialTime = 10 * time.Second

// A Connection is to a collector.
type Connection struct {
	conn      net.Conn
	name      string
	datagrams bool
	size      int // of a message at most
}

func (c *Connection) String() string { return c.name }

// Dial connects to a collector: udp://host:port, tcp://host:port or tls://host:port. TLS checks the
// collector's certificate by the system's list of authorities. An address of another form is an
// ErrAddress.
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
	host := net.JoinHostPort(u.Hostname(), port)
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	switch u.Scheme {
	case "udp":
		c.datagrams, c.size = true, datagramSize
		c.conn, err = new(net.Dialer).DialContext(ctx, "udp", host)
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
	return c, nil
}
