package filter

import "slices"

// NameKind says where a name in an expression is looked up.
type NameKind uint8

// The kinds of names. Those of services and protocols are none of them: they cause no traffic.
const (
	HostName    NameKind = iota // of a host, after host, src, dst
	NetworkName                 // of a network, after net
	EtherName                   // of a hardware address, after ether host, ether src, ether dst
)

// A Name is one that an expression needs looked up, and its place in the expression in bytes.
type Name struct {
	Text    string
	Kind    NameKind
	At, End int
}

// Names lists what Options.Resolve, Network and Ether will be asked for when an expression is
// compiled, in its order, so that it can be looked up while that is possible. It gives the error
// that Check gives.
func Names(expr string) ([]Name, error) {
	tree, err := read(expr)
	if err != nil {
		return nil, located(expr, err)
	}
	return tree.names(nil), nil
}

// names adds the names below a node. The tree of "a or b or …" leans to the left and may be deep;
// those in parentheses are bounded.
func (c *clause) names(list []Name) []Name {
	if c == nil {
		return list
	}
	if id, ok := c.prim.(*withID); ok && id.id.kind == kindName {
		if kind, ok := id.nameKind(); ok {
			list = append(list, Name{id.id.text, kind, id.id.at, id.id.end})
		}
	}
	return c.r.names(c.l.names(list))
}

// withIPv4 are the protocols whose addresses have names, "" for none given.
var withIPv4 = []string{"", "ip", "arp", "rarp", "ip6"}

// nameKind says what kind of name follows the qualifiers, if it is one that is looked up.
func (id *withID) nameKind() (NameKind, bool) {
	host := id.q.kind == "" || id.q.kind == "host"
	switch {
	case host && id.q.proto == "ether":
		return EtherName, true
	case host && slices.Contains(withIPv4, id.q.proto):
		return HostName, true
	case id.q.kind == "net" && slices.Contains(withIPv4, id.q.proto) && id.q.proto != "ip6":
		return NetworkName, true
	}
	return 0, false
}
