package linktype_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/linktype"
)

// libpcapNames maps the registry's names to libpcap's, where they are different.
var libpcapNames = map[string]string{
	"ARCNET": "ARCNET_BSD", "PPP_SERIAL": "PPP_HDLC", "IEEE802_11_RADIO": "IEEE802_11_RADIOTAP",
	"IEEE802_11_RADIO_AVS": "IEEE802_11_AVS", "IEEE802_15_4": "IEEE802_15_4_WITHFCS",
}

// TestNamesAgainstTcpdump compares names with tcpdump, which prints the number of a type unknown to
// it.
func TestNamesAgainstTcpdump(t *testing.T) {
	tcpdump := corpustest.Tool(t, "tcpdump")
	pattern := regexp.MustCompile(`link-type ([^ ,]+)`)
	name := filepath.Join(t.TempDir(), "empty.pcap")
	compared := 0
	for n := range linktype.Type(310) {
		head := []byte(
			"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00",
		)
		head = binary.LittleEndian.AppendUint32(head, uint32(n))
		if err := os.WriteFile(name, head, 0o600); err != nil {
			t.Fatal(err)
		}
		// It fails for a type that it does not decode, but prints its name first.
		out, _ := exec.Command(tcpdump, "-r", name).CombinedOutput()
		m := pattern.FindSubmatch(out)
		if m == nil {
			t.Fatalf("%d: %s", uint32(n), out)
		}
		theirs := string(m[1])
		if other, ok := libpcapNames[theirs]; ok {
			theirs = other
		}
		ours := n.String()
		if ours == fmt.Sprintf("LINKTYPE_%d", n) || theirs == strconv.Itoa(int(n)) {
			continue
		}
		if compared++; ours != theirs {
			t.Errorf("%d: %s, tcpdump has %s", uint32(n), ours, theirs)
		}
	}
	if compared < 90 {
		t.Errorf("only %d names were compared", compared)
	}
}
