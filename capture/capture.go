// Package capture contains the types of a captured packet and of a source of packets.
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
// Data and Comments are valid until the next call of Next on the same Source. Copy them to keep
// them longer.
type Packet struct {
	// Timestamp in UTC; CaptureLength and Length (on the wire) in bytes; InterfaceIndex within the
	// section
	gopacket.CaptureInfo
	// from 1, over all files of the input, before any filter
	Number  int64
	Link    linktype.Type // link type of Data
	Data    []byte        // the captured bytes, CaptureLength of them
	File    string        // the name of its file, "-" for standard input
	HasTime bool          // false for a pcapng Simple Packet Block, which has no time
	// pcapng packet comments, untrusted bytes: escape them before you print them
	Comments [][]byte
	// octets of frame check sequence at the end of the frame on the wire, -1 if the file does not
	// contain the number
	FCSLen int
	// pcapng's epb_flags (direction in bits 0-1, reception type in 2-4), 0 if absent
	Flags   uint32
	Section int // of the file, from 0; InterfaceIndex counts within a section
	// as in Record; Next does not set it
	First *Record
}

// Interface describes an interface of a file or of a live capture. Its strings are untrusted:
// escape them before you print them. A pcap file has one interface without a name.
type Interface struct {
	Index       int // Packet.InterfaceIndex: pcapng counts from 0 in each section
	Name        string
	Description string
	Filter      string // the capture filter, if the file contains it as text
	OS          string
	Hardware    string
	Link        linktype.Type
	SnapLen     uint32 // the longest record in bytes, 0 for no limit
	Resolution  Resolution
	TimeOffset  int64 // seconds added to every time
	FCSLen      int   // octets of frame check sequence, -1 if unknown
}

// A Source returns packets until io.EOF. It is also a packet source for gopacket:
//
//	link, err := src.LinkType()
//	packets := gopacket.NewPacketSource(src, decode.Decoder(link))
type Source interface {
	// Next fills p with the next packet. It returns io.EOF after the last packet, or an error.
	// Further calls return the same error. It allocates only for a record that is larger than all
	// records before it.
	Next(p *Packet) error
	// LinkType returns the link type of the next packet and does not read the packet.
	LinkType() (linktype.Type, error)
	// ZeroCopyReadPacketData returns the next packet's bytes, valid until the next call. It waits
	// for frames of an interface without a limit. If the packet has another link type than the
	// first one, it returns a *LinkTypeError, and the next call continues with the next packet.
	// After any other error it returns io.EOF, because gopacket.PacketSource.Packets retries
	// forever after other errors.
	gopacket.ZeroCopyPacketDataSource
	// ReadPacketData is ZeroCopyReadPacketData with a copy of the bytes.
	gopacket.PacketDataSource
	Close() error
}

// ErrIdle is returned by Next if no frame came on an interface for a while, so that the caller can
// check signals and clocks. The next call continues.
var ErrIdle = errors.New("no frame came")
