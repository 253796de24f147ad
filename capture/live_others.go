//go:build !linux && !darwin && !freebsd && !windows

package capture

// Devices lists the interfaces. None can be opened on this system.
func Devices() ([]Device, error) {
	devices, err := systemDevices()
	for i := range devices {
		devices[i].Err = ErrUnsupported
	}
	return devices, err
}

// OpenLive gives ErrUnsupported.
func OpenLive(name string, _ LiveOptions) (Live, error) {
	return nil, &LiveError{name, "open", ErrUnsupported,
		"capture with another program and pipe it in: tcpdump -U -w - | portsniff -r - -l"}
}
