package annotate

import (
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/portsniff/portsniff/decode"
)

//go:generate go run ./gen registry.txt

// written is the registry that gen wrote: comment lines with '#', then one line per row, by
// ascending port. Fields are separated by tabs: "6000-6063/tcp/udp", name, description and, if any,
// other names separated by spaces. It is not compressed, because decompression took longer than
// reading a small capture.
//
//go:embed registry.txt
var written string

// A Service is one registration: IANA's name for a port of one protocol.
type Service struct {
	Name string // IANA's service name, RFC 6335 section 5.1
	// the common name ("DNS" for domain) or the main use of the port; or ""
	Alias       string
	Description string // IANA's description; may be empty
	// IANA's other names for the port, separated by spaces: "www www-http" for 80; mostly empty
	Also  string
	Proto decode.Transport // the protocol of the registration; UDP for UDP-Lite
	Port  uint16

	label string
}

// Label returns IANA's name, followed by the common one if that is another word: "domain (DNS)",
// but "http". An unregistered use has the common name only.
func (s Service) Label() string {
	if s.label == "" {
		return s.Name
	}
	return s.label
}

// RegistryDate returns the month of the IANA registry that the names come from, such as 2026-09.
func RegistryDate() string {
	_, rest, _ := strings.Cut(written, ", ")
	date, _, _ := strings.Cut(rest, ";")
	return date
}

// A row is one line of the registry. It contains the position of its strings in the text, so that
// six thousand rows need 80 kB and no pointers.
type row struct {
	low, high uint16 // ports, inclusive
	protos    protoSet
	name      uint8  // length in bytes
	also      uint8  // length in bytes
	doc       uint16 // length in bytes
	// of the name in the text; the description and the other names follow, each after a tab
	at uint32
}

// A protoSet has bit 1<<p for protocol p.
type protoSet uint8

func (s protoSet) has(p decode.Transport) bool { return s>>p&1 == 1 }

type registry struct {
	text string
	// by low; rows with the same low have the same high, and other ranges do not overlap
	rows []row
	// for each port, the end of the rows that begin at it or below; this is needed for every
	// packet, and a search takes a dozen steps
	ends [1 << 16]uint16
}

// load parses the registry once. The file is part of the program, so an error in it is an error of
// the build.
var load = sync.OnceValue(func() *registry {
	r, err := parse(written)
	if err != nil {
		panic("annotate: embedded registry: " + err.Error())
	}
	return r
})

func parse(text string) (*registry, error) {
	r := &registry{text: text, rows: make([]row, 0, strings.Count(text, "\n"))}
	var known protoWords
	for at := 0; at < len(text); {
		line, _, whole := strings.Cut(text[at:], "\n")
		if !whole {
			return nil, fmt.Errorf("%q is cut off", line)
		}
		if !strings.HasPrefix(line, "#") {
			x, err := parseRow(line, at, &known)
			if err != nil {
				return nil, err
			}
			r.rows = append(r.rows, x)
		}
		at += len(line) + 1
	}
	if len(r.rows) == 0 {
		return nil, errors.New("has no rows")
	}
	r.index()
	return r, nil
}

// index fills in ends.
func (r *registry) index() {
	end := 0
	for port := range r.ends {
		for end < len(r.rows) && int(r.rows[end].low) <= port {
			end++
		}
		r.ends[port] = uint16(end)
	}
}

// parseRow parses a line. at is the position of the line in the text, in bytes.
func parseRow(line string, at int, known *protoWords) (x row, err error) {
	id, rest, _ := strings.Cut(line, "\t")
	name, rest, _ := strings.Cut(rest, "\t")
	doc, also, _ := strings.Cut(rest, "\t")
	ports, protos, _ := strings.Cut(id, "/")
	x = row{name: uint8(len(name)), also: uint8(len(also)), doc: uint16(len(doc)),
		at: uint32(at + len(id) + 1)}
	if int(x.name) != len(name) || int(x.also) != len(also) || int(x.doc) != len(doc) {
		return x, fmt.Errorf("%q is too long", line)
	}
	if x.protos, err = known.set(protos); err != nil {
		return x, err
	}
	low, high, isRange := strings.Cut(ports, "-")
	if !isRange {
		high = low
	}
	if x.low, err = portNumber(low); err != nil {
		return x, err
	}
	x.high, err = portNumber(high)
	return x, err
}

// protoWords are a row's protocols as written, "tcp/udp", and as a set. Most rows have the same
// protocols as the previous row.
type protoWords struct {
	words string
	means protoSet
}

func (w *protoWords) set(words string) (protoSet, error) {
	if words == w.words && words != "" {
		return w.means, nil
	}
	means := protoSet(0)
	for word := range strings.SplitSeq(words, "/") {
		p, err := protoByName(word)
		if err != nil {
			return 0, err
		}
		means |= 1 << p
	}
	w.words, w.means = words, means
	return means, nil
}

// portNumber parses a port of the registry or of a query.
func portNumber(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0, &PortError{Text: s}
	}
	return uint16(n), nil
}

// at returns the rows of one port.
func (r *registry) at(port uint16) []row {
	end := int(r.ends[port])
	first := end
	for first > 0 && r.rows[first-1].low <= port && port <= r.rows[first-1].high {
		first--
	}
	return r.rows[first:end]
}

// name returns the service name of a row.
func (r *registry) name(x row) string { return r.text[x.at : x.at+uint32(x.name)] }

// service returns a row's registration for one port and protocol.
func (r *registry) service(x row, proto decode.Transport, port uint16) Service {
	s := Service{Name: r.name(x), Proto: proto, Port: port}
	doc := x.at + uint32(x.name) + 1
	s.Description = r.text[doc : doc+uint32(x.doc)]
	if x.also > 0 {
		also := doc + uint32(x.doc) + 1
		s.Also = r.text[also : also+uint32(x.also)]
	}
	e := aliasOf(s.Name, proto)
	s.Alias, s.label = e.alias, e.label
	return s
}

// plain returns the protocol whose registrations apply: UDP-Lite uses UDP's (RFC 3828 section 6).
func plain(proto decode.Transport) decode.Transport {
	if proto == decode.ProtoUDPLite {
		return decode.ProtoUDP
	}
	return proto
}

// Registered returns IANA's registration for a port; its Name is "" if there is none. The result
// says nothing about a packet, because the port may be a client's ephemeral port. For a packet or a
// flow, [Decision.Service] returns the service of the end that has one.
//
// UDP-Lite uses UDP's registrations (RFC 3828 section 6). The first call parses the registry, which
// takes about a millisecond. Later calls do not allocate.
func Registered(proto decode.Transport, port uint16) Service {
	r := load()
	proto = plain(proto)
	for _, x := range r.at(port) {
		if x.protos.has(proto) {
			return r.service(x, proto, port)
		}
	}
	return Service{}
}

// registeredName returns only the Name of Registered, which is cheaper.
func registeredName(proto decode.Transport, port uint16) string {
	r := load()
	proto = plain(proto)
	for _, x := range r.at(port) {
		if x.protos.has(proto) {
			return r.name(x)
		}
	}
	return ""
}

// groups yields the rows by port. Each group is one port, or one range of ports with the same
// services.
func (r *registry) groups(yield func([]row) bool) {
	for i := 0; i < len(r.rows); {
		group := r.at(r.rows[i].low)
		if !yield(group) {
			return
		}
		i += len(group)
	}
}

// Services returns all registrations with a name, by port and then in the order of [decode.Protos].
// Each port of a range is separate.
func Services() iter.Seq[Service] {
	return func(yield func(Service) bool) {
		r := load()
		for group := range r.groups {
			for n := int(group[0].low); n <= int(group[0].high); n++ {
				if !r.each(group, uint16(n), yield) {
					return
				}
			}
		}
	}
}

// each yields one port's services in the order of the protocols.
func (r *registry) each(rows []row, port uint16, yield func(Service) bool) bool {
	for _, p := range decode.Protos() {
		for _, x := range rows {
			if x.protos.has(p) && !yield(r.service(x, p, port)) {
				return false
			}
		}
	}
	return true
}

// Source returns the origin of the registry: its date, its package, and the license.
func Source() string {
	line, _, _ := strings.Cut(load().text, "\n")
	return strings.TrimPrefix(line, "# ")
}
