package decode_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/portsniff/portsniff/decode"
)

// Headers that gopacket 1.1.19 rejects or reads wrong. The walk finds their end and calls gopacket
// in a way that makes all fields correct.

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	// from the identification field
	fault4 = "0001 0000 40 06 0000 0a000001 0a000002"
	fault6 = "0a000001000000000000000000000001 0a0000010000000000000000000000ff" // addresses
	// up to the acknowledgment number
	faultTCP = "0050 d903 00000001 00000002"
	// from the window field
	faultTail = "2000 0000 0000"
)

// TestGopacketIPv4LengthZero checks a total length of 0, which a card that splits large sends gets.
// gopacket replaces it with the number of bytes, modulo 65,536, and cuts the payload there.
func TestGopacketIPv4LengthZero(t *testing.T) {
	b := append(unhex(t, "45 00 0000"+fault4), make([]byte, 70_000)...)
	var raw layers.IPv4
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil || raw.Length != 4484 {
		t.Errorf("gopacket: length %d, %v", raw.Length, err)
	}
	h := decodeAs(t, decode.IDIPv4, b).IPv4(0)
	if h == nil || h.Length != 0 || len(h.Payload) != 70_000 || h.TTL != 64 {
		t.Errorf("%v", h)
	}
}

// TestGopacketIPv4OptionWithoutData checks an option of two bytes, type and length, which is
// allowed (RFC 791 section 3.1). gopacket rejects the header and everything after it.
func TestGopacketIPv4OptionWithoutData(t *testing.T) {
	b := unhex(t, "46 00 002c"+fault4+"1e02 0000"+faultTCP+"5002"+faultTail)
	var raw layers.IPv4
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err == nil {
		t.Error("gopacket reads it")
	}
	p := decodeAs(t, decode.IDIPv4, b)
	h := p.IPv4(0)
	if h == nil || h.IHL != 6 || h.Length != 44 || len(h.Payload) != 20 ||
		!h.SrcIP.Equal([]byte{10, 0, 0, 1}) {
		t.Errorf("%v", h)
	}
	if len(p.Ports) != 1 || p.Ports[0].Src != 80 {
		t.Errorf("ports %v", p.Ports)
	}
}

// TestGopacketIPv6LengthZero checks a payload length of 0: in a large send, and in a jumbogram,
// whose length is in an option (RFC 2675 section 2). gopacket rejects the first.
func TestGopacketIPv6LengthZero(t *testing.T) {
	b := unhex(t, "60 000000 0000 06 40"+fault6+faultTCP+"5002"+faultTail)
	var raw layers.IPv6
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err == nil {
		t.Error("gopacket reads it")
	}
	p := decodeAs(t, decode.IDIPv6, b)
	h := p.IPv6(0)
	if h == nil || h.Length != 0 || h.NextHeader != layers.IPProtocolTCP || len(h.Payload) != 20 ||
		p.TCP(1) == nil {
		t.Errorf("%v", h)
	}
}

// TestGopacketIPv6HopByHop checks a Hop-by-Hop Options header. gopacket reads it as part of the
// IPv6 header, so its payload begins later than in RFC 8200 section 3. It rejects both if they are
// cut.
func TestGopacketIPv6HopByHop(t *testing.T) {
	b := unhex(t, "60 000000 001c 00 40"+fault6+"0600 0502 0000 0100"+faultTCP+"5002"+faultTail)
	var raw layers.IPv6
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil ||
		len(raw.Payload) != 20 {
		t.Errorf("gopacket: payload of %d bytes, %v", len(raw.Payload), err)
	}
	if err := raw.DecodeFromBytes(b[:41], gopacket.NilDecodeFeedback); err == nil {
		t.Error("gopacket reads the cut header")
	}
	for _, cut := range []int{len(b), 41} {
		h := decodeAs(t, decode.IDIPv6, b[:cut]).IPv6(0)
		if h == nil || h.NextHeader != layers.IPProtocolIPv6HopByHop || len(h.Payload) != cut-40 ||
			h.Length != 28 {
			t.Errorf("%d bytes: %v", cut, h)
		}
	}
}

// TestGopacketTCPCutInOptions checks headers cut inside TCP's options, where a snapshot length
// often ends. gopacket returns an error for each of these packets, which allocates.
func TestGopacketTCPCutInOptions(t *testing.T) {
	b := unhex(t, faultTCP+"8002"+faultTail+"0204 05b4")
	var raw layers.TCP
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err == nil {
		t.Error("gopacket reads it")
	}
	var p decode.Packet
	if n := testing.AllocsPerRun(10, func() { p.DecodeAs(decode.IDTCP, b, 100) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	h := p.TCP(0)
	if h == nil || h.DataOffset != 8 || h.Window != 8192 || !h.SYN || h.SrcPort != 80 ||
		h.Ack != 2 ||
		!bytes.Equal(h.Contents, b) || len(h.Options) != 0 ||
		h.TransportFlow().Src().String() != "80" {
		t.Errorf("%v", h)
	}
}

// TestGopacketTCPBadOption checks an option that is longer than the header. gopacket returns an
// error, but has already stored the option with a wrong length.
func TestGopacketTCPBadOption(t *testing.T) {
	b := unhex(t, faultTCP+"6002"+faultTail+"0308 0101")
	var raw layers.TCP
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err == nil ||
		len(raw.Options) != 1 {
		t.Errorf("gopacket: %v, %v", raw.Options, err)
	}
	h := decodeAs(t, decode.IDTCP, b).TCP(0)
	if h == nil || h.DataOffset != 6 || len(h.Options) != 0 || !h.SYN || len(h.Payload) != 0 {
		t.Errorf("%v", h)
	}
}

// TestGopacketUDPLengthTooSmall checks a length below 8, for which gopacket returns an error. The
// walk returns the ports and reports the length as malformed.
func TestGopacketUDPLengthTooSmall(t *testing.T) {
	b := unhex(t, "0035 d903 0007 1234 00")
	var raw layers.UDP
	if err := raw.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err == nil {
		t.Error("gopacket reads it")
	}
	p := decodeAs(t, decode.IDUDP, b)
	h := p.UDP(0)
	if h == nil || h.SrcPort != 53 || h.Length != 7 || h.Checksum != 0x1234 ||
		p.Stop.Err != decode.ErrLength {
		t.Errorf("%v, %v", h, p.Stop)
	}
}

// TestUDPLengthSource checks which header's length is named for a Length that the IP payload cannot
// hold, and for one that cannot hold UDP's header. The numbers are those of tshark: "Bad length
// value 100 > IP payload length", "Bad length value 7 < 8".
func TestUDPLengthSource(t *testing.T) {
	for length, want := range map[string]decode.DecodeError{
		"0064": {Need: 100, Have: 12, Claim: decode.ClaimHeader},
		"0007": {Need: 8, Have: 7, Claim: decode.ClaimSelf},
	} {
		p := decodeAs(t, decode.IDIPv4, unhex(t, "4500 0020 0001 0000 4011 0000 c0000201 c6336402"+
			"9c40 0035"+length+"0000 01020304"))
		want.Layer, want.At, want.Err = decode.IDUDP, 20, decode.ErrLength
		if p.Stop != want {
			t.Errorf("length %s: %v, want %v", length, p.Stop, want)
		}
	}
}

// TestGopacketStaleHeaders checks that reused structs contain nothing of the previous frame.
func TestGopacketStaleHeaders(t *testing.T) {
	with := unhex(t, "47 00 0034"+fault4+"940400 00 00 112233"+faultTCP+"6002"+faultTail+
		"0204 05b4")
	plain := unhex(t, "45 00 0028"+fault4+faultTCP+"5002"+faultTail)
	var p decode.Packet
	p.DecodeAs(decode.IDIPv4, with, len(with))
	if h := p.IPv4(0); len(h.Options) != 2 || len(h.Padding) != 3 || len(p.TCP(1).Options) != 1 {
		t.Errorf("%v", h)
	}
	p.DecodeAs(decode.IDIPv4, plain, len(plain))
	if h := p.IPv4(0); len(h.Options) != 0 || len(h.Padding) != 0 || len(p.TCP(1).Options) != 0 {
		t.Errorf("%v", h)
	}
	p.DecodeAs(decode.IDIPv6, plain, len(plain))
	if p.IPv4(0) != nil || p.IPv6(0) != nil {
		t.Error("a header of the frame before is there")
	}
}

func decodeAs(t *testing.T, id decode.ProtocolID, b []byte) *decode.Packet {
	t.Helper()
	p := new(decode.Packet)
	p.DecodeAs(id, b, len(b))
	if n := testing.AllocsPerRun(5, func() { p.DecodeAs(id, b, len(b)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	return p
}
