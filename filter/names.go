package filter

import "slices"

// NameKind is the kind of a name in an expression.
type NameKind uint8

// The kinds of names. Names of services and protocols have no kind, because they cause no traffic.
const (
	HostName    NameKind = iota // of a host, after host, src, dst
	NetworkName                 // of a network, after net
	EtherName                   // of a hardware address, after ether host, ether src, ether dst
)

// A Name is a name in an expression that must be resolved, and its position in the expression in
// bytes.
type Name struct {
	Text    string
	Kind    NameKind
	At, End int
}

// Names returns the names that Compile will pass to Options.Resolve, Network and Ether, in this
// order, so that they can be resolved before a sandbox closes. Its errors are those of Check.
func Names(expr string) ([]Name, error) {
	tree, err := read(expr)
	if err != nil {
		return nil, located(expr, err)
	}
	return tree.names(nil), nil
}

// names appends the names below a node. The tree of "a or b or …" is deep on the left side;
// parentheses are limited.
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

// withIPv4 are the protocols whose addresses can be names, "" for no protocol.
var withIPv4 = []string{"", "ip", "arp", "rarp", "ip6"}

// nameKind returns the kind of the name after the qualifiers, and whether it must be resolved.
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
