package live

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// countEvery is how often the kernel's counters are read without a call of Stats. They have 32
// bits, and a million frames a second overflow them in about an hour.
const countEvery = time.Minute

// maxDeviceFile is how much of /proc/net/dev is read, in bytes: about ten thousand interfaces.
const maxDeviceFile = 1 << 20

// counters adds up the kernel's counters in 64 bits. Reading them resets them in the kernel.
type counters struct {
	mu     sync.Mutex
	fd     int
	device Device
	stats  Stats
	at     time.Time
	net    *os.File // /proc/net/dev of the network namespace in which the capture began
	before uint64   // frames that the interface lost before the capture
}

func (c *counters) open(fd int, d Device) (err error) {
	c.fd, c.device, c.at = fd, d, time.Now()
	if c.net, err = os.Open("/proc/thread-self/net/dev"); err != nil {
		return err
	}
	c.before, err = c.interfaceDropped()
	return err
}

// now reads the counters if ask is set or if countEvery has passed.
func (c *counters) now(ask bool) (Stats, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !ask && time.Since(c.at) < countEvery {
		return c.stats, nil
	}
	if c.net == nil {
		return c.stats, nil // closed: the counts remain
	}
	c.at = time.Now()
	s, err := unix.GetsockoptTpacketStatsV3(c.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return c.stats, &Error{c.device.Name, "read the counters", err, ""}
	}
	c.stats.Received += uint64(s.Packets) // including dropped ones
	c.stats.Dropped += uint64(s.Drops)
	c.stats.Freezes += uint64(s.Freeze_q_cnt)
	dropped, err := c.interfaceDropped()
	if err != nil {
		return c.stats, err
	}
	if dropped > c.before { // a new interface of that name counts from zero
		c.stats.InterfaceDropped = dropped - c.before
	}
	return c.stats, nil
}

// interfaceDropped returns the frames that the interface lost since it was created: the columns
// drop and fifo of received packets.
func (c *counters) interfaceDropped() (uint64, error) {
	if c.device.Index == 0 {
		return 0, nil
	}
	text, err := io.ReadAll(io.NewSectionReader(c.net, 0, maxDeviceFile))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		name, numbers, ok := bytes.Cut(line, []byte(":"))
		columns := bytes.Fields(numbers)
		if !ok || string(bytes.TrimSpace(name)) != c.device.Name || len(columns) < 5 {
			continue
		}
		var sum uint64
		for _, column := range columns[3:5] { // bytes, packets, errs, drop, fifo
			n, err := strconv.ParseUint(string(column), 10, 64)
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	}
	return 0, nil // it no longer exists, or has another name
}

// close reads the counters a last time, and keeps the sums.
func (c *counters) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.net == nil {
		return nil
	}
	err := c.net.Close()
	c.net = nil
	return err
}

// trouble returns the error of a socket. ENETDOWN comes when the interface goes down, and also when
// it is removed. It is ignored here, because the watch distinguishes them and knows the time.
func (r *ring) trouble() error {
	// This clears the socket's error.
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 && unix.Errno(code) != unix.ENETDOWN {
		err = unix.Errno(code)
	}
	if err != nil {
		return &Error{r.device.Name, "read", err, ""}
	}
	r.backOff()
	return nil
}

// watchLink starts recording when the interface goes down or up. AnyInterface has no such state.
func (r *ring) watchLink() (err error) {
	if r.device.Index == 0 {
		return nil
	}
	state := func() (bool, error) { return interfaceUp(r.fd, r.device.Index) }
	r.link, err = newLinkWatch(r.device.Index, state)
	if err != nil {
		return &Error{r.device.Name, "watch the interface", err, ""}
	}
	return nil
}

// linkNews handles the changes of the interface since the last call.
func (r *ring) linkNews() error {
	if r.link == nil || !r.link.news.Load() {
		return nil
	}
	events, err := r.link.take()
	for _, e := range events {
		switch {
		case e.gone:
			r.gone = &Error{r.device.Name, "read", ErrInterfaceGone, ""}
			r.halt() // the kernel still has the frames of an incomplete block
		case e.up:
			r.report(LinkChange{Interface: r.device.Name, Up: true, Down: r.down, At: e.at})
		default:
			r.down = e.at
			r.report(LinkChange{Interface: r.device.Name, Down: r.down})
		}
	}
	if err != nil {
		return &Error{r.device.Name, "watch the interface", err, ""}
	}
	return nil
}

func (r *ring) report(c LinkChange) {
	if r.opt.LinkChanged != nil {
		r.opt.LinkChanged(c)
	}
}
