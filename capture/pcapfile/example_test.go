package pcapfile_test

import (
	"fmt"
	"io"
	"log"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
)

// The ports of a capture, or the reason why a packet has none.
func ExampleOpen() {
	f, err := pcapfile.Open("../../pcaps/udp-closed.pcap", pcapfile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	var packet capture.Packet
	var headers decode.Packet
	for {
		err := f.Next(&packet)
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		headers.Decode(packet.Link, packet.Data, packet.Length)
		if headers.NoPorts != decode.HasPorts {
			fmt.Println(packet.Number, "has no ports of its own:", headers.NoPorts)
		}
		for _, p := range headers.Ports {
			fmt.Println(packet.Number, p.Proto, p.Src, p.Dst, annotate.RangeOf(p.Dst), p.Quoted)
		}
	}
	// Output:
	// 1 udp 50171 33434 registered false
	// 2 has no ports of its own: no-transport
	// 2 udp 50171 33434 registered true
}
