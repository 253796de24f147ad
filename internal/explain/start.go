package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// start returns the offset of a header as a sum of the lengths before it.
func (v *view) start(i int) string {
	var terms []string
	at := v.headers[i].At
	inside := false
	var extensions []string // last one first, like terms
	summed := func() {
		if extensions != nil {
			slices.Reverse(extensions)
			terms = append(terms, "extension headers("+strings.Join(extensions, "+")+")")
			extensions = nil
		}
	}
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
		case h.isExtension() && h.under6:
			extensions = append(extensions, fmt.Sprint(h.Len))
			continue
		case h.ID == decode.IDIPv6 && extensions == nil:
			extensions = []string{"0"}
		}
		summed()
		terms = append(terms, term(h))
		if h.isTransport() && !inside {
			terms, inside = append(terms, fmt.Sprintf("@%d", h.At)), true
			break
		}
	}
	summed()
	if at > 0 && !inside {
		terms = append(terms, fmt.Sprint(at))
	}
	if len(terms) == 0 {
		return "the first byte"
	}
	slices.Reverse(terms)
	return strings.Join(terms, " + ")
}

// term returns one header's length in such a sum. For IPv4 it shows the computation from the IHL.
func term(h *header) string {
	switch h.ID {
	case decode.IDEthernet, decode.IDIPv6:
		return fmt.Sprint(h.Len)
	case decode.IDIPv4:
		for i := range h.fields {
			if f := &h.fields[i]; f.Role == decode.ScaledLength && !f.Cut &&
				4*int(f.Value) == h.Len {
				return fmt.Sprintf("4*IHL(%d)", f.Value)
			}
		}
	}
	return fmt.Sprintf("%s(%d)", h.name, h.Len)
}
