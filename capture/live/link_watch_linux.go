package live

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// maxLinkEvents is the number of events that are kept for a slow reader. Beyond it the oldest two
// are dropped: a "down" and its "up".
const maxLinkEvents = 256

// A linkEvent is a change of an interface's state.
type linkEvent struct {
	at       time.Time
	up, gone bool
}

// A linkWatch records when an interface goes down or up. It uses a separate goroutine: a reader
// that is busy with frames would notice late, and users search for these times in logs.
type linkWatch struct {
	index int
	conn  *netlink.Conn
	state func() (up bool, err error) // reads the state from the kernel
	done  chan struct{}               // closed when the goroutine has ended
	news  atomic.Bool                 // there are events to take

	mu     sync.Mutex
	up     bool
	gone   bool
	events []linkEvent // not taken yet
	err    error
}

// newLinkWatch watches the interface with an index in the current network namespace. state reads
// the interface's state. It is called at the start, and after the kernel dropped a message.
func newLinkWatch(index int, state func() (bool, error)) (*linkWatch, error) {
	conn, err := netlink.Dial(unix.NETLINK_ROUTE, &netlink.Config{Groups: unix.RTMGRP_LINK})
	if err != nil {
		return nil, err
	}
	w := &linkWatch{index: index, conn: conn, state: state, done: make(chan struct{}), up: true}
	w.ask(time.Now()) // after the subscription, so that no change is missed
	go w.run()
	return w, nil
}

func (w *linkWatch) run() {
	defer close(w.done)
	for {
		messages, err := w.conn.Receive()
		at := time.Now()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			w.ask(at)
		case err != nil:
			w.fail(err) // also the error of close, which nothing reads
			return
		}
		for _, m := range messages {
			w.message(m, at)
		}
	}
}

// message handles RTM_NEWLINK and RTM_DELLINK (rtnetlink(7)). Messages of another address family
// are about a port of a bridge, not about the interface.
func (w *linkWatch) message(m netlink.Message, at time.Time) {
	if len(m.Data) < unix.SizeofIfInfomsg || m.Data[0] != unix.AF_UNSPEC {
		return
	}
	index := int32(binary.NativeEndian.Uint32(m.Data[4:]))
	flags := binary.NativeEndian.Uint32(m.Data[8:])
	if int(index) != w.index {
		return
	}
	switch m.Header.Type {
	case unix.RTM_NEWLINK:
		w.note(linkEvent{at: at, up: flags&unix.IFF_UP != 0})
	case unix.RTM_DELLINK:
		w.note(linkEvent{at: at, gone: true})
	}
}

// ask reads the state, because a message may be missing.
func (w *linkWatch) ask(at time.Time) {
	switch up, err := w.state(); {
	case errors.Is(err, ErrInterfaceGone):
		w.note(linkEvent{at: at, gone: true})
	case err != nil:
		w.fail(err)
	default:
		w.note(linkEvent{at: at, up: up})
	}
}

// note records an event if it changes the state.
func (w *linkWatch) note(e linkEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.gone || !e.gone && e.up == w.up {
		return
	}
	w.up, w.gone = e.up, e.gone
	if len(w.events) == maxLinkEvents {
		w.events = w.events[2:]
	}
	w.events = append(w.events, e)
	w.news.Store(true)
}

func (w *linkWatch) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	w.news.Store(true)
}

// take returns the events since the last call, oldest first, and the error that ended the watch.
func (w *linkWatch) take() ([]linkEvent, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	w.news.Store(w.err != nil)
	return events, w.err
}

func (w *linkWatch) close() error {
	err := w.conn.Close()
	<-w.done
	return err
}
