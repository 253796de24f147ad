package ipfix

import "net"

// Stream returns a connection over TCP to a collector that tests imitate.
func Stream(c net.Conn) *Connection {
	return &Connection{conn: c, name: c.RemoteAddr().String(), size: streamSize,
		wait: answerTime}
}
