package decode

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/linktype"
)

// ErrLinkType is wrapped by the error of a packet whose link type has no decoder here.
var ErrLinkType = errors.New("no decoder for the link type")

// Decoder returns a gopacket.Decoder for frames of a link type, for gopacket.NewPacket and
// gopacket.NewPacketSource. A packet then has gopacket's ordinary layers, but the walk of
// [Packet.Decode] finds them instead of gopacket's own decoders:
//
//   - A header determines the next layer; the ports of TCP and UDP do not. After TCP and UDP comes
//     gopacket.Payload, or the headers of a tunnel as layers.
//   - A first fragment has its own ports. A later fragment has the ports of the first one, as a
//     [PortsLayer].
//   - An ICMP error has the headers that it quotes as layers. The quoted transport header is not
//     the packet's TransportLayer: its ports are another packet's.
//   - Headers for which gopacket has no layer are [Header] layers.
//   - The last layer is a [Walk]: ports, fragments, and the reason if there are no ports.
//     [PacketOf] returns it.
//   - If decoding ended early, ErrorLayer contains the [DecodeError]. A packet that ends before its
//     headers end counts as cut, because gopacket does not pass the length on the wire.
//
// The Decoder remembers at most DefaultFragments first fragments for the later ones, in the order
// of the packets. Several goroutines may use it at once. It allocates for each packet: use
// [Packet.Decode] where that is too slow.
func Decoder(link linktype.Type) gopacket.Decoder { return &frameDecoder{link: link} }

// A frameDecoder is what Decoder returns.
type frameDecoder struct {
	link linktype.Type

	mu        sync.Mutex
	frames    int64
	fragments *Fragments // nil before the first fragment
}

// Decode implements gopacket.Decoder.
func (d *frameDecoder) Decode(data []byte, b gopacket.PacketBuilder) error {
	p := new(Packet)
	p.Decode(d.link, data, len(data))
	d.observe(p)
	for i := range p.Layers {
		p.addLayer(b, i)
	}
	for i := range p.Ports {
		if p.Ports[i].InheritedFrom != 0 {
			addPorts(b, &p.Ports[i])
		}
	}
	p.addPayload(b)
	if p.Stop.Err == ErrShort && p.Stop.Claim == ClaimWire {
		p.Stop.Claim = ClaimCaptured
		if p.NoPorts == Malformed {
			p.NoPorts = CutOff
		}
	}
	if p.Stop.Claim == ClaimCaptured && p.Stop.Err != nil {
		b.SetTruncated()
	}
	b.AddLayer(&Walk{p})
	switch {
	case p.NoPorts == UnsupportedLink:
		return fmt.Errorf("%w %s", ErrLinkType, d.link)
	case p.Stop.Err != nil:
		return p.Stop
	}
	return nil
}

// observe sets the ports of a later fragment to those of the first one.
func (d *frameDecoder) observe(p *Packet) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.frames++
	if !p.Frag.Is {
		return
	}
	if d.fragments == nil {
		d.fragments = NewFragments(DefaultFragments)
	}
	d.fragments.Observe(p, d.frames, time.Time{})
}

// addLayer adds the layer with the given index.
func (p *Packet) addLayer(b gopacket.PacketBuilder, i int) {
	l := p.layerOf(i)
	b.AddLayer(l)
	if x, ok := l.(gopacket.LinkLayer); ok {
		b.SetLinkLayer(x)
	}
	if p.Layers[i].Quoted {
		return
	}
	if x, ok := l.(gopacket.NetworkLayer); ok {
		b.SetNetworkLayer(x)
	}
	if x, ok := l.(gopacket.TransportLayer); ok {
		b.SetTransportLayer(x)
		return
	}
	for j := range p.Ports {
		if q := &p.Ports[j]; q.Layer == i && q.InheritedFrom == 0 {
			addPorts(b, q)
		}
	}
}

func addPorts(b gopacket.PacketBuilder, q *TransportHeader) {
	l := &PortsLayer{Ports: *q}
	b.AddLayer(l)
	b.SetTransportLayer(l)
}

// addPayload adds the bytes after the last header.
func (p *Packet) addPayload(b gopacket.PacketBuilder) {
	data := p.Data
	if n := len(p.Layers); n > 0 {
		l := &p.Layers[n-1]
		end := min(l.End, len(data))
		data = data[min(l.At+l.Len, end):end]
	}
	if len(data) == 0 {
		return
	}
	var l gopacket.ApplicationLayer = (*gopacket.Payload)(&data)
	if p.NoPorts == LaterFragment {
		l = (*gopacket.Fragment)(&data)
	}
	b.AddLayer(l)
	b.SetApplicationLayer(l)
}

// layerTypes maps headers to gopacket's layers. 802.11 and radiotap are missing because printing
// gopacket's layers for them may panic.
var layerTypes = [idCount]gopacket.LayerType{
	IDEthernet: layers.LayerTypeEthernet, IDVLAN: layers.LayerTypeDot1Q, IDLLC: layers.LayerTypeLLC,
	IDSNAP: layers.LayerTypeSNAP, IDSLL: layers.LayerTypeLinuxSLL, IDNull: layers.LayerTypeLoopback,
	IDPPP: layers.LayerTypePPP, IDPPPoE: layers.LayerTypePPPoE, IDMPLS: layers.LayerTypeMPLS,
	IDARP: layers.LayerTypeARP, IDHopByHop: layers.LayerTypeIPv6HopByHop,
	IDRouting: layers.LayerTypeIPv6Routing, IDDstOpts: layers.LayerTypeIPv6Destination,
	IDFragHdr: layers.LayerTypeIPv6Fragment, IDAH: layers.LayerTypeIPSecAH,
	IDUDPLite: layers.LayerTypeUDPLite, IDGRE: layers.LayerTypeGRE,
	IDFDDI:  layers.LayerTypeFDDI,
	IDVXLAN: layers.LayerTypeVXLAN, IDGeneve: layers.LayerTypeGeneve, IDGTP: layers.LayerTypeGTPv1U,
	IDEtherIP: layers.LayerTypeEtherIP,
}

// layerOf returns the layer as gopacket's struct. It returns a Header if gopacket has no struct or
// computes another end of the header.
func (p *Packet) layerOf(i int) gopacket.Layer {
	l := &p.Layers[i]
	if l.decoded > 0 {
		switch l.ID {
		case IDIPv4:
			return p.IPv4(i)
		case IDIPv6:
			return p.IPv6(i)
		case IDTCP:
			return p.TCP(i)
		case IDUDP:
			return p.UDP(i)
		case IDSCTP:
			return p.SCTP(i)
		case IDICMP:
			return p.ICMPv4(i)
		case IDICMPv6:
			return p.ICMPv6(i)
		}
	}
	from := min(l.At+l.Len, len(p.Data))
	end := max(from, min(l.End, len(p.Data)))
	base := layers.BaseLayer{Contents: p.Data[l.At:from], Payload: p.Data[from:end]}
	if t := layerTypes[l.ID]; t != 0 && l.At+l.Len <= len(p.Data) {
		if x := decodeOne(t, p.Data[l.At:end]); x != nil && len(x.LayerContents()) == l.Len {
			setBase(x, base)
			return x
		}
	}
	return &Header{BaseLayer: base, ID: l.ID, Quoted: l.Quoted}
}

// setBase sets the bytes of a gopacket layer to those that the walk found.
func setBase(l gopacket.Layer, base layers.BaseLayer) {
	if f := reflect.ValueOf(l).Elem().FieldByName("BaseLayer"); f.IsValid() {
		f.Set(reflect.ValueOf(base))
	}
}

// decodeOne decodes one header with gopacket, and nothing after it. It returns nil if gopacket
// rejects the header.
func decodeOne(t gopacket.LayerType, data []byte) (l gopacket.Layer) {
	defer func() {
		// gopacket's decoders may panic, which NewPacket would turn into an error
		if recover() != nil {
			l = nil
		}
	}()
	var one oneLayer
	if err := t.Decode(data, &one); err != nil {
		return nil
	}
	return one.layer
}

// A oneLayer is a PacketBuilder that keeps the first layer only.
type oneLayer struct {
	gopacket.PacketBuilder // nil: decoders of single headers do not call its other methods
	layer                  gopacket.Layer
}

func (o *oneLayer) AddLayer(l gopacket.Layer) {
	if o.layer == nil {
		o.layer = l
	}
}
func (o *oneLayer) SetTruncated()                                 {}
func (o *oneLayer) SetLinkLayer(gopacket.LinkLayer)               {}
func (o *oneLayer) SetNetworkLayer(gopacket.NetworkLayer)         {}
func (o *oneLayer) SetTransportLayer(gopacket.TransportLayer)     {}
func (o *oneLayer) SetApplicationLayer(gopacket.ApplicationLayer) {}
func (o *oneLayer) NextDecoder(gopacket.Decoder) error            { return nil }
func (o *oneLayer) DecodeOptions() *gopacket.DecodeOptions        { return &gopacket.NoCopy }
