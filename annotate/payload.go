package annotate

import (
	"math/bits"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// A Payload is the likely protocol of the first bytes that one end of a flow sent. Only the bytes
// and the protocol's specification determine it, never a port.
type Payload uint8

// NoPayload is an unknown payload.
const NoPayload Payload = 0

// A recognition is one row of the table of payloads.
type recognition struct {
	name string // a short word: "tls"
	// the possible first bytes, empty for all; this rules out most rows for most payloads
	first string
	says  string // description of the bytes, with their own words if possible: "SSH-2.0"
	ref   string // the specification
	over  protoSet
	is    func(b []byte) bool
	sure  bool   // no other protocol begins like this; otherwise it is only likely
	ports string // IANA's names of the services that begin like this, separated by blanks
}

const (
	overTCP  = protoSet(1 << decode.ProtoTCP)
	overUDP  = protoSet(1 << decode.ProtoUDP)
	overBoth = overTCP | overUDP
)

// recognitions lists the payloads, from Payload 1 on. If two match, the first wins: certain ones
// come first.
var recognitions = [...]recognition{
	{"tls", "\x16", "a TLS ClientHello or ServerHello", "RFC 8446 5.1", overTCP, isTLS, true,
		tlsPorts},
	{"ssh", "S", "SSH-2.0", "RFC 4253 4.2", overTCP, begins("SSH-2.0-", "SSH-1.99-"), true, "ssh"},
	{"http", "CDGHOPT", "HTTP/1", "RFC 9112 2.1", overTCP, isHTTP, true, httpPorts},
	{"http2", "P", "PRI * HTTP/2.0", "RFC 9113 3.4", overTCP,
		begins("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), true, httpPorts},
	{"quic", firsts(isLong), "a QUIC Initial packet", "RFC 9000 17.2.2", overUDP, isQUIC, true,
		"https domain-s http"},
	{"dtls", "\x16", "a DTLS ClientHello", "RFC 9147 4", overUDP, isDTLS, true,
		"domain-s coaps stuns turns sips ms-wbt-server"},
	{"nbns", "", "a NetBIOS name", "RFC 1002 4.2", overUDP, isNetBIOSName, true, "netbios-ns"},
	{"dns", "", "a DNS message", "RFC 1035 4", overUDP, isDNS, true, "domain mdns llmnr"},
	{"dns", "", "a DNS message", "RFC 1035 4.2.2", overTCP, isDNSOverTCP, true, "domain mdns"},
	{"dhcp", "\x01\x02", "a DHCP message", "RFC 2131 3", overUDP, isDHCP, true, "bootps bootpc"},
	{"bgp", "\xff", "a BGP message", "RFC 4271 4.1", overTCP, isBGP, true, "bgp"},
	{"smtp", "2EH", "an SMTP greeting", "RFC 5321 4.2", overTCP, isSMTP, true, "smtp submission"},
	{"ftp", "2", "an FTP greeting", "RFC 959 5.4", overTCP, isFTP, true, "ftp"},
	{"pop3", "+", "a POP3 greeting", "RFC 1939 4", overTCP, isPOP3, true, "pop3"},
	{"imap", "*", "an IMAP greeting", "RFC 9051 7.1", overTCP,
		begins("* OK [CAPABILITY IMAP4", "* OK IMAP4", "* PREAUTH "), true, "imap imap3"},
	{"rdp", "\x03", "an RDP connection request", "MS-RDPBCGR 2.2.1.1", overTCP, isRDP, true,
		"ms-wbt-server"},
	{"cotp", "\x03", "a COTP connection request", "RFC 2126 4.3", overTCP, isCOTP, true,
		"iso-tsap ms-wbt-server h323hostcall"},
	{"mqtt", "\x10", "an MQTT CONNECT", "MQTT 5.0 3.1", overTCP, isMQTT, true, "mqtt"},
	{"smb", "\x00", "an SMB message", "MS-SMB2 2.2.1", overTCP, isSMB, true,
		"microsoft-ds netbios-ssn"},
	{"sip", "ABCIMNORS", "SIP/2.0", "RFC 3261 7", overBoth, isSIP, true, "sip"},
	{"rtsp", "DOR", "RTSP/1.0", "RFC 7826 7", overTCP, isRTSP, true, "rtsp rtsp-alt"},
	{"ssdp", "MN", "SSDP over HTTPU", "UPnP Device Architecture 1.3", overUDP,
		begins("M-SEARCH * HTTP/1.1\r\n", "NOTIFY * HTTP/1.1\r\n"), true, "ssdp"},
	{"stun", firsts(zeroBits), "a STUN message", "RFC 8489 5", overBoth, isSTUN, true,
		"stun turn stuns turns sip sips"}, // RFC 5626 keeps SIP's flows alive this way
	{"amqp", "A", "AMQP", "AMQP 1.0 2.2", overTCP,
		begins("AMQP\x00", "AMQP\x01", "AMQP\x02", "AMQP\x03"), true, "amqp"},
	{"rfb", "R", "RFB (VNC)", "RFC 6143 7.1.1", overTCP, begins("RFB 003.", "RFB 004."), true,
		"rfb"},
	{"postgresql", "\x00", "a PostgreSQL startup message", "PostgreSQL 55.7", overTCP, isPostgreSQL,
		true, "postgresql"},
	{"bittorrent", "\x13", "BitTorrent protocol", "BEP 3", overTCP,
		begins("\x13BitTorrent protocol"), true, ""},
	{"telnet", "\xff", "a Telnet negotiation", "RFC 854", overTCP, isTelnet, false, "telnet"},
	{"ntp", firsts(ntpMode), "an NTP packet", "RFC 5905 7.3", overUDP, isNTP, false, "ntp"},
}

// tlsPorts are services that begin with TLS.
const tlsPorts = "" +
	"https imaps pop3s submissions urd ldaps nntps ftps ftps-data telnets ircs-u sips " +
	"secure-mqtt amqps domain-s ipps stuns turns pcsync-https xmpp-client xmpp-server " +
	"postgresql ms-wbt-server" // PostgreSQL 17 with sslnegotiation=direct; RDP without negotiation

// httpPorts are services that begin with HTTP; RTSP does so in a tunnel.
const httpPorts = "http http-alt ipp rtsp rtsp-alt"

// Recognize returns the protocol of the first bytes that one end of a flow sent, NoPayload if it is
// unknown or nothing was captured. It does not allocate.
func Recognize(proto decode.Transport, payload []byte) Payload {
	if len(payload) == 0 {
		return NoPayload
	}
	for rows := payloadRows[int(proto)%len(payloadRows)][payload[0]]; rows != 0; rows &= rows - 1 {
		if i := bits.TrailingZeros32(rows); payloadChecks[i](payload) {
			return Payload(i + 1)
		}
	}
	return NoPayload
}

// payloadChecks are the checks of the rows. They are stored together for the cache, because rows
// are large.
var payloadChecks = func() (checks [32]func([]byte) bool) {
	for i, r := range recognitions {
		checks[i] = r.is
	}
	return checks
}()

// payloadRows has a bit for each row that can match a payload of the protocol with this first byte.
var payloadRows = func() (table [decode.ProtoDCCP + 1][256]uint32) {
	for i, r := range recognitions {
		for proto := range table {
			for first := range table[proto] {
				if r.over.has(decode.Transport(proto)) &&
					(r.first == "" || strings.IndexByte(r.first, byte(first)) >= 0) {
					table[proto][first] |= 1 << i
				}
			}
		}
	}
	return table
}()

// A uint32 has a bit for each row, and one for NoPayload.
const _ = uint(31 - len(recognitions))

func (p Payload) row() *recognition {
	if p == NoPayload || int(p) > len(recognitions) {
		return &recognition{}
	}
	return &recognitions[p-1]
}

// String returns a short word, "" for NoPayload.
func (p Payload) String() string { return p.row().name }

// Says returns a description of the bytes.
func (p Payload) Says() string { return p.row().says }

// Ref returns the specification that defines these first bytes.
func (p Payload) Ref() string { return p.row().ref }

// Sure reports whether only this protocol begins with these bytes; otherwise they prove nothing.
func (p Payload) Sure() bool { return p.row().sure }

// Payloads is a set of payloads, one bit for each.
type Payloads uint32

// Has reports whether a payload is in the set; With returns the set with the payload added.
func (s Payloads) Has(p Payload) bool      { return s>>p&1 != 0 }
func (s Payloads) With(p Payload) Payloads { return s | 1<<p }

// Contradicting returns the payloads that contradict the assignment of a port. These are certain
// payloads of protocols that the port is not assigned to. The first bytes of at least one assigned
// service must be known to be different. HTTP also contradicts services whose first bytes are
// unknown, unless the service or a common use of the port is for the web.
func Contradicting(proto decode.Transport, port uint16) (set Payloads) {
	names, docs := assigned(proto, port)
	if len(names) == 0 {
		return 0
	}
	known := slices.ContainsFunc(names, func(name string) bool { return begunBy(proto, name) })
	web := isWeb(names, docs) || isWebUse(proto, port)
	for i := range recognitions {
		r := &recognitions[i]
		isHTTP := r.ports == httpPorts
		if r.sure && (known || isHTTP && !web) && !slices.ContainsFunc(names, r.serves) {
			set = set.With(Payload(i + 1))
		}
	}
	return set
}

// assigned returns IANA's names and descriptions of a port.
func assigned(proto decode.Transport, port uint16) (names, docs []string) {
	r := load()
	for _, x := range r.at(port) {
		if !x.protos.has(plain(proto)) {
			continue
		}
		s := r.service(x, plain(proto), port)
		names = append(append(names, s.Name), strings.Fields(s.Also)...)
		docs = append(docs, s.Description)
	}
	return names, docs
}

// webServices use HTTP although neither their names nor their descriptions mention it. The first
// two are the unregistered ports of Elasticsearch and Squid.
const webServices = "wap-wsp ndl-aas couchdb daap dpap cwmp icslap etcd-client etcd-server neo4j " +
	"ollama"

// webWords are parts of names and descriptions of services that use HTTP.
var webWords = [...]string{"http", "www", "web", "soap", "rest api", "grpc", "upnp"}

// isWeb reports whether a port is assigned to a service that uses HTTP.
func isWeb(names, docs []string) bool {
	if slices.ContainsFunc(names, func(name string) bool { return isListed(webServices, name) }) {
		return true
	}
	text := strings.ToLower(strings.Join(slices.Concat(names, docs), " "))
	for _, w := range webWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// Contradicts reports whether a payload contradicts the assignment of a port: see Contradicting.
func (p Payload) Contradicts(proto decode.Transport, port uint16) bool {
	return p != NoPayload && Contradicting(proto, port).Has(p)
}

// serves reports whether a service begins with this payload.
func (r *recognition) serves(service string) bool { return isListed(r.ports, service) }

// isListed reports whether a list contains a word.
func isListed(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if w == word {
			return true
		}
	}
	return false
}

// begunBy reports whether the first bytes of a service are known.
func begunBy(proto decode.Transport, service string) bool {
	for i := range recognitions {
		if r := &recognitions[i]; r.over.has(plain(proto)) && r.serves(service) {
			return true
		}
	}
	return false
}

// PayloadNamed returns the payload whose String is name, NoPayload if there is none.
func PayloadNamed(proto decode.Transport, name string) Payload {
	for i := range recognitions {
		if r := &recognitions[i]; r.name == name && r.over&(1<<proto) != 0 {
			return Payload(i + 1)
		}
	}
	return NoPayload
}
