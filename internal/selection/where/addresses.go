package where

import (
	"net/netip"
	"slices"
)

// Addresses are a fact that a packet can have several of. As with Numbers, a comparison holds if it
// does for one of them; only != wants all of them to differ.
type Addresses []netip.Addr

// ParseNetwork reads an address or a network in CIDR notation. Bits of the host do not count.
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

// mostNetworks is the number of words that are remembered as networks. An expression rarely has
// more than one.
const mostNetworks = 1000

// network reads a word once. One that is no network contains no address.
func (o *overloads) network(word string) netip.Prefix {
	p, ok := o.networks[word]
	if !ok {
		p, _ = ParseNetwork(word)
		if len(o.networks) < mostNetworks {
			o.networks[word] = p
		}
	}
	return p
}

// contains reports whether one of the addresses is in a network, or in one of a list's.
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

// addresses are the comparisons of addresses with words, lists of words and one another.
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
