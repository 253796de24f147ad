package decode_test

import (
	"encoding/hex"
	"fmt"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// dnsQuery returns 38 captured bytes of an Ethernet frame of 60 bytes: IPv4, then the first four
// bytes of UDP.
func dnsQuery() []byte {
	b, err := hex.DecodeString("020000000007" + "020000000010" + "0800" +
		"4500002e" + "1c460000" + "4011" + "6d1d" + "c000020a" + "c6336407" +
		"cf84" + "0035")
	if err != nil {
		panic(err)
	}
	return b
}

// A walk finds the headers and the ports of a frame.
func ExamplePacket_Decode() {
	var p decode.Packet // reuse one for all frames: it allocates only while it grows
	p.Decode(linktype.Ethernet, dnsQuery(), 60)
	for _, l := range p.Layers {
		fmt.Printf("%s at byte %d\n", l.ID, l.At)
	}
	for _, q := range p.Ports {
		fmt.Printf("%s from port %d to port %d, at byte %d\n", q.Proto, q.Src, q.Dst, q.At)
	}
	fmt.Printf("the %s header needs %d bytes, %d are there\n", p.Stop.Layer, p.Stop.Need,
		p.Stop.Have)
	// Output:
	// eth at byte 0
	// ip at byte 14
	// udp at byte 34
	// udp from port 53124 to port 53, at byte 34
	// the udp header needs 8 bytes, 4 are there
}

// A frame without ports has a reason.
func ExamplePacket_Decode_noPorts() {
	b, err := hex.DecodeString("ffffffffffff0200000000100806" + "0001080006040001" +
		"020000000010c000020a" + "000000000000c6336407")
	if err != nil {
		panic(err)
	}
	var p decode.Packet
	p.Decode(linktype.Ethernet, b, len(b))
	fmt.Println(len(p.Ports), p.NoPorts)
	// Output: 0 not-ip
}

// Every field of a header, with its position in the frame.
func ExamplePacket_Fields() {
	var p decode.Packet
	p.Decode(linktype.Ethernet, dnsQuery(), 60)
	for _, f := range p.Fields(len(p.Layers) - 1) {
		if f.Cut {
			fmt.Printf("%-16s byte %d, not captured\n", f.Name, f.At/8)
			continue
		}
		fmt.Printf("%-16s byte %d, %x = %d\n", f.Name, f.At/8, f.Raw, f.Value)
	}
	// Output:
	// Source Port      byte 34, cf84 = 53124
	// Destination Port byte 36, 0035 = 53
	// Length           byte 38, not captured
	// Checksum         byte 40, not captured
}

// Bits reads a field of any width: TCP's data offset is four bits from bit 96.
func ExampleBits_Uint() {
	header := []byte{0xcf, 0x84, 0x00, 0x50, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 0x02}
	const dataOffset decode.Bits = 96<<8 | 4
	v, ok := dataOffset.Uint(header)
	fmt.Println(v, ok)
	_, ok = dataOffset.Uint(header[:12])
	fmt.Println(ok)
	// Output:
	// 10 true
	// false
}

// A checksum is good, bad, absent, left to the network card, or unknowable.
func ExamplePacket_Check() {
	b, err := hex.DecodeString("4500001c000100004011" + "0000" + "0a0000010a000002" +
		"0400005000081234")
	if err != nil {
		panic(err)
	}
	var p decode.Packet
	p.Decode(linktype.IPv4, b, len(b))
	for i, l := range p.Layers {
		c := p.Check(i)
		fmt.Printf("%s: %s, %04x should be %04x\n", l.ID, c.Sum, c.Wire, c.Want)
	}
	// Output:
	// ip: offloaded, 0000 should be 66ce
	// udp: bad, 1234 should be e78b
}
