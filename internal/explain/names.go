package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// Name returns the common name of a header, for example "IPv4".
func Name(id decode.ProtocolID) string { return name(id) }

// name returns the common name of a header: its key in capitals if that is short, unless another
// form is usual.
func name(id decode.ProtocolID) string {
	switch id {
	case decode.IDEthernet:
		return "Ethernet"
	case decode.IDVLAN:
		return "VLAN tag"
	case decode.IDIPv4:
		return "IPv4"
	case decode.IDIPv6:
		return "IPv6"
	case decode.IDICMPv6:
		return "ICMPv6"
	case decode.IDUDPLite:
		return "UDP-Lite"
	}
	key := id.String()
	if len(key) <= 6 && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789") == "" {
		return strings.ToUpper(key)
	}
	return id.Protocol().Name
}

// optionNames are short names of TCP options whose full name does not fit after the number in a box
// of eight bits.
var optionNames = map[string]string{
	"End of Option List": "End", "Maximum Segment Size": "MSS", "SACK Permitted": "SACKPermitted",
	"MD5 Signature": "MD5", "Multipath TCP": "MPTCP", "Encryption Negotiation": "TCP-ENO",
	"Accurate ECN": "AccECN", "Experimental": "Experiment",
}

// bytesOf returns a number of bytes with its unit.
func bytesOf(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// span returns the range of n bytes from offset at, as offsets in the frame.
func span(at, n int) string {
	if n <= 1 {
		return fmt.Sprintf("@%d", at)
	}
	return fmt.Sprintf("@%d-%d", at, at+n-1)
}

// hexBytes formats bytes with spaces between them.
func hexBytes(b []byte) string { return fmt.Sprintf("% x", b) }

// protoName returns the common name of a transport protocol.
func protoName(p decode.Transport) string {
	if p == decode.ProtoUDPLite {
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}

// follows names the protocol that a field announces: its meaning, or its number if it has no name.
func follows(f *decode.Field) string {
	switch m := f.Meaning(); m {
	case "":
	case "length": // IEEE 802.3: the field is the payload's length, not a type
		return "IEEE 802.2"
	default:
		return m
	}
	return "number " + number(f)
}

// number returns a field's value, hexadecimal if that is its usual notation.
func number(f *decode.Field) string {
	if f.Show == decode.ShowHex {
		return fmt.Sprintf("0x%0*x", (f.Width+3)/4, f.Value)
	}
	return fmt.Sprint(f.Value)
}
