package decode_test

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
)

// printPorts reads at most limit packets through gopacket and prints the ports of each.
func printPorts(src capture.Source, limit int) error {
	link, err := src.LinkType()
	if err != nil {
		return err
	}
	source := gopacket.NewPacketSource(src, decode.Decoder(link))
	source.NoCopy = true // ReadPacketData has made a copy
	for range limit {
		packet, err := source.NextPacket()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		walk := decode.PacketOf(packet)
		if t := packet.TransportLayer(); t != nil {
			fmt.Println(packet.NetworkLayer().LayerType(), t.TransportFlow())
		} else {
			fmt.Println("no ports:", walk.NoPorts)
		}
	}
	return nil
}

// Packets of a file. Later fragments have the ports of the first one.
func ExampleDecoder_file() {
	src, err := pcapfile.Open("../pcaps/fragments.pcap", pcapfile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	if err := printPorts(src, 4); err != nil {
		log.Fatal(err)
	}
	// Output:
	// IPv4 37801->7
	// IPv4 37801->7
	// IPv4 37801->7
	// IPv4 7->37801
}

// Packets of a pcapng stream that another program writes into a pipe.
func ExampleDecoder_pipe() {
	r, w := io.Pipe()
	go func() {
		f, err := os.Open("../pcaps/two-interfaces.pcapng")
		if err == nil {
			defer f.Close()
			_, err = io.Copy(w, f)
		}
		w.CloseWithError(err)
	}()
	src, err := pcapfile.NewReader(r, "pipe", pcapfile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	if err := printPorts(src, 3); err != nil {
		log.Fatal(err)
	}
	// Output:
	// IPv4 49596->4789
	// IPv4 55968->80
	// IPv4 80->55968
}

// Packets of a network interface. This needs the privilege to capture (CAP_NET_RAW).
func ExampleDecoder_live() {
	src, err := live.Open("lo", live.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	if err := printPorts(src, 10); err != nil {
		log.Fatal(err)
	}
}

// Each header of a packet is a layer, and the walk contains the reason if there are no ports.
func ExampleDecoder() {
	src, err := pcapfile.Open("../pcaps/udp-closed.pcap", pcapfile.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer src.Close()
	link, err := src.LinkType()
	if err != nil {
		log.Fatal(err)
	}
	decoder := decode.Decoder(link)
	for range 2 {
		data, _, err := src.ZeroCopyReadPacketData()
		if err != nil {
			log.Fatal(err)
		}
		packet := gopacket.NewPacket(data, decoder, gopacket.NoCopy)
		var names []string
		for _, l := range packet.Layers() {
			names = append(names, l.LayerType().String())
		}
		fmt.Println(strings.Join(names, " "))
		fmt.Println(packet.Layer(decode.LayerTypeWalk))
	}
	// Output:
	// Ethernet IPv4 UDP Payload Walk
	// udp 50171 > 33434
	// Ethernet IPv4 ICMPv4 IPv4 UDP Payload Walk
	// udp 50171 > 33434 (quoted), no ports: no-transport
}
