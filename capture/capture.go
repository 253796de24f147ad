// Package capture says what a captured packet is, and what a source of packets does.
//
// Package pcapfile reads and writes capture files. Package live captures on network interfaces.
package capture

import (
	"errors"

	"github.com/google/gopacket"

	"github.com/portsniff/portsniff/linktype"
)

// Packet is one captured packet.
//
// Data and Comments stay as they are until the next call of Next on the same Source; who keeps them
// longer copies them.
type Packet struct {
	// Timestamp in UTC; CaptureLength and Length (on the wire) in bytes; InterfaceIndex within the
	// section
	gopacket.CaptureInfo
	// from 1 over the whole input, all files together, before any filter
	Number  int64
	Link    linktype.Type // what Data begins with
	Data    []byte        // the captured bytes, CaptureLength of them
	File    string        // the name it was read from, "-" for standard input
	HasTime bool          // false for a pcapng Simple Packet Block, which has no time
	// pcapng packet comments, the file's bytes as they are: escape them before they are shown
	Comments [][]byte
	// octets of frame check sequence at the end of the frame on the wire, -1 if the file does not
	// say
	FCSLen int
	// pcapng's epb_flags (direction in bits 0-1, reception type in 2-4), 0 if absent
	Flags   uint32
	Section int // of the file, from 0: InterfaceIndex counts within it
	// as in Record; Next does not set it
	First *Record
}

// Interface is what a file says of one interface, and what a live capture has it say. Its strings
// are the file's bytes: escape them before they are shown. A pcap file has one interface without a
// name.
type Interface struct {
	Index       int // Packet.InterfaceIndex: pcapng counts from 0 in each section
	Name        string
	Description string
	Filter      string // the capture filter, where the file has it as text
	OS          string
	Hardware    string
	Link        linktype.Type
	SnapLen     uint32 // the longest record in bytes; 0 says no limit
	Resolution  Resolution
	TimeOffset  int64 // seconds added to every time
	FCSLen      int   // octets of frame check sequence, -1 if the file doesn't say
}

// A Source yields packets until io.EOF. It is a packet source for gopacket too:
//
//	link, err := src.LinkType()
//	packets := gopacket.NewPacketSource(src, decode.Decoder(link))
type Source interface {
	// Next fills p with the next packet. It returns io.EOF at a good end, or an error that says
	// what was wrong, and then continues returning the same. It does not allocate, unless a record
	// is larger than all before it.
	Next(p *Packet) error
	// LinkType returns the link type of the next packet, which stays to be read.
	LinkType() (linktype.Type, error)
	// ZeroCopyReadPacketData returns the next packet's bytes, which stay as they are until the next
	// call. It waits for frames of an interface as long as it takes. A packet of another link type
	// than the first is a *LinkTypeError, and the next call continues with the packet after it.
	// After any other error it returns io.EOF, on which gopacket.PacketSource.Packets ends; it
	// would retry for ever after others.
	gopacket.ZeroCopyPacketDataSource
	// ReadPacketData is ZeroCopyReadPacketData with bytes of the caller's own.
	gopacket.PacketDataSource
	Close() error
}

// ErrIdle is what Next gives where no frame of an interface came for a while, so that its caller
// can look at signals and clocks. It is no end.
var ErrIdle = errors.New("no frame came")
