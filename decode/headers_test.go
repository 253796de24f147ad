package decode_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestHeadersAgree compares the fields that gopacket decodes with those of the field table, on
// every frame of the samples.
func TestHeadersAgree(t *testing.T) {
	c := headersCheck{t: t, packet: new(decode.Packet)}
	c.frames(sampleFrames(t))
	if c.headers < 2_000 || c.values < 20_000 {
		t.Errorf("%d values in %d headers were compared", c.values, c.headers)
	}
}

// TestHeadersAgreeCorpus makes the same comparison on real captures.
func TestHeadersAgreeCorpus(t *testing.T) {
	c := headersCheck{t: t, packet: new(decode.Packet)}
	c.frames(corpustest.CorpusFrames(t))
	if c.headers < 60_000 || c.values < 700_000 {
		t.Errorf("%d values in %d headers were compared", c.values, c.headers)
	}
}

// A headersCheck compares fields with gopacket's values and counts both.
type headersCheck struct {
	t       testing.TB
	headers int
	values  int
	packet  *decode.Packet
	fields  []decode.Field
}

func (c *headersCheck) frames(frames []corpustest.Frame) {
	c.t.Helper()
	for i := range frames {
		f := &frames[i]
		where := fmt.Sprintf("%s frame %d", f.File, f.N)
		c.packet.Decode(f.Link, f.Data, f.Wire)
		for layer := range c.packet.Layers {
			c.layer(where, layer)
		}
	}
}

// layer compares one layer, if gopacket decoded it.
func (c *headersCheck) layer(where string, layer int) {
	c.t.Helper()
	if h := headerAt(c.packet, layer); h != nil {
		l := c.packet.Layers[layer]
		c.headers++
		c.header(fmt.Sprintf("%s, %s at byte %d", where, l.ID, l.At), layer, h)
	}
}

// A header is what gopacket decoded: values by key, the bytes after the fixed part, and its bytes.
type header struct {
	values            map[string]uint64
	addresses         map[string][]byte
	options           []option
	contents, payload []byte
}

// An option is an IPv4 or TCP option.
type option struct {
	kind   uint8
	length int // 1 if there is no length byte
	data   []byte
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// headerAt returns the layer as gopacket decoded it, nil if it did not.
func headerAt(p *decode.Packet, i int) *header {
	if h := p.IPv4(i); h != nil {
		return ipv4Header(h)
	}
	if h := p.IPv6(i); h != nil {
		return &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
			"ipv6.version": uint64(h.Version), "ipv6.tclass": uint64(h.TrafficClass),
			"ipv6.flow": uint64(h.FlowLabel), "ipv6.plen": uint64(h.Length),
			"ipv6.nxt": uint64(h.NextHeader), "ipv6.hlim": uint64(h.HopLimit),
		}, addresses: map[string][]byte{"ipv6.src": h.SrcIP, "ipv6.dst": h.DstIP}}
	}
	if h := p.TCP(i); h != nil {
		return tcpHeader(h)
	}
	if h := p.UDP(i); h != nil {
		return &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
			"udp.srcport": uint64(h.SrcPort), "udp.dstport": uint64(h.DstPort),
			"udp.length": uint64(h.Length), "udp.checksum": uint64(h.Checksum),
		}}
	}
	if h := p.SCTP(i); h != nil {
		return &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
			"sctp.srcport": uint64(h.SrcPort), "sctp.dstport": uint64(h.DstPort),
			"sctp.verification_tag": uint64(h.VerificationTag), "sctp.checksum": uint64(h.Checksum),
		}}
	}
	if h := p.ICMPv4(i); h != nil {
		return &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
			"icmp.type": uint64(h.TypeCode.Type()), "icmp.code": uint64(h.TypeCode.Code()),
			"icmp.checksum": uint64(h.Checksum), "icmp.ident": uint64(h.Id),
			"icmp.seq":      uint64(h.Seq),
			"icmp.rest":     uint64(h.Id)<<16 | uint64(h.Seq),
			"icmp.redir_gw": uint64(h.Id)<<16 | uint64(h.Seq),
		}}
	}
	if h := p.ICMPv6(i); h != nil {
		return &header{values: map[string]uint64{
			"icmpv6.type": uint64(h.TypeCode.Type()), "icmpv6.code": uint64(h.TypeCode.Code()),
			"icmpv6.checksum": uint64(h.Checksum),
		}}
	}
	return nil
}

func ipv4Header(h *layers.IPv4) *header {
	out := &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
		"ip.version": uint64(h.Version), "ip.hdr_len": uint64(h.IHL),
		"ip.dsfield.dscp": uint64(h.TOS >> 2), "ip.dsfield.ecn": uint64(h.TOS & 3),
		"ip.len": uint64(h.Length), "ip.id": uint64(h.Id),
		"ip.flags.rb":    bit(h.Flags&layers.IPv4EvilBit != 0),
		"ip.flags.df":    bit(h.Flags&layers.IPv4DontFragment != 0),
		"ip.flags.mf":    bit(h.Flags&layers.IPv4MoreFragments != 0),
		"ip.frag_offset": uint64(h.FragOffset),
		"ip.ttl":         uint64(h.TTL), "ip.proto": uint64(h.Protocol),
		"ip.checksum": uint64(h.Checksum),
	}, addresses: map[string][]byte{"ip.src": h.SrcIP, "ip.dst": h.DstIP}}
	for _, o := range h.Options {
		out.options = append(out.options, option{o.OptionType, int(o.OptionLength), o.OptionData})
	}
	return out
}

func tcpHeader(h *layers.TCP) *header {
	out := &header{contents: h.Contents, payload: h.Payload, values: map[string]uint64{
		"tcp.srcport": uint64(h.SrcPort), "tcp.dstport": uint64(h.DstPort),
		"tcp.seq_raw": uint64(h.Seq),
		"tcp.ack_raw": uint64(h.Ack), "tcp.hdr_len": uint64(h.DataOffset),
		"tcp.flags.ae":  bit(h.NS),
		"tcp.flags.cwr": bit(h.CWR), "tcp.flags.ece": bit(h.ECE), "tcp.flags.urg": bit(h.URG),
		"tcp.flags.ack": bit(h.ACK), "tcp.flags.push": bit(h.PSH), "tcp.flags.reset": bit(h.RST),
		"tcp.flags.syn": bit(h.SYN), "tcp.flags.fin": bit(h.FIN),
		"tcp.window_size_value": uint64(h.Window), "tcp.checksum": uint64(h.Checksum),
		"tcp.urgent_pointer": uint64(h.Urgent),
	}}
	for _, o := range h.Options {
		out.options = append(out.options, option{uint8(o.OptionType), int(o.OptionLength),
			o.OptionData})
	}
	return out
}

// noValue are fields that gopacket's structs do not have.
var noValue = map[string]bool{
	"tcp.flags.res": true, "icmpv6.rest": true, "icmpv6.echo.identifier": true,
	"icmpv6.echo.sequence_number": true,
}

// header compares one header.
func (c *headersCheck) header(where string, layer int, h *header) {
	c.t.Helper()
	p, l := c.packet, c.packet.Layers[layer]
	c.fields = p.AppendFields(c.fields[:0], layer)
	fixed := len(l.Protocol().Fields)
	if l.ID == decode.IDICMP || l.ID == decode.IDICMPv6 {
		fixed = len(c.fields)
	}
	seen := 0
	for i := range c.fields[:min(fixed, len(c.fields))] {
		f := &c.fields[i]
		v, isValue := h.values[f.Key]
		a, isAddress := h.addresses[f.Key]
		switch {
		case f.Cut || noValue[f.Key]:
			continue
		case isAddress && !bytes.Equal(f.Raw, a):
			c.t.Errorf("%s: %s is %x, gopacket has %x", where, f.Key, f.Raw, a)
		case isValue && v != f.Value:
			c.t.Errorf("%s: %s is %d, gopacket has %d", where, f.Key, f.Value, v)
		case !isValue && !isAddress:
			c.t.Errorf("%s: nothing to compare %s with", where, f.Key)
		}
		seen++
	}
	c.values += seen
	if seen < len(h.addresses)+3 {
		c.t.Errorf("%s: only %d fields", where, seen)
	}
	if l.ID == decode.IDICMPv6 {
		return // gopacket ends it after its first four bytes
	}
	end := min(l.At+l.Len, len(p.Data))
	if want := p.Data[l.At:end]; !bytes.Equal(h.contents, want) {
		c.t.Errorf("%s: gopacket's header has %d bytes, want %d", where, len(h.contents), len(want))
	}
	if want := p.Data[end:max(end, min(l.End, len(p.Data)))]; !bytes.Equal(h.payload, want) {
		c.t.Errorf("%s: gopacket's payload has %d bytes, want %d", where, len(h.payload), len(want))
	}
	if n := 4 * int(h.values["ip.hdr_len"]+h.values["tcp.hdr_len"]); n > l.Len &&
		len(h.options) == 0 {
		return // the enclosing length ends within the options
	}
	c.options(where, c.fields[min(fixed, len(c.fields)):], h.options)
}

// options compares the options of IPv4 or TCP, which follow the fixed part.
func (c *headersCheck) options(where string, fields []decode.Field, options []option) {
	c.t.Helper()
	var want []option
	for i := range fields {
		f := &fields[i]
		switch f.Key {
		case "ip.opt.type", "tcp.option_kind":
			want = append(want, option{kind: uint8(f.Value), length: 1})
		case "ip.opt.len", "tcp.option_len":
			want[len(want)-1].length = int(f.Value)
		case "ip.opt.padding", "tcp.options.padding":
		default: // data, as one field or as several
			o := &want[len(want)-1]
			o.data = append(o.data, f.Raw...)
		}
	}
	if len(options) == 0 && refused(fields, want) {
		return
	}
	same := len(options) == len(want)
	for i := 0; same && i < len(want); i++ {
		same = options[i].kind == want[i].kind && options[i].length == want[i].length &&
			bytes.Equal(options[i].data, want[i].data)
	}
	if !same {
		c.t.Errorf("%s: options are %v, gopacket has %v", where, want, options)
	}
	c.values += len(want)
}

// refused reports whether gopacket rejects the options: they are cut or malformed, or an IPv4
// option has no data.
func refused(fields []decode.Field, options []option) bool {
	for i := range fields {
		if fields[i].Cut {
			return true
		}
	}
	for i, o := range options {
		if last := i == len(options)-1; last && o.kind > 1 && o.length != len(o.data)+2 ||
			o.kind > 1 && o.length == 2 && fields[0].Key == "ip.opt.type" {
			return true
		}
	}
	return false
}
