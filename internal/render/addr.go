package render

import (
	"net/netip"
	"strconv"
)

// octets are the numbers of an IPv4 address as they are in it, each with its dot.
var octets = func() (table [256]struct {
	text [4]byte
	n    uint8 // bytes of it that count
}) {
	for i := range table {
		table[i].n = uint8(copy(table[i].text[:], strconv.Itoa(i)+"."))
	}
	return table
}()

// appendAddr writes an address as its AppendTo does, nothing for none. IPv4, which most are, takes
// four look-ups.
func appendAddr(out []byte, a netip.Addr) []byte {
	if !a.Is4() {
		return a.AppendTo(out)
	}
	n := len(out)
	out = append(out, "255.255.255.255."...) // as much as there may be
	for _, b := range a.As4() {
		o := &octets[b]
		copy(out[n:n+len(o.text)], o.text[:])
		n += int(o.n)
	}
	return out[:n-1]
}
