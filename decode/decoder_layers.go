package decode

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Layer types of this package, from the range that gopacket leaves to applications.
var (
	// LayerTypeHeader is the type of a Header.
	LayerTypeHeader = gopacket.RegisterLayerType(1750, layerType("Header"))
	// LayerTypePorts is the type of a PortsLayer.
	LayerTypePorts = gopacket.RegisterLayerType(1751, layerType("Ports"))
	// LayerTypeWalk is the type of a Walk.
	LayerTypeWalk = gopacket.RegisterLayerType(1752, layerType("Walk"))
)

func layerType(name string) gopacket.LayerTypeMetadata {
	return gopacket.LayerTypeMetadata{Name: name, Decoder: gopacket.DecodeUnknown}
}

// A Header is a header that gopacket has no layer for, or has one for that ends elsewhere.
type Header struct {
	layers.BaseLayer
	ID     ProtocolID
	Quoted bool // part of the packet that an ICMP error quotes
}

// LayerType is LayerTypeHeader.
func (h *Header) LayerType() gopacket.LayerType { return LayerTypeHeader }

// String is the protocol's name.
func (h *Header) String() string { return h.ID.Protocol().Name }

// A PortsLayer has ports that no other layer of the packet has: those of a later fragment, which
// are in the first one, and those of a header that was cut or that gopacket does not know.
type PortsLayer struct {
	Ports TransportHeader
}

// LayerType is LayerTypePorts.
func (l *PortsLayer) LayerType() gopacket.LayerType { return LayerTypePorts }

// LayerContents is nil: the bytes are another layer's, or another packet's.
func (l *PortsLayer) LayerContents() []byte { return nil }

// LayerPayload is nil.
func (l *PortsLayer) LayerPayload() []byte { return nil }

// String is the protocol and the ports.
func (l *PortsLayer) String() string {
	text := fmt.Sprintf("%s %d > %d", l.Ports.Proto, l.Ports.Src, l.Ports.Dst)
	if l.Ports.Quoted {
		text += " (quoted)"
	}
	if l.Ports.InheritedFrom != 0 {
		text += fmt.Sprintf(" (those of packet %d, the first fragment)", l.Ports.InheritedFrom)
	}
	return text
}

// TransportFlow returns the ports as endpoints of their protocol.
func (l *PortsLayer) TransportFlow() gopacket.Flow {
	var src, dst [2]byte
	binary.BigEndian.PutUint16(src[:], l.Ports.Src)
	binary.BigEndian.PutUint16(dst[:], l.Ports.Dst)
	return gopacket.NewFlow(endpointTypes[l.Ports.Proto], src[:], dst[:])
}

var endpointTypes = map[Transport]gopacket.EndpointType{
	ProtoTCP: layers.EndpointTCPPort, ProtoUDP: layers.EndpointUDPPort,
	ProtoUDPLite: layers.EndpointUDPPort, ProtoSCTP: layers.EndpointSCTPPort,
	ProtoDCCP: endpointDCCP,
}

// endpointDCCP is a DCCP port, which gopacket has no endpoint for.
var endpointDCCP = gopacket.RegisterEndpointType(1750, gopacket.EndpointTypeMetadata{
	Name: "DCCP", Formatter: func(b []byte) string {
		return strconv.Itoa(int(
			binary.BigEndian.Uint16(b)))
	},
})

// A Walk is the last layer of a packet: what the walk over all headers found out.
type Walk struct {
	*Packet
}

// LayerType is LayerTypeWalk.
func (w *Walk) LayerType() gopacket.LayerType { return LayerTypeWalk }

// LayerContents is nil: all bytes are the other layers'.
func (w *Walk) LayerContents() []byte { return nil }

// LayerPayload is nil.
func (w *Walk) LayerPayload() []byte { return nil }

// String lists the ports, or says why there are none.
func (w *Walk) String() string {
	var words []string
	for i := range w.Ports {
		words = append(words, (&PortsLayer{w.Ports[i]}).String())
	}
	if w.NoPorts != HasPorts {
		words = append(words, "no ports: "+w.NoPorts.String())
	}
	return strings.Join(words, ", ")
}

// PacketOf returns what the walk found out of a packet that a [Decoder] decoded, nil for any other.
func PacketOf(p gopacket.Packet) *Packet {
	if w, ok := p.Layer(LayerTypeWalk).(*Walk); ok {
		return w.Packet
	}
	return nil
}
