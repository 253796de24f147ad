// Package live captures frames on network interfaces, without libpcap on Linux (AF_PACKET), macOS
// and FreeBSD (/dev/bpf), and with Npcap on Windows.
package live

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// AnyInterface is the name for a capture on all interfaces, on systems that support it.
const AnyInterface = "any"

// Defaults of Options.
const (
	// DefaultSnapLen is the number of bytes kept of a frame: enough for the longest frame that a
	// network card reassembles.
	DefaultSnapLen = 256 << 10
	// DefaultBuffer is the size of the kernel's buffer in bytes: 80 ms of 64-byte frames at a
	// million frames per second.
	DefaultBuffer = 16 << 20
)

// idleAfter is how long Next waits for a frame before it returns ErrIdle.
const idleAfter = 100 * time.Millisecond

// A Capture is a Source of the frames of an interface. Its Next also returns [capture.ErrIdle] if
// no frame came for a while, io.EOF after Stop, and an *Error if the interface was removed.
//
// Only one goroutine at a time may call Next and Close. Any goroutine may call Stats and Stop, and
// also Close to wake a blocked Next. A packet's Data are invalid after Close.
type Capture interface {
	capture.Source
	// Batch fills out with the next frames in memory and returns their number. After 0, call Next.
	Batch(out []capture.Record) int
	// Interface describes the interface for a written file. Link and SnapLen are the actual ones.
	Interface() capture.Interface
	// MTU returns the length of the interface's longest packet without its link header, in bytes.
	// It is 0 if there is no limit.
	MTU() int
	// Stats returns the counts since the start.
	Stats() (Stats, error)
	// Stop ends capturing in the kernel. Next returns the frames in the buffer, then io.EOF.
	Stop() error
}

// A Direction selects frames by their direction relative to this host.
type Direction uint8

// Directions.
const (
	Both     Direction = iota
	Inbound            // received frames only
	Outbound           // sent frames only
)

// ParseDirection parses tcpdump's words: in, out, inout.
func ParseDirection(word string) (Direction, error) {
	switch word {
	case "in":
		return Inbound, nil
	case "out":
		return Outbound, nil
	case "inout":
		return Both, nil
	}
	return Both, fmt.Errorf("%q: use in, out or inout", word)
}

// AcceptAll returns a program that accepts every frame.
func AcceptAll(snapLen int) []bpf.RawInstruction {
	return []bpf.RawInstruction{{Op: bpfReturn, K: uint32(snapLen)}}
}

// bpfReturn ends a program of classic BPF: BPF_RET with BPF_K.
const bpfReturn = 0x06

// Options are for Open. The zero value is valid.
type Options struct {
	SnapLen int // bytes kept of a frame; DefaultSnapLen if 0
	Buffer  int // bytes of the kernel's buffer; DefaultBuffer if 0
	// number of rings that the kernel distributes the frames to, on Linux; they share the buffer;
	// one if 0
	Rings      int
	NoPromisc  bool
	Direction  Direction
	FilterText string // copied to Interface

	// Filter compiles a filter for the socket; nil accepts all frames.
	Filter func(link linktype.Type, snapLen int) ([]bpf.RawInstruction, error)
	// LinkChanged is called by Next and Batch after the interface went down or up; may be nil.
	LinkChanged func(LinkChange)
}

// A LinkChange reports that an interface went down, or came up again.
type LinkChange struct {
	Interface string
	Up        bool
	Down      time.Time // when it went down
	At        time.Time // when it came up again
}

func (opt *Options) snapLen() int {
	if opt.SnapLen == 0 {
		return DefaultSnapLen
	}
	return opt.SnapLen
}

func (opt *Options) buffer() int {
	if opt.Buffer == 0 {
		return DefaultBuffer
	}
	return opt.Buffer
}

// A Device is an interface that frames can be captured on.
type Device struct {
	Number    int    // from 1, for -i
	Name      string // for -i
	Label     string // a readable name, if Name is not readable
	Index     int    // the system's
	Hardware  net.HardwareAddr
	Addresses []netip.Prefix
	Up        bool
	Running   bool // up and with a carrier
	Loopback  bool
	MTU       int
	Link      linktype.Type // link type of its frames
	Err       error         // why it cannot be opened; nil if it can
}

// FindDevice finds an interface by its name, or else by its number in the list of Devices.
func FindDevice(name string) (Device, error) {
	devices, err := Devices()
	if err != nil {
		return Device{}, err
	}
	number, numeric := strconv.Atoi(name)
	for _, d := range devices {
		if d.Name == name {
			return d, nil
		}
	}
	for _, d := range devices {
		if numeric == nil && d.Number == number {
			return d, nil
		}
	}
	return Device{}, &Error{name, "open", ErrNoInterface,
		"list them: portsniff interfaces"}
}

// systemDevices returns the interfaces that the Go library lists, without link types.
func systemDevices() ([]Device, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the interfaces: %w", err)
	}
	var devices []Device
	for i, in := range list {
		d := Device{Number: i + 1, Name: in.Name, Index: in.Index, Hardware: in.HardwareAddr,
			MTU: in.MTU, Up: in.Flags&net.FlagUp != 0,
			Running: in.Flags&net.FlagRunning != 0, Loopback: in.Flags&net.FlagLoopback != 0}
		addrs, err := in.Addrs()
		if err != nil {
			return nil, fmt.Errorf("listing the addresses of %s: %w", in.Name, err)
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil { // else not an IP address
				d.Addresses = append(d.Addresses, p)
			}
		}
		devices = append(devices, d)
	}
	return devices, nil
}

// A packetReader makes a Capture that embeds it a packet source for gopacket.
type packetReader struct {
	capture.PacketReader
	live Capture
}

func readerOf(l Capture) packetReader { return packetReader{capture.NewPacketReader(l), l} }

// LinkType returns the link type of the interface's frames.
func (r *packetReader) LinkType() (linktype.Type, error) { return r.live.Interface().Link, nil }
