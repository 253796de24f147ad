package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// Name is the common name of a header: "IPv4".
func Name(id decode.ProtocolID) string { return name(id) }

// name is what people call a header: its key in capitals where that is short, unless everybody says
// it otherwise.
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

// optionNames are names of TCP's options that fit a box of eight bits, for those whose whole name
// does not fit after its number.
var optionNames = map[string]string{
	"End of Option List": "End", "Maximum Segment Size": "MSS", "SACK Permitted": "SACKPermitted",
	"MD5 Signature": "MD5", "Multipath TCP": "MPTCP", "Encryption Negotiation": "TCP-ENO",
	"Accurate ECN": "AccECN", "Experimental": "Experiment",
}

// bytesOf counts bytes.
func bytesOf(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// span names the bytes from at on, as positions in the frame.
func span(at, n int) string {
	if n <= 1 {
		return fmt.Sprintf("@%d", at)
	}
	return fmt.Sprintf("@%d-%d", at, at+n-1)
}

// hexBytes writes bytes with blanks between.
func hexBytes(b []byte) string { return fmt.Sprintf("% x", b) }

// protoName is the common name of a transport protocol.
func protoName(p decode.Transport) string {
	if p == decode.ProtoUDPLite {
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}

// follows names what a field announces: its meaning, or its number where that has no name here.
func follows(f *decode.Field) string {
	switch m := f.Meaning(); m {
	case "":
	case "length": // IEEE 802.3: where others have a type, this frame has its payload's length
		return "IEEE 802.2"
	default:
		return m
	}
	return "number " + number(f)
}

// number is a field's value, hexadecimal where that is how it is always written.
func number(f *decode.Field) string {
	if f.Show == decode.ShowHex {
		return fmt.Sprintf("0x%0*x", (f.Width+3)/4, f.Value)
	}
	return fmt.Sprint(f.Value)
}
