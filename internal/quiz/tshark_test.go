package quiz_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// A seen is tshark's view of a frame.
type seen struct {
	length, captured int
	protocols        []string
	headers          []seenHeader // transport headers with both ports, including quoted ones
	ip               bool         // an IP header that is not quoted
	// offset and value of the outermost IP header's Protocol or Next Header field; -1 if there is
	// none
	next, nextValue int
	ihl             int  // of the last IPv4 header, in bytes
	later           bool // a fragment offset that is not 0
	esp, malformed  bool
}

type seenHeader struct {
	proto                string
	src, dst             int
	srcAt, dstAt         int
	srcAddr, dstAddr     string
	quoted               bool
	asks, answers        bool
	tcpSyn, tcpAck, tcpR bool
	chunk                int
}

// own returns the headers that no ICMP error quotes.
func (s *seen) own() (out []seenHeader) {
	for _, h := range s.headers {
		if !h.quoted {
			out = append(out, h)
		}
	}
	return out
}

// look runs tshark once on the frames of all captures, and returns its view of each capture's
// frames.
func look(t *testing.T, files []file) [][]seen {
	t.Helper()
	var all []corpustest.Frame
	for _, f := range files {
		all = append(all, f.frames...)
	}
	var flat []seen
	protocols := strings.Fields(
		"frame eth vlan ip ipv6 tcp udp udplite sctp dccp icmp icmpv6 ah esp _ws.malformed")
	corpustest.PDML(t, all, protocols, nil, func(_ int,
		elements []corpustest.Element) {
		flat = append(flat, read(elements))
	})
	var byFile [][]seen
	for _, f := range files {
		byFile = append(byFile, flat[:len(f.frames)])
		flat = flat[len(f.frames):]
	}
	return byFile
}

// A pdmlReader combines tshark's elements, one by one.
type pdmlReader struct {
	seen
	quoting  bool
	src, dst string
	proto    string
}

func read(elements []corpustest.Element) seen {
	p := pdmlReader{seen: seen{next: -1}}
	for _, e := range elements {
		if e.Protocol {
			p.layer(e.Name)
		} else {
			p.field(e.Name, e.Show, e.Pos)
		}
	}
	for i := range p.headers {
		p.headers[i].opening()
	}
	return p.seen
}

func (p *pdmlReader) layer(name string) {
	switch name {
	case "icmp", "icmpv6":
		p.quoting = true
	case "ip", "ipv6":
		p.ip = p.ip || !p.quoting
	case "esp":
		p.esp = p.esp || !p.quoting
	case "_ws.malformed":
		p.malformed = true
	case "tcp", "udp", "udplite", "sctp", "dccp":
		p.proto = name
	}
}

func (p *pdmlReader) field(name, show string, at int) {
	n, _ := strconv.Atoi(show) // text that is not a number is not used as one
	last := func() *seenHeader {
		if len(p.headers) == 0 {
			return &seenHeader{}
		}
		return &p.headers[len(p.headers)-1]
	}
	switch name {
	case "frame.len":
		p.length = n
	case "frame.cap_len":
		p.captured = n
	case "frame.protocols":
		p.protocols = strings.Split(show, ":")
	case "ip.src", "ipv6.src":
		p.src = show
	case "ip.dst", "ipv6.dst":
		p.dst = show
	case "ip.hdr_len":
		if !p.quoting {
			p.ihl = n
		}
	case "ip.proto", "ipv6.nxt":
		if p.next < 0 {
			p.next, p.nextValue = at, n
		}
	case "ip.frag_offset", "ipv6.fraghdr.offset":
		p.later = p.later || n > 0 && !p.quoting
	case "tcp.srcport", "udp.srcport", "sctp.srcport", "dccp.srcport":
		p.headers = append(p.headers, seenHeader{proto: p.proto, src: n, srcAt: at, srcAddr: p.src,
			dstAddr: p.dst, quoted: p.quoting, dstAt: -1, chunk: -1})
	case "tcp.dstport", "udp.dstport", "sctp.dstport", "dccp.dstport":
		last().dst, last().dstAt = n, at
	case "tcp.flags.syn":
		last().tcpSyn = n == 1 || show == "True"
	case "tcp.flags.ack":
		last().tcpAck = n == 1 || show == "True"
	case "tcp.flags.reset":
		last().tcpR = n == 1 || show == "True"
	case "sctp.chunk_type", "dccp.type":
		if last().chunk < 0 {
			last().chunk = n
		}
	}
}

// opening determines whether the header opens a conversation, or accepts one.
func (h *seenHeader) opening() {
	switch h.proto {
	case "tcp":
		h.asks, h.answers = h.tcpSyn && !h.tcpAck && !h.tcpR, h.tcpSyn && h.tcpAck && !h.tcpR
	case "sctp":
		h.asks, h.answers = h.chunk == 1, h.chunk == 2 // RFC 9260 section 3.2
	case "dccp":
		h.asks, h.answers = h.chunk == 0, h.chunk == 1 // RFC 4340 section 5.1
	}
}
