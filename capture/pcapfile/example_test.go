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

// The ports of a capture and the service that a packet belongs to. The client has port 2049, which
// is registered for NFS, but NFS is not its service.
func ExampleOpen() {
	f, err := pcapfile.Open("../../pcaps/ephemeral-2049.pcap", pcapfile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	var packet capture.Packet
	var headers decode.Packet
	for err = f.Next(&packet); err == nil && packet.Number < 3; err = f.Next(&packet) {
		headers.Decode(packet.Link, packet.Data, packet.Length)
		for _, p := range headers.Ports {
			role := annotate.Decide(annotate.RoleFacts{Proto: p.Proto, PortA: p.Src, PortB: p.Dst})
			fmt.Printf("%d %s %d %q > %d %q\n", packet.Number, p.Proto,
				p.Src, role.Service(annotate.SideA), p.Dst, role.Service(annotate.SideB))
		}
	}
	if err != nil && err != io.EOF {
		log.Fatal(err)
	}
	// Output:
	// 1 tcp 2049 "" > 80 "http"
	// 2 tcp 80 "http" > 2049 ""
}
