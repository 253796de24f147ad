package selection

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// A decodedFilter is a filter in tcpdump's language. Its terms for ports, hosts and protocols
// examine all decoded headers.
type decodedFilter struct {
	from     *CaptureFilter
	programs map[linktype.Type]*filter.Program // nil if the filter does not suit the link type
	seen     filter.Decoded
}

func newDecodedFilter(f *CaptureFilter) *decodedFilter {
	return &decodedFilter{from: f, programs: map[linktype.Type]*filter.Program{}}
}

// match reports whether a packet passes. d is the result of decoding data; length is the length on
// the wire in bytes.
func (f *decodedFilter) match(d *decode.Packet, data []byte, length int) bool {
	p := f.program(d.Link)
	return p != nil && p.MatchDecoded(data, length, f.facts(d))
}

func (f *decodedFilter) program(link linktype.Type) *filter.Program {
	p, ok := f.programs[link]
	if !ok {
		opt := f.from.options(link)
		opt.Decoded = true
		var err error
		if p, err = filter.Compile(f.from.Expr, opt); err != nil {
			p = nil // the capture filter counts these packets as skipped
		}
		f.programs[link] = p
	}
	return p
}

// filterWords are the headers that the filter language names differently from package decode.
var filterWords = map[decode.ProtocolID]string{decode.IDIPv6: "ip6", decode.IDICMPv6: "icmp6"}

// facts converts decoded headers for the filter. It excludes packets quoted in ICMP errors.
func (f *decodedFilter) facts(d *decode.Packet) *filter.Decoded {
	s := &f.seen
	*s = filter.Decoded{Ports: s.Ports[:0], Addrs: s.Addrs[:0], Protos: s.Protos[:0]}
	for _, p := range d.Ports {
		if !p.Quoted {
			s.Ports = append(s.Ports, filter.DecodedPorts{Proto: p.Proto.String(), Src: p.Src,
				Dst: p.Dst})
			s.Protos = append(s.Protos, p.Proto.String()) // the header may be in another fragment
		}
	}
	for i, l := range d.Layers {
		if l.Quoted {
			continue
		}
		word, ok := filterWords[l.ID]
		if !ok {
			word = l.ID.String()
		}
		s.Protos = append(s.Protos, word)
		if l.ID == decode.IDIPv4 || l.ID == decode.IDIPv6 {
			src, dst := d.Addrs(i)
			s.Addrs = append(s.Addrs, filter.DecodedAddrs{Src: src, Dst: dst})
		}
	}
	return s
}
