package web

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// maxStrangers is the number of connections that may be open that have not shown the token. Any
// user of this machine may connect; the oldest of more is closed, so that nobody who connects keeps
// the others out.
const maxStrangers = 128

// A door is a listener that bounds how many connections have not shown the token.
type door struct {
	net.Listener
	mu        sync.Mutex
	strangers list.List // of *conn, the oldest first
}

// A conn is a connection that may have shown the token.
type conn struct {
	*net.TCPConn // with CloseWrite, which net/http looks for
	door         *door
	place        *list.Element // among the strangers, until it is known or closed
}

// Accept takes a connection, and closes another where there are too many.
func (d *door) Accept() (net.Conn, error) {
	accepted, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{TCPConn: accepted.(*net.TCPConn), door: d}
	if oldest := d.enter(c); oldest != nil {
		oldest.Close() // an error is that of a stranger who has gone
	}
	return c, nil
}

// enter adds a stranger. It gives one that has to go for that, nil for none.
func (d *door) enter(c *conn) (oldest *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.strangers.Len() == maxStrangers {
		oldest = d.strangers.Front().Value.(*conn)
	}
	c.place = d.strangers.PushBack(c)
	return oldest
}

// known takes a connection off the strangers.
func (d *door) known(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strangers.Remove(c.place) // which does nothing the second time
}

// Close closes the connection.
func (c *conn) Close() error {
	c.door.known(c)
	return c.TCPConn.Close()
}

// connKey is the key of a request's connection in its context.
type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// welcome records that a request's connection has shown the token.
func welcome(r *http.Request) {
	if c, ok := r.Context().Value(connKey{}).(*conn); ok { // a test's recorder has none
		c.door.known(c)
	}
}
