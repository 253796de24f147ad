package ipfix

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// A collector sends no data (RFC 7011 section 10), but the network and TCP report some losses. To
// see these reports, an exporter reads from its connection.
const (
	answerTime    = 100 * time.Millisecond // wait for a report, if connecting took no longer
	maxAnswerTime = time.Second            // wait for a report, if connecting took longer
	writeTime     = 30 * time.Second       // maximum wait for a collector that does not read
	endTime       = 5 * time.Second        // maximum wait for a collector to close a stream
)

// Errors of streams.
var (
	errClosed  = errors.New("the collector closed the connection")
	errNoReads = fmt.Errorf("the collector read nothing for %s", writeTime)
	errNoEnd   = fmt.Errorf("the collector did not close the connection within %s, so it may not "+
		"have read all messages", endTime)
)

// answer waits for a report: io.EOF if the collector closed the connection, nil if nothing was
// reported.
func (c *Connection) answer(wait time.Duration) error {
	if err := c.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	for b := make([]byte, 512); ; {
		_, err := c.conn.Read(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// sendStream sends a message over TCP or TLS. If that fails, it returns the reason that the
// collector gave, if there is one: a TLS alert arrives before the reset.
func (c *Connection) sendStream(m []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := c.conn.Write(m)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errNoReads
	}
	switch reason := c.answer(c.wait); {
	case errors.Is(reason, io.EOF):
		return errClosed
	case reason != nil:
		return reason
	}
	return err
}

// endStream ends a connection over TCP or TLS. A collector that has read everything closes its end
// too. One that closed its end before, or that resets the connection, may have lost messages.
func (c *Connection) endStream() error {
	switch err := c.answer(c.wait); {
	case errors.Is(err, io.EOF):
		return errClosed
	case err != nil:
		return err
	}
	if err := c.closeWrite(); err != nil {
		return err
	}
	switch err := c.answer(endTime); {
	case err == nil:
		return errNoEnd
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // without TLS's close_notify
		return nil
	default:
		return err
	}
}

// closeWrite tells the collector that no more messages follow.
func (c *Connection) closeWrite() error {
	type half interface{ CloseWrite() error }
	conn := c.conn
	if secret, ok := conn.(*tls.Conn); ok {
		if err := secret.CloseWrite(); err != nil {
			return err
		}
		conn = secret.NetConn()
	}
	if c, ok := conn.(half); ok {
		return c.CloseWrite()
	}
	return net.ErrClosed
}

// sendDatagram sends a message over UDP. It reports whether the message before this one was not
// delivered: UDP returns the ICMP error for it instead of sending this one.
func (c *Connection) sendDatagram(m []byte) (lost bool, err error) {
	_, err = c.conn.Write(m)
	if err == nil || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOBUFS) {
		return false, err // a firewall or a full queue of this machine
	}
	_, again := c.conn.Write(m)
	return again == nil || errors.Is(err, syscall.ECONNREFUSED), again
}
