package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// start is the sum of what stands in front of a header.
func (v *view) start(i int) string {
	var terms []string
	at := v.headers[i].At
	extensions, inside := []string(nil), false
	for j := i - 1; j >= 0 && at > 0; j-- {
		h := &v.headers[j]
		if h.Len == 0 || h.At+h.Len > at {
			continue
		}
		if gap := at - h.At - h.Len; gap > 0 {
			terms = append(terms, fmt.Sprintf("%d between", gap))
		}
		at = h.At
		switch {
		case h.isExtension() && v.under6(j):
			extensions = append([]string{fmt.Sprint(h.Len)}, extensions...)
			continue
		case h.ID == decode.IDIPv6 && extensions == nil:
			extensions = []string{"0"}
		}
		if extensions != nil {
			terms = append(terms, "extension headers("+strings.Join(extensions, "+")+")")
			extensions = nil
		}
		terms = append(terms, term(h))
		if h.isTransport() && !inside {
			terms, inside = append(terms, fmt.Sprintf("@%d", h.At)), true
			break
		}
	}
	if extensions != nil {
		terms = append(terms, "extension headers("+strings.Join(extensions, "+")+")")
	}
	if at > 0 && !inside {
		terms = append(terms, fmt.Sprint(at))
	}
	if len(terms) == 0 {
		return "the first byte"
	}
	for l, r := 0, len(terms)-1; l < r; l, r = l+1, r-1 {
		terms[l], terms[r] = terms[r], terms[l]
	}
	return strings.Join(terms, " + ")
}

// under6 reports whether a header belongs to an IPv6 header's chain rather than to an IPv4 header.
func (v *view) under6(j int) bool {
	for j > 0 && !v.headers[j].isNet() {
		j--
	}
	return v.headers[j].ID == decode.IDIPv6
}

// term is one header's length in such a sum; IPv4's is worked out from its own field.
func term(h *header) string {
	switch h.ID {
	case decode.IDEthernet, decode.IDIPv6:
		return fmt.Sprint(h.Len)
	case decode.IDIPv4:
		for i := range h.fields {
			if f := &h.fields[i]; f.Role == decode.ScaledLength && !f.Cut && 4*int(f.Value) == h.Len {
				return fmt.Sprintf("4*IHL(%d)", f.Value)
			}
		}
	}
	return fmt.Sprintf("%s(%d)", h.name, h.Len)
}
