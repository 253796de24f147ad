package live

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/portsniff/portsniff/linktype"
)

// linkOfHardware returns the link type for hardware type t (linux/if_arp.h). header reports whether
// frames include their link header. Unlisted types are read without it, with a cooked header that
// contains the protocol.
func linkOfHardware(t uint16) (link linktype.Type, header bool) {
	switch t {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return linktype.Ethernet, true
	case unix.ARPHRD_NONE, unix.ARPHRD_RAWIP, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6,
		unix.ARPHRD_SIT:
		// there is no link header
		return linktype.Raw, true
	case unix.ARPHRD_IEEE80211:
		return linktype.IEEE80211, true
	case unix.ARPHRD_IEEE80211_PRISM:
		return linktype.Prism, true
	case unix.ARPHRD_IEEE80211_RADIOTAP:
		return linktype.Radiotap, true
	}
	return linktype.SLL2, false
}

// Devices lists the interfaces that frames can be captured on. AnyInterface is the last one.
func Devices() ([]Device, error) {
	devices, err := systemDevices()
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd) // it was only used for ioctl
	denied := mayCapture()
	for i := range devices {
		d := &devices[i]
		t, err := hardwareType(fd, d.Name)
		d.Link, _ = linkOfHardware(t)
		if d.Err = denied; err != nil {
			d.Err = err
		}
	}
	return append(devices, Device{Number: len(devices) + 1, Name: AnyInterface, Up: true,
		Running: true, Link: linktype.SLL2, Err: denied}), nil
}

// mayCapture returns the error that opening any interface would return. A socket of protocol 0
// receives no frames.
func mayCapture() error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return socketError("", err)
	}
	return unix.Close(fd)
}

// socketError adds a hint if the permission to open a packet socket is missing.
func socketError(name string, err error) error {
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES) {
		return &Error{name, "open a packet socket", err, ""}
	}
	program, e := os.Executable()
	if e != nil {
		program = "portsniff"
	}
	return &Error{name, "open a packet socket", ErrDenied, fmt.Sprintf(
		"run it with sudo, or allow this program to capture: sudo setcap "+
			"cap_net_raw+ep %s", program)}
}

// hardwareType returns an interface's hardware type.
func hardwareType(fd int, name string) (uint16, error) {
	ifr, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFHWADDR, ifr); err != nil {
		return 0, os.NewSyscallError("SIOCGIFHWADDR", err)
	}
	return ifr.Uint16(), nil // the family in the address is the hardware type
}

// interfaceUp reports whether an interface is up. It returns ErrInterfaceGone if no interface has
// the index.
func interfaceUp(fd, index int) (bool, error) {
	var ifr ifreqIndex
	ifr.index = int32(index)
	// The name may have changed, but the index never changes.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCGIFNAME,
		uintptr(unsafe.Pointer(&ifr))); errno != 0 {
		if errno == unix.ENODEV {
			return false, ErrInterfaceGone
		}
		return false, os.NewSyscallError("SIOCGIFNAME", errno)
	}
	named, err := unix.NewIfreq(unix.ByteSliceToString(ifr.name[:]))
	if err != nil {
		return false, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, named); err != nil {
		if errors.Is(err, unix.ENODEV) {
			return false, ErrInterfaceGone
		}
		return false, os.NewSyscallError("SIOCGIFFLAGS", err)
	}
	return named.Uint16()&unix.IFF_UP != 0, nil
}

// ifreqIndex is struct ifreq with an index in its union.
type ifreqIndex struct {
	name  [unix.IFNAMSIZ]byte
	index int32
	_     [20]byte
}

// Open captures on an interface; FindDevice defines its names. The error is an *Error, or the
// error of the filter's compiler.
func Open(name string, opt Options) (Capture, error) {
	d, err := FindDevice(name)
	if err != nil {
		return nil, err
	}
	if d.Err != nil {
		var e *Error
		if errors.As(d.Err, &e) {
			return nil, &Error{d.Name, e.Op, e.Err, e.Hint}
		}
		return nil, &Error{d.Name, "open", d.Err, ""}
	}
	if opt.Rings > 1 {
		g, err := openRings(d, opt, opt.Rings)
		if err != nil {
			return nil, err
		}
		return g, nil
	}
	r, err := openRing(d, opt, nil)
	if err != nil {
		return nil, err
	}
	if err := r.watchLink(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// htons converts a number to network byte order, in which the kernel expects a protocol.
func htons(v uint16) uint16 {
	b := [2]byte{byte(v >> 8), byte(v)}
	return *(*uint16)(unsafe.Pointer(&b))
}
