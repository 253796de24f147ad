package ipfix

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// allErrors requests every ICMP error for a UDP socket. Without it, Linux hides those that it calls
// transient, such as host unreachable, although the message is lost.
func allErrors(network, _ string, c syscall.RawConn) (err error) {
	level, option := unix.IPPROTO_IP, unix.IP_RECVERR
	if network == "udp6" {
		level, option = unix.IPPROTO_IPV6, unix.IPV6_RECVERR
	}
	failed := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, option, 1) })
	if failed != nil {
		return failed
	}
	return err
}
