package annotate

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
)

func TestServiceName(t *testing.T) {
	for _, c := range []struct {
		proto decode.Proto
		port  uint16
		want  string
	}{
		{decode.ProtoTCP, 20, "ftp-data"}, {decode.ProtoTCP, 21, "ftp"}, {decode.ProtoTCP, 22, "ssh"},
		{decode.ProtoTCP, 23, "telnet"}, {decode.ProtoTCP, 25, "smtp"}, {decode.ProtoTCP, 53, "domain"},
		{decode.ProtoUDP, 53, "domain"}, {decode.ProtoTCP, 80, "http"}, {decode.ProtoTCP, 110, "pop3"},
		{decode.ProtoUDP, 123, "ntp"}, {decode.ProtoTCP, 179, "bgp"}, {decode.ProtoTCP, 443, "https"},
		{decode.ProtoTCP, 6063, "x11"}, {decode.ProtoTCP, 6064, "ndl-ahp-svc"}, {decode.ProtoUDPLite, 53, "domain"},
		{decode.ProtoSCTP, 22, "ssh"}, {decode.ProtoTCP, 49152, ""}, {decode.ProtoNone, 80, ""},
	} {
		if got := ServiceName(c.proto, c.port); got != c.want {
			t.Errorf("%v %d: %q, want %q", c.proto, c.port, got, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { ServiceName(decode.ProtoTCP, 443) }); n != 0 {
		t.Errorf("%v allocations a lookup", n)
	}
}
