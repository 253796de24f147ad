package live

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/capture"
)

const (
	// drainFor is the longest time that a stopped ring waits for the last frames.
	drainFor = 2 * time.Second
	// backOffMax is the longest pause after wake-ups without a frame.
	backOffMax = 8 * time.Millisecond
)

// wait sleeps until there may be a block. It returns ErrIdle after idleAfter without one.
func (r *ring) wait() error {
	timeout := idleAfter
	if r.stopped.Load() != 0 {
		if r.drained() || r.sinceStop() > drainFor {
			return r.end()
		}
		timeout = ringRetire * time.Millisecond
	}
	fds := []unix.PollFd{{Fd: int32(r.fd), Events: unix.POLLIN | unix.POLLERR},
		{Fd: int32(r.wake), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int(timeout/time.Millisecond))
	switch {
	case err == unix.EINTR:
		return nil
	case err != nil:
		return &Error{r.device.Name, "wait for frames", err, ""}
	case fds[1].Revents != 0:
		return r.woken()
	case fds[0].Revents&unix.POLLERR != 0:
		return r.trouble()
	case n > 0:
		r.backOff()
		return nil
	case r.stopped.Load() != 0:
		return nil
	}
	return capture.ErrIdle
}

// end returns the error after the last frame.
func (r *ring) end() error {
	if r.gone != nil {
		return r.gone
	}
	return io.EOF
}

// halt marks the ring as stopped. It is for the case that the kernel delivers no more frames by
// itself.
func (r *ring) halt() { r.stopped.CompareAndSwap(0, int64(max(time.Since(r.began), 1))) }

// backOff prevents a busy loop if a socket reports frames but has none.
func (r *ring) backOff() {
	if r.pause > 0 {
		time.Sleep(r.pause)
	}
	r.pause = min(max(2*r.pause, 50*time.Microsecond), backOffMax)
}

// woken reads the wake-up byte of Stop or Close.
func (r *ring) woken() error {
	var b [8]byte
	if _, err := unix.Read(r.wake, b[:]); err != nil && err != unix.EAGAIN && err != unix.EINTR {
		return &Error{r.device.Name, "read what woke the reader", err, ""}
	}
	return nil
}

// drained reports whether all frames that the kernel received were returned.
func (r *ring) drained() bool {
	s, err := r.counters.now(true)
	return err == nil && r.given >= s.Received-s.Dropped
}

// Stats returns the counts since the start.
func (r *ring) Stats() (Stats, error) { return r.counters.now(true) }

// Stop makes the kernel accept no more frames.
func (r *ring) Stop() error {
	r.ending.Lock()
	defer r.ending.Unlock()
	if r.closed.Load() || !r.stopped.CompareAndSwap(0, int64(max(time.Since(r.began), 1))) {
		return nil
	}
	if err := attach(r.fd, rejectAll()); err != nil {
		return &Error{r.device.Name, "stop", err, ""}
	}
	return r.rouse()
}

// sinceStop returns the time since the ring was stopped.
func (r *ring) sinceStop() time.Duration {
	return time.Since(r.began) - time.Duration(r.stopped.Load())
}

// rouse wakes a blocked reader.
func (r *ring) rouse() error {
	one := [8]byte{1, 0, 0, 0, 0, 0, 0, 1} // not zero in either byte order
	if _, err := unix.Write(r.wake, one[:]); err != nil && err != unix.EAGAIN {
		return &Error{r.device.Name, "wake the reader", err, ""}
	}
	return nil
}

// Close wakes a reader and frees all resources.
func (r *ring) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	r.ending.Lock()
	defer r.ending.Unlock()
	err := r.rouse()
	r.reading.Lock()
	defer r.reading.Unlock()
	return errors.Join(err, r.free())
}

func (r *ring) free() error {
	errs := []error{r.counters.close()}
	if r.link != nil {
		errs = append(errs, r.link.close()) // the watch uses the descriptor that is closed below
		r.link = nil
	}
	if r.memory != nil {
		errs = append(errs, unix.Munmap(r.memory))
		r.memory = nil
	}
	for _, fd := range []*int{&r.fd, &r.wake} {
		if *fd >= 0 {
			errs = append(errs, unix.Close(*fd))
			*fd = -1
		}
	}
	return errors.Join(errs...)
}
