package decode

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Layer types of this package, in the range that gopacket reserves for applications.
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

// A Header is a header for which gopacket has no layer, or has a layer with another end.
type Header struct {
	layers.BaseLayer
	ID     ProtocolID
	Quoted bool // part of the packet that an ICMP error quotes
}

// LayerType returns LayerTypeHeader.
func (h *Header) LayerType() gopacket.LayerType { return LayerTypeHeader }

// String returns the protocol's name.
func (h *Header) String() string { return h.ID.Protocol().Name }

// A PortsLayer has ports that are in no other layer of the packet: ports that a later fragment
// inherits from the first one, and ports of a header that is cut or unknown to gopacket.
type PortsLayer struct {
	Ports TransportHeader
}

// LayerType returns LayerTypePorts.
func (l *PortsLayer) LayerType() gopacket.LayerType { return LayerTypePorts }

// LayerContents returns nil: the bytes belong to another layer or another packet.
func (l *PortsLayer) LayerContents() []byte { return nil }

// LayerPayload returns nil.
func (l *PortsLayer) LayerPayload() []byte { return nil }

// String returns the protocol and the ports.
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

// endpointDCCP is the endpoint type of DCCP ports, which gopacket does not define.
var endpointDCCP = gopacket.RegisterEndpointType(1750, gopacket.EndpointTypeMetadata{
	Name: "DCCP", Formatter: func(b []byte) string {
		return strconv.Itoa(int(
			binary.BigEndian.Uint16(b)))
	},
})

// A Walk is the last layer of a packet: the result of the walk over all headers.
type Walk struct {
	*Packet
}

// LayerType returns LayerTypeWalk.
func (w *Walk) LayerType() gopacket.LayerType { return LayerTypeWalk }

// LayerContents returns nil: all bytes belong to the other layers.
func (w *Walk) LayerContents() []byte { return nil }

// LayerPayload returns nil.
func (w *Walk) LayerPayload() []byte { return nil }

// String lists the ports, or the reason that there are none.
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

// PacketOf returns the result of the walk for a packet that a [Decoder] decoded, else nil.
func PacketOf(p gopacket.Packet) *Packet {
	if w, ok := p.Layer(LayerTypeWalk).(*Walk); ok {
		return w.Packet
	}
	return nil
}
