// Command steps exchanges data with itself over TCP and UDP on loopback. On the way it sets the
// clock of the machine back by an hour and forward by two. Run it only in a separate virtual
// machine: see run.sh.
//
//go:build linux

package main

import (
	"io"
	"log"
	"net"
	"syscall"
	"time"
)

const (
	rounds  = 40
	back    = 10 // the round in which the clock goes back
	forward = 25 // the round in which it goes forward
)

func main() {
	log.SetFlags(0)
	if err := talk(); err != nil {
		log.Fatal(err)
	}
}

// talk sends a byte over both protocols in each round, and receives its echo.
func talk() error {
	tcp, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		return err
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:5300")
	if err != nil {
		return err
	}
	go echoTCP(tcp)
	go echoUDP(udp)
	a, err := net.Dial("tcp", tcp.Addr().String())
	if err != nil {
		return err
	}
	b, err := net.Dial("udp", udp.LocalAddr().String())
	if err != nil {
		return err
	}
	for i := range rounds {
		switch i {
		case back:
			err = step(-3600)
		case forward:
			err = step(7200)
		}
		if err != nil {
			return err
		}
		if err := exchange(a); err != nil {
			return err
		}
		if err := exchange(b); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return a.Close()
}

func step(seconds int64) error {
	var now syscall.Timeval
	if err := syscall.Gettimeofday(&now); err != nil {
		return err
	}
	now.Sec += seconds
	return syscall.Settimeofday(&now)
}

func exchange(c net.Conn) error {
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	_, err := c.Read(make([]byte, 1))
	return err
}

func echoTCP(l net.Listener) {
	c, err := l.Accept()
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(c, c); err != nil {
		log.Fatal(err)
	}
}

func echoUDP(c net.PacketConn) {
	b := make([]byte, 1)
	for {
		n, from, err := c.ReadFrom(b)
		if err == nil {
			_, err = c.WriteTo(b[:n], from)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
}
