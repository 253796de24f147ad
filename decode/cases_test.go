package decode_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

// reportedCases are frames from public bug reports, with the correct results. The results are those
// of tshark or tcpdump, or follow from how the input was made.
var reportedCases = []struct {
	file   string
	frame  int64
	ports  string // the frame's own ports, "" for none
	quoted string // ports of a packet that an ICMP error quotes
	reason decode.Reason
	stop   error
}{
	{file: "sll_kinds.pcap", frame: 4, ports: "tcp 40000 > 443"},
	{file: "sll_kinds.pcap", frame: 8, ports: "tcp 40000 > 443"},
	{file: "sll-ipgre-ipv6-udp.pcap", frame: 1, ports: "udp 6697 > 6697"},
	{file: "sll-ipgre-ipv6-udp.pcap", frame: 2, ports: "udp 6697 > 6697"},
	{file: "wlan.pcap", frame: 20, ports: "tcp 40000 > 443"},
	{file: "wlan-mesh-control.pcap", frame: 2, ports: "udp 9 > 49153"},
	{file: "nflog-bridge-family.pcapng", frame: 1, reason: decode.NoTransport},
	{file: "nflog-bridge-family.pcapng", frame: 2, ports: "tcp 33610 > 80"},
	{file: "nflog-bridge-family.pcapng", frame: 3, quoted: "tcp 33610 > 80",
		reason: decode.NoTransport},
	{file: "gre-cisco-metadata.pcap", frame: 1, reason: decode.NoTransport},
	{file: "gre-cisco-metadata.pcap", frame: 2, reason: decode.NoTransport},
	{file: "arista-timestamp-tag.pcap", frame: 1, reason: decode.NoTransport},
	{file: "arista-timestamp-tag.pcap", frame: 2, reason: decode.NoTransport},
	{file: "gap-eoip.pcap", frame: 1, ports: "udp 53800 > 443"},
	{file: "gap-netlink-nfqueue.pcap", frame: 1, ports: "udp 54823 > 53"},
	{file: "gap-netlink-nfqueue.pcap", frame: 2, ports: "tcp 42380 > 80"},
	{file: "checksums.pcap", frame: 15, ports: "udp 40000 > 53"},
	{file: "checksums.pcap", frame: 17, ports: "udp 40000 > 53", stop: decode.ErrLength},
	{file: "checksums.pcap", frame: 18, ports: "udp 40000 > 53", stop: decode.ErrLength},
	{file: "checksums.pcap", frame: 20, ports: "udp 40000 > 53", stop: decode.ErrLength},
	{file: "checksums.pcap", frame: 35, ports: "tcp 40000 > 80"},
	{file: "checksums.pcap", frame: 36, ports: "tcp 40000 > 80"},
}

func TestReportedFrames(t *testing.T) {
	root := corpustest.Cases(t)
	for _, c := range reportedCases {
		frames := corpustest.ReadFrames(t, root, []string{filepath.Join(root, c.file)})
		f := frames[c.frame-1]
		var p decode.Packet
		p.Decode(f.Link, f.Data, f.Wire)
		var own, quoted string
		for _, q := range p.Ports {
			text := fmt.Sprintf("%s %d > %d", q.Proto, q.Src, q.Dst)
			if q.Quoted {
				quoted = text
			} else {
				own = text
			}
		}
		if own != c.ports || quoted != c.quoted || p.NoPorts != c.reason || p.Stop.Err != c.stop {
			t.Errorf("%s frame %d: ports %q, quoted %q, reason %q, stop %v; want %q, %q, %q, %v",
				c.file, c.frame,
				own, quoted, p.NoPorts, p.Stop.Err, c.ports, c.quoted, c.reason, c.stop)
		}
	}
}
