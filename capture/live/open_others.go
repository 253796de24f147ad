//go:build !linux && !darwin && !freebsd && !windows

package live

// Devices lists the interfaces. None can be opened on this system.
func Devices() ([]Device, error) {
	devices, err := systemDevices()
	for i := range devices {
		devices[i].Err = ErrUnsupported
	}
	return devices, err
}

// Open returns ErrUnsupported.
func Open(name string, _ Options) (Capture, error) {
	return nil, &Error{name, "open", ErrUnsupported,
		"capture with another program and pipe it in: tcpdump -U -w - | portsniff -r - -l"}
}
