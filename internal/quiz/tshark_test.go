package quiz_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A seen is what tshark says of a frame.
type seen struct {
	length, captured int
	protocols        []string
	headers          []seenHeader // transport headers with both ports, quoted ones too
	ip               bool         // an IP header that is not quoted
	next, nextValue  int          // place and value of the outermost IP header's Protocol or Next Header; place -1 if there is none
	ihl              int          // of the last IPv4 header, in bytes
	later            bool         // a fragment offset that is not 0
	esp, malformed   bool
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

// own are the headers that no ICMP error quotes.
func (s *seen) own() (out []seenHeader) {
	for _, h := range s.headers {
		if !h.quoted {
			out = append(out, h)
		}
	}
	return out
}

// look has tshark dissect the frames of all captures at once, and gives what it says of each capture's frames.
func look(t *testing.T, files []file) [][]seen {
	t.Helper()
	var all []frame
	for _, f := range files {
		all = append(all, f.frames...)
	}
	name := filepath.Join(t.TempDir(), "frames.pcapng")
	if err := os.WriteFile(name, pcapng(all), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", name, "-T", "pdml", "-J", "frame eth vlan ip ipv6 tcp udp udplite sctp dccp icmp icmpv6 ah esp _ws.malformed"}
	for _, o := range []string{"ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "sctp.reassembly"} {
		args = append(args, "-o", o+":FALSE") // places would be counted from the reassembled bytes
	}
	cmd := exec.Command(findTshark(t), args...)
	cmd.Stderr = io.Discard
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	flat := parsePDML(t, out)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(flat) != len(all) {
		t.Fatalf("tshark shows %d of %d frames", len(flat), len(all))
	}
	var byFile [][]seen
	for _, f := range files {
		byFile = append(byFile, flat[:len(f.frames)])
		flat = flat[len(f.frames):]
	}
	return byFile
}

// A pdmlReader puts together what tshark says, element by element: it writes one a line.
type pdmlReader struct {
	seen
	quoting  bool
	src, dst string
	proto    string
}

func parsePDML(t *testing.T, in io.Reader) (out []seen) {
	r := bufio.NewReaderSize(in, 1<<20)
	var p pdmlReader
	for {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		line = strings.TrimLeft(line, " ")
		switch {
		case strings.HasPrefix(line, "<packet>"):
			p = pdmlReader{seen: seen{next: -1}}
		case strings.HasPrefix(line, "</packet>"):
			for i := range p.headers {
				p.headers[i].opening()
			}
			out = append(out, p.seen)
		case strings.HasPrefix(line, "<proto name="):
			p.layer(attribute(line, "name"))
		case strings.HasPrefix(line, "<field name="):
			p.field(attribute(line, "name"), attribute(line, "show"), attribute(line, "pos"))
		}
	}
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

func (p *pdmlReader) field(name, show, pos string) {
	n, _ := strconv.Atoi(show) // what is no number is not used as one
	at, _ := strconv.Atoi(pos)
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
		p.headers = append(p.headers, seenHeader{proto: p.proto, src: n, srcAt: at, srcAddr: p.src, dstAddr: p.dst, quoted: p.quoting, dstAt: -1, chunk: -1})
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

// opening tells from the fields whether the header opens a conversation, or answers one that did.
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

func attribute(line, name string) string {
	_, rest, ok := strings.Cut(line, " "+name+`="`)
	if !ok {
		return ""
	}
	v, _, _ := strings.Cut(rest, `"`)
	return v
}

// pcapng writes the frames as one section with an interface for each link type.
func pcapng(frames []frame) []byte {
	le := binary.LittleEndian
	out := block(nil, 0x0a0d0d0a, le.AppendUint64(le.AppendUint32(le.AppendUint32(nil, 0x1a2b3c4d), 1), ^uint64(0)))
	var links []uint32
	for _, f := range frames {
		id := slices.Index(links, uint32(f.link))
		if id < 0 {
			id = len(links)
			links = append(links, uint32(f.link))
			out = block(out, 1, le.AppendUint32(le.AppendUint32(nil, uint32(f.link)), 0))
		}
		b := le.AppendUint64(le.AppendUint32(nil, uint32(id)), 0)
		out = block(out, 6, append(le.AppendUint32(le.AppendUint32(b, uint32(len(f.data))), uint32(f.wire)), f.data...))
	}
	return out
}

func block(out []byte, kind uint32, body []byte) []byte {
	le := binary.LittleEndian
	body = append(body, make([]byte, -len(body)&3)...)
	n := uint32(12 + len(body))
	return le.AppendUint32(append(le.AppendUint32(le.AppendUint32(out, kind), n), body...), n)
}
