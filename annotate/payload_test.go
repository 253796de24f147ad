package annotate

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// payloadCases are first payloads according to the specifications, most of them from their examples
// or from well-known programs.
var payloadCases = []struct {
	proto   decode.Transport
	payload string
	want    string
}{
	{decode.ProtoTCP, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "tls"},
	{decode.ProtoTCP, "\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03", "tls"},
	{decode.ProtoTCP, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x05\x03", ""}, // unknown inner version
	// application data is not a beginning
	{decode.ProtoTCP, "\x17\x03\x03\x00\x20\x01\x00\x01\xfc\x03\x03", ""},
	// TLS does not run over UDP
	{decode.ProtoUDP, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", ""},
	{decode.ProtoTCP, "SSH-2.0-OpenSSH_9.6\r\n", "ssh"},
	{decode.ProtoTCP, "SSH-", ""},
	{decode.ProtoTCP, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", "http"},
	{decode.ProtoTCP, "HTTP/1.1 200 OK\r\n", "http"},
	{decode.ProtoTCP, "CONNECT example.com:443 HTTP/1.1\r\n", "http"},
	{decode.ProtoTCP, "GET /a/very/long/path/that/was/cut", "http"},
	{decode.ProtoTCP, "GET foo\r\n", ""}, // memcached, for example
	{decode.ProtoTCP, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2"},
	// RFC 9001 A.2, before header protection
	{decode.ProtoUDP, "\xc3\x00\x00\x00\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08", "quic"},
	// RFC 9369 A.2
	{decode.ProtoUDP, "\xd3\x6b\x33\x43\xcf\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08", "quic"},
	// a Handshake packet
	{decode.ProtoUDP, "\xe3\x00\x00\x00\x01\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08", ""},
	// a connection ID of 21 bytes
	{decode.ProtoUDP, "\xc3\x00\x00\x00\x01\x15\x83\x94\xc8\xf0\x3e\x51\x57\x08", ""},
	{decode.ProtoUDP,
		"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01",
		"dns"},
	// this class does not exist
	{decode.ProtoUDP,
		"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x07",
		""},
	// cut in its question
	{decode.ProtoUDP, "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example", ""},
	// an mDNS answer without a question
	{decode.ProtoUDP,
		"\x00\x00\x84\x00\x00\x00\x00\x01\x00\x00\x00\x00\x05local\x00\x00\x0c\x00\x01", ""},
	{decode.ProtoTCP,
		"\x00\x1d\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" +
			"\x07example\x03com\x00\x00\x01\x00\x01", "dns"},
	// the query for FRED of RFC 1001 section 14.1, padded with blanks; and its answer
	{decode.ProtoUDP, "\x80\x01\x01\x10\x00\x01" + zeros + " " + fred + "\x00\x00\x20\x00\x01",
		"nbns"},
	{decode.ProtoUDP, "\x80\x01\x85\x00\x00\x00\x00\x01\x00\x00\x00\x00 " + fred +
		"\x00\x00\x20\x00\x01",
		"nbns"},
	{decode.ProtoUDP, "\x80\x01\x01\x10\x00\x01" + zeros + " q" + fred[1:] + "\x00\x00\x20\x00\x01",
		""},
	{decode.ProtoUDP, "\x01\x01\x06\x00" + strings.Repeat("\x00", 232) +
		"\x63\x82\x53\x63\x35\x01\x01", "dhcp"},
	{decode.ProtoUDP, "\x01\x01\x06\x00" + strings.Repeat("\x00", 232) +
		"\x63\x82\x53\x62\x35\x01\x01", ""},
	{decode.ProtoTCP, strings.Repeat("\xff", 16) + "\x00\x1d\x01\x04", "bgp"},
	{decode.ProtoTCP, strings.Repeat("\xff", 15) + "\x00\x00\x1d\x01\x04", ""},
	// RFC 5321 D.1: could also be FTP
	{decode.ProtoTCP, "220 foo.com Simple Mail Transfer Service Ready\r\n", ""},
	{decode.ProtoTCP, "220 mail.example.com ESMTP Postfix\r\n", "smtp"},
	{decode.ProtoTCP, "EHLO bar.com\r\n", "smtp"},
	{decode.ProtoTCP, "220 (vsFTPd 3.0.3)\r\n", "ftp"},
	// the word is in the second line
	{decode.ProtoTCP, "220 ready\r\nESMTP\r\n", ""},
	// RFC 1939 section 7
	{decode.ProtoTCP, "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n", "pop3"},
	{decode.ProtoTCP, "+OK Dovecot ready.\r\n", "pop3"},
	{decode.ProtoTCP, "+OK <1896.697170952@dbc.mtview.ca.us>\r\n", "pop3"},
	{decode.ProtoTCP, "+OK ready\r\n", ""}, // many protocols could send this
	{decode.ProtoTCP, "220 mail.example.com ESMTP-FTP gateway ready\r\n", ""},
	{decode.ProtoTCP, "+OK\r\n", ""}, // Redis sends this too
	{decode.ProtoTCP, "* OK [CAPABILITY IMAP4rev2 STARTTLS] ready\r\n", "imap"},
	{decode.ProtoTCP,
		"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00", "rdp"},
	{decode.ProtoTCP,
		"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00",
		"rdp"},
	{decode.ProtoTCP, "\x03\x00\x00\x21\x1c\xe0\x00\x00\x00\x00\x00Cookie: mstshash=ann\r\n",
		"rdp"},
	// Siemens S7 requests TSAPs 0x0100 and 0x0102
	{decode.ProtoTCP,
		"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a",
		"cotp"},
	{decode.ProtoTCP, "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x01\x00", "cotp"},
	{decode.ProtoTCP, "\x03\x00\x00\x0b\x07\xe0\x00\x00\x00\x00\x01\x00", ""}, // the lengths differ
	{decode.ProtoTCP, "\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03abc", "mqtt"},
	{decode.ProtoTCP, "\x10\x80\x01\x00\x04MQTT\x04\x02", "mqtt"},
	{decode.ProtoTCP, "\x00\x00\x00\x2f\xffSMB\x72", "smb"},
	{decode.ProtoTCP, "\x00\x00\x00\xb2\xfeSMB\x40\x00", "smb"},
	{decode.ProtoUDP, "INVITE sip:bob@biloxi.com SIP/2.0\r\n", "sip"},
	{decode.ProtoTCP, "OPTIONS rtsp://example.com/media RTSP/1.0\r\nCSeq: 1\r\n", "rtsp"},
	{decode.ProtoUDP, "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n", "ssdp"},
	// RFC 5769 2.1
	{decode.ProtoUDP,
		"\x00\x01\x00\x58\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae", "stun"},
	{decode.ProtoTCP, "AMQP\x00\x00\x09\x01", "amqp"},
	{decode.ProtoTCP, "RFB 003.008\n", "rfb"},
	{decode.ProtoTCP, "\x00\x00\x00\x08\x04\xd2\x16\x2f", "postgresql"},
	{decode.ProtoTCP, "\x00\x00\x00\x20\x00\x03\x00\x00user\x00joe\x00", "postgresql"},
	{decode.ProtoTCP, "\x13BitTorrent protocol\x00\x00", "bittorrent"},
	{decode.ProtoTCP, "\xff\xfd\x18\xff\xfd\x20", "telnet"},
	// MS-RDPBCGR 2.2.1.1 and 2.2.1.2: a request (type 1) is in COTP's connection request (0xe0), a
	// response (2) in its confirm (0xd0). The reverse is invalid.
	{decode.ProtoTCP,
		"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00\x02\x00\x08\x00\x0b\x00\x00\x00", "cotp"},
	{decode.ProtoTCP,
		"\x03\x00\x00\x13\x0e\xd0\x00\x00\x00\x00\x00\x01\x00\x08\x00\x0b\x00\x00\x00", "cotp"},
	// RFC 5905 section 7.3: mode 1, symmetric active; mode 5, broadcast; 0 and 6 are not for time
	{decode.ProtoUDP, "\x21\x02\x06\xec" + strings.Repeat("\x00", 44), "ntp"},
	{decode.ProtoUDP, "\x25\x02\x06\xec" + strings.Repeat("\x00", 44), "ntp"},
	{decode.ProtoUDP, "\x20\x02\x06\xec" + strings.Repeat("\x00", 44), ""},
	{decode.ProtoUDP, "\x26\x02\x06\xec" + strings.Repeat("\x00", 44), ""},
	{decode.ProtoUDP, "\x23\x00\x06\xec" + strings.Repeat("\x00", 44), "ntp"},
	{decode.ProtoUDP, "\x23\x00\x06\xec" + strings.Repeat("\x00", 43), ""},
	{decode.ProtoTCP, "", ""},
	{decode.ProtoUDP, "\x00", ""},
}

// fred is a name from RFC 1001 section 14.1.
const fred = "EGFCEFEECACACACACACACACACACACACA"

const zeros = "\x00\x00\x00\x00\x00\x00"

func TestRecognise(t *testing.T) {
	for _, c := range payloadCases {
		if got := Recognize(c.proto, []byte(c.payload)); got.String() != c.want {
			t.Errorf("%s %q: %q, want %q", c.proto, c.payload, got, c.want)
		} else if got != NoPayload && (got.Says() == "" || got.Ref() == "") {
			t.Errorf("%s has no text", got)
		}
	}
}

// TestPayloadNamed checks that a payload is found by its name for its own transport protocol.
func TestPayloadNamed(t *testing.T) {
	for _, c := range payloadCases {
		got := Recognize(c.proto, []byte(c.payload))
		if named := PayloadNamed(c.proto, c.want); named.String() != c.want || c.want != "" &&
			named.Says() != got.Says() {
			t.Errorf("%s over %s: %q, %s", c.want, c.proto, named, named.Says())
		}
	}
	for _, name := range []string{"http", "", "nothing"} {
		if got := PayloadNamed(decode.ProtoDCCP, name); got != NoPayload {
			t.Errorf("%q over DCCP: %s", name, got)
		}
	}
}

// TestEveryRecognitionIsTested checks that every row recognizes a payload of the tests.
func TestEveryRecognitionIsTested(t *testing.T) {
	met := map[Payload]bool{}
	for _, c := range payloadCases {
		met[Recognize(c.proto, []byte(c.payload))] = true
	}
	for i := range recognitions {
		if r := &recognitions[i]; !met[Payload(i+1)] && r.name != "dtls" {
			t.Errorf("%s over %b does not occur", r.name, r.over)
		}
	}
	// RFC 6347 section 4.2.1: record of epoch 0, handshake type 1.
	hello := "\x16\xfe\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x36\x01\x00\x00\x2a"
	if got := Recognize(decode.ProtoUDP, []byte(hello)); got.String() != "dtls" {
		t.Errorf("DTLS: %q", got)
	}
}

// TestFirstBytes checks that each recognized payload begins with one of its row's first bytes.
// Other payloads never reach the row's check.
func TestFirstBytes(t *testing.T) {
	for _, c := range payloadCases {
		for _, r := range recognitions {
			for first := range 1 << 8 {
				b := []byte(c.payload)
				if len(b) == 0 {
					continue
				}
				b[0] = byte(first)
				if r.is(b) && r.first != "" && !strings.Contains(r.first, string(b[:1])) {
					t.Errorf("%s would recognize %q, which does not begin with any of %q", r.name,
						b, r.first)
				}
			}
		}
	}
}

// TestCutPayloads checks payloads that are cut anywhere. They are recognized as the same protocol,
// a less specific one, or none. Recognize never panics or allocates.
func TestCutPayloads(t *testing.T) {
	for _, c := range payloadCases {
		for n := range len(c.payload) {
			if got := Recognize(c.proto, []byte(c.payload)[:n]); got != NoPayload &&
				got.String() != c.want && c.want != "" {
				t.Errorf("%q cut to %d bytes: %s, whole %s", c.payload, n, got, c.want)
			}
		}
		b := []byte(c.payload)
		if n := testing.AllocsPerRun(10, func() { Recognize(c.proto, b) }); n != 0 {
			t.Errorf("%q: %v allocations", c.payload, n)
		}
	}
}

func TestContradicts(t *testing.T) {
	const question = "\x01\x10\x00\x01\x00\x00\x00\x00\x00\x00"
	for _, c := range []struct {
		proto         decode.Transport
		payload       string
		fits, against []uint16
	}{
		// 2222 is assigned to a service with unknown first bytes, 50022 to none.
		{decode.ProtoTCP, "SSH-2.0-x\r\n", []uint16{22, 2222, 50022}, []uint16{443, 80}},
		// The other name of 631 is ipps. PostgreSQL 17 (sslnegotiation=direct) and RDP (MS-RDPBCGR
		// 5.4.2.2) may begin with TLS. 9200 is known for HTTP only, with TLS or without.
		{decode.ProtoTCP, payloadCases[0].payload, []uint16{443, 993, 8443, 631, 5432, 3389, 9200},
			[]uint16{80, 22}},
		// it is only likely to be Telnet
		{decode.ProtoTCP, "\xff\xfd\x18\xff\xfd\x20", []uint16{23, 80}, nil},
		// RTSP in a tunnel, Docker's REST API, Elasticsearch on wap-wsp's port, WBEM WS-Management
		// HTTP, Kibana on esmagent's port, Grafana on hbci's; 4444 is assigned to krb524 and
		// nv-video, 50080 to none.
		{decode.ProtoTCP, "GET / HTTP/1.1\r\n\r\n",
			[]uint16{80, 8080, 631, 554, 2375, 9200, 5985, 50080, 5601, 3000, 8888},
			[]uint16{443, 22, 4444}},
		{decode.ProtoTCP, "\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x01", []uint16{102, 1720, 3389},
			[]uint16{443}},
		{decode.ProtoUDP, "\x00\x01\x00\x00\x21\x12\xa4\x42TTTTTTTTTTTT", []uint16{3478, 5060},
			[]uint16{53}},
		{decode.ProtoUDP, "\x80\x01" + question + " " + fred + "\x00\x00\x20\x00\x01",
			[]uint16{137},
			[]uint16{53}},
		{decode.ProtoUDP, "\x12\x34" + question + "\x01a\x00\x00\x01\x00\x01", []uint16{53},
			[]uint16{137}},
		{decode.ProtoTCP, "nothing known", []uint16{443}, nil},
	} {
		p := Recognize(c.proto, []byte(c.payload))
		for _, port := range c.fits {
			if p.Contradicts(c.proto, port) {
				t.Errorf("%q: %s contradicts %d", c.payload, p, port)
			}
		}
		for _, port := range c.against {
			if !p.Contradicts(c.proto, port) {
				t.Errorf("%q: %s does not contradict %d", c.payload, p, port)
			}
		}
	}
}

// TestPayloadServicesExist checks that the registry contains the services in the table. A wrong
// name would make a correct payload a contradiction.
func TestPayloadServicesExist(t *testing.T) {
	for _, r := range recognitions {
		for _, name := range strings.Fields(r.ports + " " + webServices) {
			if _, ok := PortByName(name, decode.ProtoTCP); ok {
				continue
			}
			if _, ok := PortByName(name, decode.ProtoUDP); !ok {
				t.Errorf("%s: the registry has no service %q", r.name, name)
			}
		}
	}
}

func BenchmarkRecognise(b *testing.B) {
	payload := []byte("no known payload, which needs the longest search")
	b.ReportAllocs()
	for b.Loop() {
		Recognize(decode.ProtoTCP, payload)
	}
}
