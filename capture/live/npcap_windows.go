package live

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// hintNpcap is the hint if the library is missing.
const hintNpcap = "install Npcap (https://npcap.com), or capture with another program and " +
	"pipe it in"

// A pcapDevice captures through Npcap's wpcap.dll, which is loaded on first use.
type pcapDevice struct {
	device Device
	opt    Options
	handle *pcap.Handle
	given  int64
	err    error

	mu      sync.Mutex // held by Next, and by Close while it frees the resources
	counts  sync.Mutex // held while the handle is read or freed
	closed  atomic.Bool
	stopped atomic.Bool
	stats   Stats
	last    pcap.Stats

	packetReader
}

var _ Capture = (*pcapDevice)(nil)

// Devices lists the interfaces that frames can be captured on, with the library's names. A label is
// a readable name.
func Devices() ([]Device, error) {
	list, err := pcap.FindAllDevs()
	if err != nil {
		devices, e := systemDevices()
		for i := range devices {
			devices[i].Err = &Error{"", "load wpcap.dll", err, hintNpcap}
		}
		return devices, e
	}
	var devices []Device
	for i, in := range list {
		const loopback, up, running = 1, 2, 4 // PCAP_IF_LOOPBACK ... of pcap.h
		d := Device{Number: i + 1, Name: in.Name, Label: in.Description,
			Loopback: in.Flags&loopback != 0, Up: in.Flags&up != 0, Running: in.Flags&running != 0,
			Link: 1}
		if d.Loopback {
			d.Link = 0 // DLT_NULL
		}
		for _, a := range in.Addresses {
			if p, ok := prefixOf(a.IP, a.Netmask); ok {
				d.Addresses = append(d.Addresses, p)
			}
		}
		devices = append(devices, d)
	}
	return devices, nil
}

// prefixOf returns an address and its mask as a prefix.
func prefixOf(ip net.IP, mask net.IPMask) (netip.Prefix, bool) {
	a, ok := netip.AddrFromSlice(ip)
	bits, _ := mask.Size()
	if !ok {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a.Unmap(), bits), true
}

// Open captures on an interface; FindDevice defines its names. The error is an *Error, or the
// error of the filter's compiler.
func Open(name string, opt Options) (Capture, error) {
	if err := opt.oneRing(name); err != nil {
		return nil, err
	}
	d, err := FindDevice(name)
	if err != nil {
		return nil, err
	}
	if d.Err != nil {
		return nil, d.Err
	}
	p := &pcapDevice{device: d, opt: opt}
	p.packetReader = readerOf(p)
	if err := p.open(); err != nil {
		if p.handle != nil {
			p.handle.Close()
		}
		return nil, err
	}
	return p, nil
}

func (p *pcapDevice) open() error {
	fail := func(op string, err error) error { return &Error{p.device.Name, op, err, ""} }
	inactive, err := pcap.NewInactiveHandle(p.device.Name)
	if err != nil {
		return fail("open", err)
	}
	defer inactive.CleanUp()
	if err := errors.Join(inactive.SetSnapLen(p.opt.snapLen()),
		inactive.SetPromisc(!p.opt.NoPromisc), inactive.SetTimeout(idleAfter),
		inactive.SetBufferSize(p.opt.buffer())); err != nil {
		return fail("set up", err)
	}
	if p.handle, err = inactive.Activate(); err != nil {
		return fail("open", err)
	}
	p.device.Link = linktype.Type(p.handle.LinkType())
	if way, ok := map[Direction]pcap.Direction{Inbound: pcap.DirectionIn,
		Outbound: pcap.DirectionOut}[p.opt.Direction]; ok {
		if err := p.handle.SetDirection(way); err != nil {
			return fail("choose the direction", err)
		}
	}
	if p.opt.Filter == nil {
		return nil
	}
	program, err := p.opt.Filter(p.device.Link, p.opt.snapLen())
	if err != nil {
		return err
	}
	return p.attach(program)
}

func (p *pcapDevice) attach(program []bpf.RawInstruction) error {
	code := make([]pcap.BPFInstruction, len(program))
	for i, in := range program {
		code[i] = pcap.BPFInstruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	if err := p.handle.SetBPFInstructionFilter(code); err != nil {
		return &Error{p.device.Name, "set the filter", err, ""}
	}
	return nil
}

// Next fills q with the next frame. See Capture.
func (p *pcapDevice) Next(q *capture.Packet) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return p.err
	}
	if p.closed.Load() {
		p.err = os.ErrClosed
		return p.err
	}
	if p.stopped.Load() {
		p.err = io.EOF
		return p.err
	}
	data, info, err := p.handle.ZeroCopyReadPacketData()
	switch {
	case errors.Is(err, pcap.NextErrorTimeoutExpired):
		return capture.ErrIdle
	case err != nil:
		p.err = &Error{p.device.Name, "read", errors.Join(ErrInterfaceGone, err), ""}
		return p.err
	}
	p.given++
	q.CaptureInfo, q.HasTime, q.Number = info, true, p.given
	q.Timestamp, q.InterfaceIndex, q.Section = info.Timestamp.UTC(), 0, 0
	q.Link, q.Data, q.File = p.device.Link, data, p.device.Name
	q.FCSLen, q.Flags, q.Comments = -1, 0, nil
	return nil
}

// Batch returns 0: Next returns all frames.
func (p *pcapDevice) Batch([]capture.Record) int { return 0 }

// Interface describes the interface for a written file.
func (p *pcapDevice) Interface() capture.Interface {
	return capture.Interface{Name: p.device.Name, Description: p.device.Label,
		Filter: p.opt.FilterText, Link: p.device.Link, SnapLen: uint32(p.opt.snapLen()),
		Resolution: capture.Microseconds, FCSLen: -1}
}

// MTU returns the device's MTU, which is unknown on Windows.
func (p *pcapDevice) MTU() int { return p.device.MTU }

// Stats returns the counts since the start.
func (p *pcapDevice) Stats() (Stats, error) {
	p.counts.Lock()
	defer p.counts.Unlock()
	if p.closed.Load() {
		return p.stats, nil
	}
	s, err := p.handle.Stats()
	if err != nil {
		return p.stats, &Error{p.device.Name, "read the counters", err, ""}
	}
	// the library's counters have 32 bits
	p.stats.Received += uint64(uint32(s.PacketsReceived - p.last.PacketsReceived))
	p.stats.Dropped += uint64(uint32(s.PacketsDropped - p.last.PacketsDropped))
	p.stats.InterfaceDropped += uint64(uint32(s.PacketsIfDropped - p.last.PacketsIfDropped))
	p.last = *s
	return p.stats, nil
}

// Stop ends the capture at the next call of Next. Frames still in the library are lost, because it
// has no way to reject new frames and return the rest.
func (p *pcapDevice) Stop() error {
	p.stopped.Store(true)
	return nil
}

// Close makes a blocked Next return within idleAfter, and frees all resources.
func (p *pcapDevice) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Lock()
	defer p.counts.Unlock()
	if !p.closed.Swap(true) {
		p.handle.Close()
	}
	return nil
}
