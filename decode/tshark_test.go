package decode_test

import (
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
)

func sampleFrames(t testing.TB) []corpustest.Frame {
	t.Helper()
	return corpustest.SampleFrames(t, "../pcaps")
}

// dissect makes tshark dissect the frames and check their checksums. It calls each with tshark's
// fields that have a position.
func dissect(t *testing.T, frames []corpustest.Frame,
	each func(f corpustest.Frame, fields []corpustest.Element)) {
	t.Helper()
	options := []string{
		"ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE",
		"sctp.checksum:CRC-32c",
		"udplite.check_checksum:TRUE", "udplite.ignore_checksum_coverage:FALSE",
		"dccp.check_checksum:TRUE",
	}
	var fields []corpustest.Element
	corpustest.PDML(t, frames, pdmlProtocols(), options,
		func(i int, elements []corpustest.Element) {
			fields = fields[:0]
			for _, e := range elements {
				if !e.Protocol && e.Pos >= 0 {
					fields = append(fields, e)
				}
			}
			each(frames[i], fields)
		})
}

// pdmlProtocols returns the names of the Wireshark protocols whose fields are needed.
func pdmlProtocols() []string {
	names := strings.Fields(
		"ieee8021ad ieee8021ah pppoes ipv6.fraghdr ipv6.hopopts ipv6.dstopts ipv6.routing " +
			"wlan_radio radiotap udplite")
	for _, id := range decode.IDs() {
		names = append(names, id.String())
	}
	return names
}
