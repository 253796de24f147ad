package annotate

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// A Kind is the way in which a match was found.
type Kind uint8

// The kinds of matches, most certain first.
const (
	ByNumber Kind = iota // by its port number
	ByName               // by one of IANA's names
	ByAlias              // by an alias, which is a common name, or a word of it
	Near                 // by a similar name, because no service has the name
)

var kindNames = [...]string{"number", "name", "everyday-name", "near"}

// String returns the kind's name in JSON: number, name, everyday-name or near.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return ""
}

// A Match is one answer to a query. A single port without a registration is an answer too: its
// Service has a port, no name, and a protocol only if the query has one.
type Match struct {
	Service
	// the last port of a range with the same service that begins with Port, such as x11; else Port
	High uint16
	Kind Kind
}

// Found is the result of Find.
type Found struct {
	ByNumber  bool    // the query was a port or a range of ports, Low to High
	Low, High uint16  // inclusive
	Matches   []Match // by port and protocol; near names best first
	More      int     // number of matches that were left out because of MaxMatches
}

// MaxMatches is the largest number of matches that Find returns, MaxNear the largest number of
// similar names.
const (
	MaxMatches = 256
	MaxNear    = 8
)

// A PortError is a number that is not a port.
type PortError struct{ Text string }

func (e *PortError) Error() string {
	return fmt.Sprintf("%q is not a port: ports are 0 to 65535", e.Text)
}

// A ProtoError is a protocol without ports.
type ProtoError struct {
	Text     string
	Portless bool // an IP protocol without ports; else an unknown word
}

func (e *ProtoError) Error() string {
	if e.Portless {
		return fmt.Sprintf("%q has no ports: only tcp, udp, udplite, sctp and dccp do", e.Text)
	}
	return fmt.Sprintf("unknown protocol %q: tcp, udp, udplite, sctp and dccp have ports", e.Text)
}

// A QueryError is an empty query.
type QueryError struct{ Text, Why string }

func (e *QueryError) Error() string { return fmt.Sprintf("lookup %q: %s", e.Text, e.Why) }

// Find answers a query about ports. The query is a number ("443"), a range ("6000-6010"), a service
// name ("https") or a common name ("dns"), in upper or lower case. A protocol may precede or follow
// it ("53/udp", "udp/53"). A colon or an address may precede a number (":443", "192.0.2.1:443").
// For an unknown name it returns similar names. Errors are a *PortError, a *ProtoError or a
// *QueryError.
func Find(query string) (Found, error) {
	text := cutAddress(strings.TrimSpace(query))
	what, proto, err := cutProto(text)
	if err != nil {
		return slashed(text, err)
	}
	low, high, isRange := strings.Cut(what, "-")
	switch {
	case what == "":
		return Found{}, &QueryError{query, "give a port, a range of ports or a service's name"}
	case isNumber(what):
		return findPorts(what, what, proto)
	case isRange && isDigits(low) && isDigits(high):
		return findPorts(low, high, proto)
	}
	return findName(what, proto), nil
}

// slashed answers a query that does not end in a protocol, because a few old names and HTTP/3
// contain a slash.
func slashed(text string, err error) (Found, error) {
	if f := findName(text, decode.ProtoNone); len(f.Matches) > 0 && f.Matches[0].Kind != Near {
		return f, nil
	}
	return Found{}, err
}

// cutAddress removes the address and the colon before a port. The address is empty, a star,
// localhost or an IP address.
func cutAddress(text string) string {
	i := strings.LastIndexByte(text, ':')
	if i < 0 || i+1 == len(text) || text[i+1] < '0' || text[i+1] > '9' {
		return text
	}
	host := strings.Trim(text[:i], "[]")
	if _, err := netip.ParseAddr(host); err == nil || host == "" || host == "*" ||
		host == "localhost" {
		return text[i+1:]
	}
	return text
}

// cutProto splits queries such as "53/udp" and "udp/53".
func cutProto(text string) (what string, proto decode.Transport, err error) {
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return text, decode.ProtoNone, nil
	}
	if p, err := protoByName(text[:i]); err == nil {
		return text[i+1:], p, nil
	}
	proto, err = protoByName(text[i+1:])
	if err != nil {
		return "", decode.ProtoNone, err
	}
	return text[:i], proto, nil
}

// protoByName returns the protocol with ports of that name, in upper or lower case.
func protoByName(word string) (decode.Transport, error) {
	for p := decode.ProtoTCP; p <= decode.ProtoDCCP; p++ {
		if strings.EqualFold(word, p.String()) {
			return p, nil
		}
	}
	if strings.EqualFold(word, "udp-lite") {
		return decode.ProtoUDPLite, nil
	}
	return decode.ProtoNone, &ProtoError{word, portless(word)}
}

// portless reports whether a word is the name of an IP protocol, or of a similar one, without
// ports.
func portless(word string) bool {
	for n := range 256 {
		if strings.EqualFold(word, decode.IPProtoName(uint8(n))) && word != "" {
			return true
		}
	}
	return slices.Contains([]string{"ip", "ip6", "arp", "icmp6"}, strings.ToLower(word))
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// isNumber reports whether a query is a number, even if it is not a port, such as -1 or 65536.
func isNumber(s string) bool {
	return isDigits(strings.TrimPrefix(strings.TrimPrefix(s, "-"),
		"+"))
}

// findPorts answers a query for one port or a range.
func findPorts(lowText, highText string, proto decode.Transport) (f Found, err error) {
	if f.Low, err = portNumber(lowText); err != nil {
		return Found{}, err
	}
	if f.High, err = portNumber(highText); err != nil {
		return Found{}, err
	}
	if f.High < f.Low {
		return Found{}, &QueryError{lowText + "-" + highText, "the range ends before it begins"}
	}
	f.ByNumber = true
	for m := range candidates(proto) {
		if m.Port, m.High = max(m.Port, f.Low), min(m.High, f.High); m.Port <= m.High {
			f.add(m)
		}
	}
	if len(f.Matches) == 0 && f.Low == f.High {
		f.add(Match{Service{Port: f.Low, Proto: proto}, f.Low, ByNumber})
	}
	return f, nil
}

// wanted reports whether a service's protocol matches the requested one; ProtoNone matches any.
func wanted(asked, has decode.Transport) bool {
	return asked == decode.ProtoNone ||
		plain(asked) == has
}

func (f *Found) add(m Match) {
	if len(f.Matches) == MaxMatches {
		f.More++
		return
	}
	f.Matches = append(f.Matches, m)
}

// candidates returns all services of a protocol by port. A range of ports is one candidate.
// Well-known uses of a port come after its services.
func candidates(proto decode.Transport) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		r := load()
		rest := uses[:]
		lower := func(below uint16) bool { // yields the uses of lower ports
			for ; len(rest) > 0 && rest[0].port < below; rest = rest[1:] {
				if wanted(proto, rest[0].proto) && !yield(rest[0].match()) {
					return false
				}
			}
			return true
		}
		for group := range r.groups {
			if !lower(group[0].low) {
				return
			}
			more := r.each(group, group[0].low, func(s Service) bool {
				return !wanted(proto, s.Proto) || yield(Match{Service: s, High: group[0].high})
			})
			if !more {
				return
			}
		}
		lower(math.MaxUint16)
	}
}

// words maps other words to aliases and services.
var words = map[string]string{"mssql": "ms-sql-s", "cifs": "microsoft-ds", "samba": "microsoft-ds",
	"mongo": "mongodb", "k8s": "Kubernetes", "elastic": "Elasticsearch", "torrent": "BitTorrent",
	"dot": "DNS over TLS", "doq": "DNS over QUIC", "remote desktop": "ms-wbt-server",
	"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "ms-sql-s", "msrpc": "epmap",
	"active directory": "ldap", "bonjour": "mdns", "nbns": "netbios-ns", "jabber": "xmpp-client",
	"webrtc": "stun", "cups": "ipp", "iperf": "iperf3", "s7comm": "iso-tsap", "dnp3": "dnp",
	"opcua": "opcua-tcp", "opc ua": "opcua-tcp", "ipmi": "asf-rmcp", "zabbix": "zabbix-agent",
	"http3": "https", "bootp": "bootps", "gtp": "gtp-user"}

// findName answers a query for a name: services with that name first, then aliases, else similar
// names.
func findName(name string, proto decode.Transport) (f Found) {
	var said []Match
	for m := range candidates(proto) {
		switch {
		case m.Name != "" && strings.EqualFold(m.Name, name), hasWords(m.Also, name):
			m.Kind = ByName
			f.add(m)
		case hasWords(m.Alias, name):
			m.Kind = ByAlias
			said = append(said, m)
		}
	}
	// a complete name precedes a name that contains it as one of several words
	slices.SortStableFunc(said, func(a, b Match) int {
		// registered ones first
		return cmp.Or(cmp.Compare(min(len(b.Name), 1), min(len(a.Name), 1)),
			cmp.Compare(len(a.Alias), len(b.Alias)))
	})
	if other, ok := words[strings.ToLower(name)]; ok && len(f.Matches)+len(said) == 0 {
		f = findName(other, proto)
		for i := range f.Matches {
			f.Matches[i].Kind = max(f.Matches[i].Kind, ByAlias)
		}
		return f
	}
	if len(f.Matches)+len(said) == 0 {
		said = suggest(name, proto)
	}
	for _, m := range said {
		f.add(m)
	}
	return f
}

// hasWords reports whether a name contains words, as whole words in upper or lower case.
func hasWords(name, words string) bool {
	if name == "" {
		return false
	}
	name = strings.ToLower(strings.ReplaceAll(name, ",", ""))
	return strings.Contains(" "+name+" ", " "+strings.ToLower(words)+" ")
}

// isAlias reports whether a name is one of the aliases of a service, in upper or lower case.
func isAlias(aliases, name string) bool {
	for alias := range strings.SplitSeq(aliases, ", ") {
		if strings.EqualFold(alias, name) {
			return true
		}
	}
	return false
}

// PortByName returns the port of a service's name in one protocol, in upper or lower case. It
// accepts the common name if no service is registered under that name. If a name has several ports
// it returns the lowest, except 8080 for http-alt.
func PortByName(name string, proto decode.Transport) (uint16, bool) {
	f := findName(name, proto)
	if proto == decode.ProtoNone || len(f.Matches) == 0 || f.Matches[0].Kind == Near {
		return 0, false
	}
	m := f.Matches[0]
	if m.Name == "http-alt" {
		return 8080, true
	}
	if m.Kind == ByAlias && !isAlias(m.Alias, name) {
		return 0, false
	}
	return m.Port, true
}
