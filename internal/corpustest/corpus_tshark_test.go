package corpustest_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tsharkRow is tshark's output for one packet.
type tsharkRow struct {
	text       string   // frame.protocols, unchanged
	protocols  []string // its words, outermost first
	transports []transport
	at         []int // index in protocols of each transport
	lengths    string
	malformed  bool // tshark stopped at or below the transport
}

// tsharkRows reads a capture's table. tshark numbers blocks without a packet as frames; they have
// no encapsulation type and are omitted. So row i is packet i+1.
func tsharkRows(t *testing.T, path string) (rows []tsharkRow) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	column := make(map[string]int)
	header := strings.Split(lines[0], "\t")
	for i, name := range header {
		column[name] = i
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(header) {
			continue
		}
		cell := func(name string) string { return cells[column[name]] }
		if cell("frame.encap_type") != "" {
			rows = append(rows, newTsharkRow(cell))
		}
	}
	return rows
}

func newTsharkRow(cell func(name string) string) tsharkRow {
	r := tsharkRow{text: cell("frame.protocols"), lengths: cell("frame.len") + "/" +
		cell("frame.cap_len")}
	if r.text != "" {
		r.protocols = strings.Split(r.text, ":")
	}
	r.malformed = isMalformed(cell("_ws.malformed"), r.protocols)
	next := make(map[string]int) // number of ports of each protocol used so far
	for i, name := range r.protocols {
		key := name
		if name == "udplite" {
			key = "udp"
		}
		if !slices.Contains(transportNames, name) {
			continue
		}
		src, ok := nthPort(cell(key+".srcport"), next[key])
		dst, ok2 := nthPort(cell(key+".dstport"), next[key])
		next[key]++
		if ok && ok2 {
			r.transports = append(r.transports, transport{name, src, dst})
			r.at = append(r.at, i)
		}
	}
	return r
}

var transportNames = []string{"tcp", "udp", "sctp", "dccp", "udplite"}

func nthPort(list string, n int) (uint16, bool) {
	ports := strings.Split(list, ",")
	if n >= len(ports) {
		return 0, false
	}
	v, err := strconv.ParseUint(ports[n], 10, 16)
	return uint16(v), err == nil
}

// gaveUp finds the protocol in which tshark stopped.
var gaveUp = regexp.MustCompile(
	`(?:Malformed Packet|Dissector bug, protocol|Exception occurred)[: ]+([^\]:,]+)`)

// lowNames matches the start of names of protocols up to the transport, as in tshark's messages
// when it stops.
var lowNames = regexp.MustCompile(
	`(?i)^(IP|TCP|UDP|SCTP|DCCP|Ethernet|VLAN|802\.1|MPLS|PPP|GRE|ERSPAN|VXLAN|Geneve|GTP|LLC|` +
		`IEEE 802\.1|Radiotap|ICMP|ESP|AH|` +
		`Authentication|Teredo|L2TP|PPI|NSH|MACsec|CFP|Cisco|Mobile|Linux|Null|Raw|Frame Relay|` +
		`FR|HDLC|CHDLC|NFLOG|Fragment)`)

var lowProtocols = []string{"ip", "ipv6", "tcp", "udp", "sctp", "dccp", "udplite", "eth",
	"ethertype", "vlan", "mpls", "ppp", "pppoes", "gre", "vxlan", "geneve", "gtp", "llc",
	"ipv6.hopopts", "ipv6.routing", "ipv6.dstopts", "ipv6.fraghdr", "sll", "null", "raw", "icmp",
	"icmpv6"}

// isMalformed reports whether tshark stopped at or below the transport. If its message does not
// contain the protocol, the last protocol that it reached counts.
func isMalformed(text string, protocols []string) bool {
	if text == "" {
		return false
	}
	names := gaveUp.FindAllStringSubmatch(text, -1)
	for _, n := range names {
		if lowNames.MatchString(strings.TrimSpace(n[1])) {
			return true
		}
	}
	return len(names) == 0 && len(protocols) > 0 &&
		slices.Contains(lowProtocols, protocols[len(protocols)-1])
}

// applications are carriers of packets, and guesses by tshark, whose contents need not be decoded
// to find ports.
var applications = strings.Fields(`
lisp lisp-data ayiya wccp cfp openflow openflow_v1 openflow_v4 openflow_v5 openflow_v6 sflow lwapp
capwap capwap.data tzsp aruba_erm gsmtap http http2 socks ip.over.http rtp rtcp mp2t dvb_s2_bb
dvb_s2_gse dtls tls ssl ssh stun turnchannel turnchanneldata diameter rrc nas-5gs nas-eps s1ap
ngap pfcp gtpv2 bat batadv batadv.icmp homeplug-av sysdig pktap zigbee zep wpan 6lowpan btle
docsis cflow netflow ipfix snmp quic websocket pktgen cigi wireguard esp udpencap ipcomp bfd
radius iax2 elasticsearch bittorrent data ieee1722 lltd xmcp roofnet hislip gvcp rsip peap usb
usbmon mausb usbip cip enip exported_pdu exported_pdu_tlv hazelcast skinny smb smb2 ldap kafka
mongo mysql pgsql`)

// fair reports whether the transports are tshark's, up to a header from which they are optional.
// That is a header that an ICMP error quotes, or one inside an application, or one in a carrier for
// which tshark has no name.
func (r tsharkRow) fair(got []transport) bool {
	if len(got) > len(r.transports) || !slices.Equal(got, r.transports[:len(got)]) {
		return false
	}
	if len(got) == len(r.transports) {
		return true
	}
	from := 0
	if len(got) > 0 {
		from = r.at[len(got)-1] + 1
	}
	between := r.protocols[from:r.at[len(got)]]
	if len(got) > 0 && len(between) > 0 && slices.Contains([]string{"ip", "ipv6", "eth"},
		between[0]) {
		return true
	}
	return slices.ContainsFunc(between, func(name string) bool {
		return name == "icmp" || name == "icmpv6" || slices.Contains(applications, name)
	})
}
