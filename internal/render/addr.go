package render

import (
	"net/netip"
	"strconv"
)

// octets holds the decimal text of each IPv4 octet, followed by a dot.
var octets = func() (table [256]struct {
	text [4]byte
	n    uint8 // number of bytes in text that are used
}) {
	for i := range table {
		table[i].n = uint8(copy(table[i].text[:], strconv.Itoa(i)+"."))
	}
	return table
}()

// appendAddr writes an address like netip.Addr.AppendTo, and nothing for the zero Addr. IPv4, the
// common case, takes four table look-ups.
func appendAddr(out []byte, a netip.Addr) []byte {
	if !a.Is4() {
		return a.AppendTo(out)
	}
	n := len(out)
	out = append(out, "255.255.255.255."...) // reserves the greatest length
	for _, b := range a.As4() {
		o := &octets[b]
		copy(out[n:n+len(o.text)], o.text[:])
		n += int(o.n)
	}
	return out[:n-1]
}
