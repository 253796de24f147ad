package where

import (
	"net/netip"
	"slices"
)

// Addresses is a fact with several values per packet. As with Numbers, a comparison is true if it
// is true for one value; only != must be true for all values.
type Addresses []netip.Addr

// ParseNetwork parses an address or a network in CIDR notation. It ignores host bits.
func ParseNetwork(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a.WithZone(""), a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	return p.Masked(), err
}

func (a Addresses) within(network netip.Prefix) bool {
	return slices.ContainsFunc(a, network.Contains)
}

func (a Addresses) meets(b Addresses) bool {
	return slices.ContainsFunc(a, func(x netip.Addr) bool { return slices.Contains(b, x) })
}

// maxNetworks limits the number of words in the cache of networks. An expression rarely has more
// than one.
const maxNetworks = 1000

// network parses a word once. A word that is not a network contains no address.
func (o *overloads) network(word string) netip.Prefix {
	p, ok := o.networks[word]
	if !ok {
		p, _ = ParseNetwork(word)
		if len(o.networks) < maxNetworks {
			o.networks[word] = p
		}
	}
	return p
}

// contains reports whether one of the addresses is in one of the networks.
func (o *overloads) contains(fact, networks any) bool {
	var a Addresses
	switch fact := fact.(type) {
	case Addresses:
		a = fact
	case netip.Addr:
		a = Addresses{fact}
	}
	switch n := networks.(type) {
	case string:
		return a.within(o.network(n))
	case Addresses:
		return a.meets(n)
	case []any:
		return slices.ContainsFunc(n, func(x any) bool {
			word, ok := x.(string)
			return ok && a.within(o.network(word))
		})
	}
	return false
}

// addresses adds the comparisons of addresses with words, lists of words and addresses.
func (o *overloads) addresses() {
	kinds := []any{func(Addresses, string) bool { return false },
		func(netip.Addr, string) bool { return false }}
	turned := []any{func(string, Addresses) bool { return false },
		func(string, netip.Addr) bool { return false }}
	both := func(Addresses, Addresses) bool { return false }
	lists := []any{func(Addresses, []any) bool { return false },
		func(netip.Addr, []any) bool { return false }}
	differ := func(a, b any) bool { return !o.contains(a, b) }
	o.add("==", "hostEqual", o.contains, append(kinds, both)...)
	o.add("!=", "hostDiffer", differ, append(kinds, both)...)
	containsTurned := func(a, b any) bool { return o.contains(b, a) }
	o.add("==", "hostEqualTurned", containsTurned, turned...)
	o.add("!=", "hostDifferTurned", func(a, b any) bool { return !o.contains(b, a) }, turned...)
	o.add("in", "hostWithin", o.contains, append(kinds, lists...)...)
	o.add("in", "hostAmong", containsTurned, turned[0])
}
