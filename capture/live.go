package capture

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/linktype"
	"golang.org/x/net/bpf"
)

// AnyInterface is the name that stands for all interfaces at once, where the system can do that.
const AnyInterface = "any"

// Defaults of LiveOptions.
const (
	// DefaultSnapLen is how much of a frame is kept, in bytes: enough for the longest that a network card puts together.
	DefaultSnapLen = 256 << 10
	// DefaultBuffer is how much room frames have in the kernel until they are read, in bytes: 80 ms of 64-byte frames at a million a second.
	DefaultBuffer = 16 << 20
)

// idleAfter is how long Next waits for a frame before it gives ErrIdle.
const idleAfter = 100 * time.Millisecond

// ErrIdle is what a Live's Next gives when no frame came for a while, so that its caller can look at signals and clocks. It is no end.
var ErrIdle = errors.New("no frame came")

// A Live is a Source of frames as an interface sees them. Besides ErrIdle its Next gives io.EOF after Stop, and a *LiveError where the
// interface is gone.
//
// Next and Close are for one goroutine; Stats and Stop are for any, and so is a Close that is to wake a blocked Next. A packet's Data are gone with Close.
type Live interface {
	Source
	// Batch is File.Batch.
	Batch(out []Record) (n int, first int64)
	// Interface is what a file written of the capture says of it. Link and SnapLen are those in force.
	Interface() Interface
	// MTU is the longest packet the interface takes, without its link header, in bytes; 0 if it has no such limit.
	MTU() int
	// Stats are the counts since the start.
	Stats() (Stats, error)
	// Stop has the kernel take no more. Next goes on with what is there, then gives io.EOF.
	Stop() error
}

// Stats say what became of the frames. Received = given by Next + Dropped once a stopped source has given io.EOF: there is no queue but the kernel's.
type Stats struct {
	Received         uint64 // frames that passed the filter, kept or not
	Dropped          uint64 // those of Received that the kernel had no room for
	Freezes          uint64 // how often the kernel's buffer was full
	InterfaceDropped uint64 // what the interface itself lost, filter or not; other programs' frames too
}

// A Direction says which frames are taken, seen from this host.
type Direction uint8

// Directions.
const (
	Both     Direction = iota
	Inbound            // only what came in
	Outbound           // only what was sent
)

// ParseDirection reads tcpdump's words: in, out, inout.
func ParseDirection(word string) (Direction, error) {
	switch word {
	case "in":
		return Inbound, nil
	case "out":
		return Outbound, nil
	case "inout":
		return Both, nil
	}
	return Both, fmt.Errorf("%q is none of in, out, inout", word)
}

// AcceptAll is a program that takes every frame.
func AcceptAll(snapLen int) []bpf.RawInstruction {
	return []bpf.RawInstruction{{Op: bpfReturn, K: uint32(snapLen)}}
}

// bpfReturn ends a program of classic BPF: BPF_RET with BPF_K.
const bpfReturn = 0x06

// LiveOptions say how frames are captured. The zero value will do.
type LiveOptions struct {
	SnapLen    int // bytes of a frame that are kept; DefaultSnapLen if 0
	Buffer     int // bytes of the kernel's buffer; DefaultBuffer if 0
	Rings      int // how many rings the kernel shares the frames out to, which share the buffer, on Linux; one if 0
	NoPromisc  bool
	Direction  Direction
	FilterText string // goes into Interface

	// Filter compiles a filter for the socket; nil takes all.
	Filter func(link linktype.Type, snapLen int) ([]bpf.RawInstruction, error)
	// LinkChanged is called by Next and Batch after the interface went down or up; may be nil.
	LinkChanged func(LinkChange)
}

// A LinkChange is an interface that went down, or up again.
type LinkChange struct {
	Interface string
	Up        bool
	Down      time.Time // since when it is down, or was
	At        time.Time // when it came up again
}

func (opt *LiveOptions) snapLen() int {
	if opt.SnapLen == 0 {
		return DefaultSnapLen
	}
	return opt.SnapLen
}

func (opt *LiveOptions) buffer() int {
	if opt.Buffer == 0 {
		return DefaultBuffer
	}
	return opt.Buffer
}

// Causes that a LiveError wraps besides the system's.
var (
	// ErrNoInterface is for a name or number that no interface has.
	ErrNoInterface = errors.New("no such interface")
	// ErrInterfaceGone is for an interface that was removed, or moved to another network namespace, while frames were read from it.
	ErrInterfaceGone = errors.New("the interface is gone")
	// ErrUnsupported is for what this system, or this build for it, can't do.
	ErrUnsupported = errors.New("not supported on this system")
	// ErrDenied is for a user without the right to capture.
	ErrDenied = errors.New("no permission to capture")
)

// A LiveError says what could not be done on which interface, and what to do about it.
type LiveError struct {
	Interface string // "" where it is the same for all
	Op        string // "open", "read" ...
	Err       error
	Hint      string // what to type, or ""
}

func (e *LiveError) Error() string {
	text := fmt.Sprintf("%s: %v", e.Op, e.Err)
	if e.Interface != "" {
		text = e.Interface + ": " + text
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives the cause.
func (e *LiveError) Unwrap() error { return e.Err }

// A Device is an interface that frames can be captured on.
type Device struct {
	Number    int    // from 1, for -i
	Name      string // for -i
	Label     string // what people call it, where Name is not made for them
	Index     int    // the system's
	Hardware  net.HardwareAddr
	Addresses []netip.Prefix
	Up        bool
	Running   bool // up and with a carrier
	Loopback  bool
	MTU       int
	Link      linktype.Type // what its frames begin with
	Err       error         // why it can't be opened; nil if it can
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
	return Device{}, &LiveError{name, "open", ErrNoInterface, "portsniff interfaces lists those that there are"}
}

// systemDevices are the interfaces that the Go library knows, without link types.
func systemDevices() ([]Device, error) {
	list, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("listing the interfaces: %w", err)
	}
	var devices []Device
	for i, in := range list {
		d := Device{Number: i + 1, Name: in.Name, Index: in.Index, Hardware: in.HardwareAddr, MTU: in.MTU, Up: in.Flags&net.FlagUp != 0,
			Running: in.Flags&net.FlagRunning != 0, Loopback: in.Flags&net.FlagLoopback != 0}
		addrs, err := in.Addrs()
		if err != nil {
			return nil, fmt.Errorf("listing the addresses of %s: %w", in.Name, err)
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil { // others are no IP addresses
				d.Addresses = append(d.Addresses, p)
			}
		}
		devices = append(devices, d)
	}
	return devices, nil
}
