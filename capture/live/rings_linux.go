package live

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/capture"
)

// maxLate is the longest delay of a lone frame in the kernel, if the machine's timers are on time:
// the delay of a block, doubled for safety.
const maxLate = 2 * ringRetire * time.Millisecond

// rings are several rings among which the kernel distributes the frames of one interface
// (PACKET_FANOUT, packet(7)). It uses a hash of addresses and ports, the same for both directions.
// So a flow's frames stay in one ring and in order. Each frame is in one ring.
//
// Next merges the frames of all rings by their times. An empty ring may still deliver an earlier
// frame, so a frame waits for up to lateMost. A frame with a longer delay comes out of order. Batch
// does not wait: it returns the available frames, one block at a time.
type rings struct {
	list   []*ring
	given  int64
	taken  []time.Time // when each ring's head was first seen
	dry    []bool      // rings that are stopped and have returned all their frames
	turn   int         // the ring that Batch reads next
	err    error
	closed atomic.Bool

	packetReader

	reading sync.Mutex // as in ring
}

var _ Capture = (*rings)(nil)

// openRings opens n rings; the first reports the interface's state. The rings reject all frames
// until all of them are in the group, because a ring outside of a group receives every frame.
func openRings(d Device, opt Options, n int) (_ *rings, err error) {
	g := &rings{taken: make([]time.Time, n), dry: make([]bool, n)}
	g.packetReader = readerOf(g)
	defer func() {
		if err != nil {
			g.free()
		}
	}()
	opt.Buffer = opt.buffer() / n
	group := 0
	for i := range n {
		r, err := openRing(d, opt, rejectAll())
		if err != nil {
			return nil, err
		}
		g.list = append(g.list, r)
		if group, err = joinGroup(r.fd, group, i == 0); err != nil {
			return nil, &Error{d.Name, "share the frames out between rings of",
				os.NewSyscallError("PACKET_FANOUT", err), ""}
		}
	}
	for _, r := range g.list {
		if len(r.program) == 0 {
			r.program = AcceptAll(opt.snapLen())
		}
		if err := attach(r.fd, r.program); err != nil {
			return nil, &Error{d.Name, "give the kernel the filter", err, ""}
		}
	}
	return g, g.list[0].watchLink()
}

// joinGroup adds a bound socket to a group. For the first socket the kernel chooses a number that
// no other program uses.
func joinGroup(fd, group int, first bool) (int, error) {
	const kind = unix.PACKET_FANOUT_HASH << 16
	if !first {
		return group, unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, group|kind)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT,
		kind|unix.PACKET_FANOUT_FLAG_UNIQUEID<<16); err != nil {
		return 0, err
	}
	v, err := unix.GetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	return v & 0xffff, err
}

func (g *rings) Interface() capture.Interface { return g.list[0].Interface() }

func (g *rings) MTU() int { return g.list[0].MTU() }

// Next fills p with the earliest frame. See Capture.
func (g *rings) Next(p *capture.Packet) error {
	g.reading.Lock()
	defer g.reading.Unlock()
	for g.err == nil {
		if g.err = g.linkNews(); g.err != nil {
			break
		}
		if g.closed.Load() {
			g.err = os.ErrClosed
			break
		}
		head, patience := g.head()
		switch {
		case head < 0 || patience > 0:
			if err := g.wait(head >= 0, patience); err == capture.ErrIdle {
				return err
			} else if err != nil {
				g.err = err
			}
		default:
			if g.err = g.list[head].frame(p); g.err == nil {
				g.given++
				p.Number = g.given
				return nil
			}
		}
	}
	return g.err
}

// head returns the ring with the earliest frame, -1 if there is none, and how long that frame must
// still wait.
func (g *rings) head() (best int, patience time.Duration) {
	best = -1
	var least int64
	empty := false
	for i, r := range g.list {
		if r.frames == 0 {
			r.release()
			if !r.take() {
				empty = true
				continue
			}
			g.taken[i] = time.Now()
		}
		if at := r.nanos(); best < 0 || at < least {
			best, least = i, at
		}
	}
	if best < 0 || !empty {
		return best, 0
	}
	if g.stopped() && g.list[0].sinceStop() < drainFor {
		if g.rest(best) {
			return best, 0
		}
		return best, time.Millisecond // the other rings' frames come soon
	}
	// According to its own time, the frame has usually waited long enough. If the clock was set
	// back, the time since it was first seen counts.
	age := time.Duration(time.Now().UnixNano() - least)
	if age < 0 {
		age = 0
	}
	return best, max(0, maxLate-max(age, time.Since(g.taken[best])))
}

// nanos returns the time of the next frame of the block, which must have one.
func (r *ring) nanos() int64 {
	at := r.block*r.size + r.at
	if at < 0 || at+unix.SizeofTpacket3Hdr > len(r.memory) {
		return 0 // view returns the error
	}
	h := (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.memory[at]))
	return int64(h.Sec)*int64(time.Second) + int64(h.Nsec)
}

func (g *rings) stopped() bool { return g.list[0].stopped.Load() != 0 }

// rest reports whether all rings except one have no more frames.
func (g *rings) rest(but int) bool {
	for i, r := range g.list {
		if i == but {
			continue
		}
		if g.dry[i] = g.dry[i] || r.frames == 0 && r.drained(); !g.dry[i] {
			return false
		}
	}
	return true
}

// wait sleeps until there may be a block, or until the earliest frame has waited long enough.
func (g *rings) wait(some bool, patience time.Duration) error {
	timeout := idleAfter
	if g.stopped() {
		timeout = ringRetire * time.Millisecond
		if !some && (g.rest(-1) || g.list[0].sinceStop() > drainFor) {
			return g.end()
		}
	}
	if some {
		timeout = min(timeout, patience)
	}
	fds := make([]unix.PollFd, 0, 2*len(g.list))
	for _, r := range g.list {
		events := int16(unix.POLLIN | unix.POLLERR)
		if r.frames > 0 { // else poll would return immediately
			events = 0
		}
		fds = append(fds, unix.PollFd{Fd: int32(r.fd), Events: events},
			unix.PollFd{Fd: int32(r.wake), Events: unix.POLLIN})
	}
	n, err := unix.Poll(fds, int((timeout+time.Millisecond-1)/time.Millisecond))
	if err == unix.EINTR {
		return nil
	}
	if err != nil {
		return &Error{g.list[0].device.Name, "wait for frames", err, ""}
	}
	return g.polled(fds, n > 0 || some || g.stopped())
}

// polled handles the events of the descriptors. Unless busy, it returns ErrIdle if there were none.
func (g *rings) polled(fds []unix.PollFd, busy bool) error {
	for i, r := range g.list {
		own, wake := fds[2*i].Revents, fds[2*i+1].Revents
		var err error
		switch {
		case wake != 0:
			err = r.woken()
		case own&unix.POLLERR != 0:
			err = r.trouble()
		case own != 0 && r.frames == 0:
			if r.take() {
				r.pause = 0
				g.taken[i] = time.Now()
			} else {
				r.backOff()
			}
		}
		if err != nil {
			return err
		}
	}
	if !busy {
		return capture.ErrIdle
	}
	return nil
}

// linkNews handles the changes of the interface, which the first ring records.
func (g *rings) linkNews() error {
	err := g.list[0].linkNews()
	if g.list[0].gone != nil {
		for _, r := range g.list {
			r.halt()
		}
	}
	return err
}

// end returns the error after the last frame.
func (g *rings) end() error { return g.list[0].end() }

// Batch returns frames of one ring's block, taking the rings in turn. See Capture.
func (g *rings) Batch(out []capture.Record) (n int) {
	g.reading.Lock()
	defer g.reading.Unlock()
	if g.err == nil {
		g.err = g.linkNews()
	}
	if g.err != nil || g.closed.Load() { // Next returns the error
		return 0
	}
	for range g.list {
		r := g.list[g.turn]
		n = r.Batch(out)
		if r.err != nil {
			g.err = r.err // Next returns the error
		}
		if r.frames == 0 {
			g.turn = (g.turn + 1) % len(g.list)
		}
		if n > 0 {
			break
		}
	}
	for i := range out[:n] {
		out[i].Number = g.given + 1 + int64(i)
	}
	g.given += int64(n)
	return n
}

// Stats returns the sums of all rings' counts. InterfaceDropped is the same for all rings.
func (g *rings) Stats() (sum Stats, err error) {
	for i, r := range g.list {
		s, e := r.Stats()
		err = errors.Join(err, e)
		sum.Received += s.Received
		sum.Dropped += s.Dropped
		sum.Freezes += s.Freezes
		if i == 0 {
			sum.InterfaceDropped = s.InterfaceDropped
		}
	}
	return sum, err
}

// Stop makes the kernel accept no more frames.
func (g *rings) Stop() error {
	var errs []error
	for i := len(g.list) - 1; i >= 0; i-- { // the first one last, because its state is checked
		errs = append(errs, g.list[i].Stop())
	}
	return errors.Join(errs...)
}

// Close wakes a reader and frees all resources.
func (g *rings) Close() error {
	if g.closed.Swap(true) {
		return nil
	}
	err := g.list[0].rouse()
	g.reading.Lock()
	defer g.reading.Unlock()
	return errors.Join(err, g.free())
}

func (g *rings) free() error {
	var errs []error
	for _, r := range g.list {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}
