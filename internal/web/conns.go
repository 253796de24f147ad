package web

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// maxStrangers is the greatest number of open connections that have not shown the token. Any local
// user may connect. If there are more, the oldest is closed, so that idle connections cannot keep
// other users out.
const maxStrangers = 128

// A door is a listener that limits the number of connections that have not shown the token.
type door struct {
	net.Listener
	mu        sync.Mutex
	strangers list.List // of *conn, oldest first
}

// A conn is a connection that may have shown the token.
type conn struct {
	*net.TCPConn // has CloseWrite, which net/http looks for
	door         *door
	place        *list.Element // among the strangers, until the token was shown or it is closed
}

// Accept accepts a connection. It closes the oldest stranger if there are too many.
func (d *door) Accept() (net.Conn, error) {
	accepted, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{TCPConn: accepted.(*net.TCPConn), door: d}
	if oldest := d.enter(c); oldest != nil {
		oldest.Close() // ignores errors: that client is not served any more
	}
	return c, nil
}

// enter adds a stranger. It returns the oldest one if that must be closed, else nil.
func (d *door) enter(c *conn) (oldest *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.strangers.Len() == maxStrangers {
		oldest = d.strangers.Front().Value.(*conn)
	}
	c.place = d.strangers.PushBack(c)
	return oldest
}

// known removes a connection from the strangers.
func (d *door) known(c *conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.strangers.Remove(c.place) // no effect the second time
}

// Close closes the connection.
func (c *conn) Close() error {
	c.door.known(c)
	return c.TCPConn.Close()
}

// connKey is the context key of a request's connection.
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
