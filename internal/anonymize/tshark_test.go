package anonymize_test

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/anonymize"
	"github.com/portsniff/portsniff/internal/corpustest"
)

func TestSamplesAgainstTshark(t *testing.T) {
	compare(t, corpustest.SampleFrames(t, "../../pcaps"), 900, 0)
}

func TestCorpusAgainstTshark(t *testing.T) {
	compare(t, corpustest.CorpusFrames(t), 30_000, 10)
}

// fields lists tshark's fields in this order: checksum status (1 is good, 0 is bad), payloads, host
// and hardware addresses, ports.
var fields = []string{"ip.checksum.status", "tcp.checksum.status", "udp.checksum.status",
	"icmp.checksum.status", "icmpv6.checksum.status", "sctp.checksum.status",
	"tcp.payload", "udp.payload",
	"ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
	"eth.src", "eth.dst", "arp.src.hw_mac", "arp.dst.hw_mac", "wlan.sa", "wlan.da", "wlan.bssid",
	"tcp.port", "udp.port", "sctp.port"}

const (
	sums     = 0
	payloads = 6
	addrs    = 8
	macs     = 14
	ports    = 21
)

var options = []string{"-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o",
	"udp.check_checksum:TRUE", "-o", "sctp.checksum:CRC32c"}

// compare compares frames in tshark before and after. At least least frames must be comparable, and
// at most most frames may lose headers.
func compare(t *testing.T, frames []corpustest.Frame, minimum, maximum int) {
	a := anonymize.New(sampleKey)
	made := slices.Clone(frames)
	for i := range made {
		f := &made[i]
		f.Data = bytes.Clone(a.Frame(f.Link, f.Data, f.Wire, false))
		if len(f.Data) != len(frames[i].Data) {
			t.Fatalf("%s frame %d: %d bytes of %d", f.File, f.N, len(f.Data), len(frames[i].Data))
		}
	}
	before := corpustest.Fields(t, frames, fields, options...)
	after := corpustest.Fields(t, made, fields, options...)
	compared, good, lost := 0, 0, 0
	for i := range frames {
		if !sameLayers(&frames[i], &made[i]) {
			lost++
			continue
		}
		if len(before[i][ports]) > 0 || len(before[i][addrs]) > 0 {
			compared++
		}
		for j := range fields {
			x, y := before[i][j], after[i][j]
			if j < payloads && x == "1" {
				good++
			}
			if problem := differ(a, &frames[i], j, x, y); problem != "" {
				t.Errorf("%s frame %d: %s: %q became %q: %s", frames[i].File, frames[i].N,
					fields[j], x, y, problem)
			}
		}
	}
	if compared+lost < minimum || good < minimum/2 || lost > maximum {
		t.Errorf("%d frames compared, %d good checksums, %d lost headers", compared, good, lost)
	}
}

// differ returns what is wrong with the new values of a field, "" for nothing.
func differ(a *anonymize.Anonymizer, f *corpustest.Frame, field int, before, after string) string {
	switch {
	case field < payloads:
		if before == "1" && after != "1" && after != "" && checkable(f) {
			return "the checksum was good"
		}
	case field < addrs:
		if strings.Trim(after, "0,") != "" && endsWithPorts(f) {
			return "payload is left"
		}
	case field < ports:
		// Fields inside the payload are gone. Fields beyond the known headers are zero.
		if strings.Trim(after, "0:.,") == "" && (before == "" || stops(f)) {
			return ""
		}
		if want := replaced(a, before); !strings.HasPrefix(want, after) {
			return "want " + want
		}
	}
	return ""
}

// replaced returns a list with each address replaced.
func replaced(a *anonymize.Anonymizer, list string) string {
	var want []string
	for s := range strings.SplitSeq(list, ",") {
		if addr, err := netip.ParseAddr(s); err == nil {
			want = append(want, a.Addr(addr).String())
		} else if mac, err := net.ParseMAC(s); err == nil && len(mac) == 6 {
			mac := a.MAC([6]byte(mac))
			want = append(want, net.HardwareAddr(mac[:]).String())
		}
	}
	return strings.Join(want, ",")
}

// checkable reports whether all checksums of a frame can be checked and are right.
func checkable(f *corpustest.Frame) bool {
	var p decode.Packet
	p.Decode(f.Link, f.Data, f.Wire)
	for i := range p.Layers {
		if c := p.Checksum(i); c == decode.Unknowable || c == decode.Bad {
			return false
		}
	}
	return p.Stop.Err == nil
}

// stops reports whether a header of a frame is truncated or malformed.
func stops(f *corpustest.Frame) bool {
	var p decode.Packet
	p.Decode(f.Link, f.Data, f.Wire)
	return p.Stop.Err != nil
}

// endsWithPorts reports whether the only TCP or UDP header of a frame is its last header.
func endsWithPorts(f *corpustest.Frame) bool {
	var p decode.Packet
	p.Decode(f.Link, f.Data, f.Wire)
	at := slices.IndexFunc(p.Layers, func(l decode.Layer) bool {
		return l.ID == decode.IDTCP || l.ID == decode.IDUDP
	})
	return at == len(p.Layers)-1
}

// sameLayers reports whether both frames have the same headers.
func sameLayers(x, y *corpustest.Frame) bool {
	var p, q decode.Packet
	p.Decode(x.Link, x.Data, x.Wire)
	q.Decode(y.Link, y.Data, y.Wire)
	same := func(l, m decode.Layer) bool { return l.ID == m.ID && l.At == m.At && l.Len == m.Len }
	return slices.EqualFunc(p.Layers, q.Layers, same) && len(p.Ports) == len(q.Ports)
}
