package annotate

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// wiresharkServices is the path of Wireshark's copy of IANA's list in versions before 4.4. It has
// the first name of each port.
const wiresharkServices = "/usr/share/wireshark/services"

// differences are the reviewed differences between the registry and the list of Wireshark 4.0.17.
// An empty name means none.
var differences = []struct {
	port         uint16
	protos       string
	theirs, ours string
	reason       string
}{
	{2, "tcp udp", "compressnet", "", "IANA has since taken it back: reserved"},
	{3, "tcp udp", "compressnet", "", "IANA has since taken it back: reserved"},
	{465, "tcp", "urd", "submissions", "RFC 8314 section 7.3: both; mail is what is met there"},
	{831, "tcp udp", "netconf-beep", "", "IANA has since taken it back: reserved"},
	{832, "tcp udp", "netconfsoaphttp", "", "IANA has since taken it back: reserved"},
	{833, "tcp udp", "netconfsoapbeep", "", "IANA has since taken it back: reserved"},
	{1701, "tcp udp", "l2f", "l2tp", "RFC 2661 section 8.1: L2TP took over L2F's port"},
	{1980, "tcp udp", "pearldoc-xact", "panquest-xact", "renamed since"},
	{3283, "tcp udp", "Apple-Remote-De", "net-assistant",
		"the name was no name (RFC 6335 section 5.1) and was mended since"},
	{3679, "tcp udp", "Escale-(Newton", "newton-dock",
		"the name was no name (RFC 6335 section 5.1) and was mended since"},
	{4319, "tcp udp", "fox-skytale", "skytale", "renamed since"},
	{4413, "tcp", "avi-nms", "vision-mon", "renamed since"},
	{4413, "udp", "avi-nms-disc", "vision-mon-disc", "renamed since"},
	{5543, "tcp", "qftest-licserve", "qftest-lic-mcp", "renamed since"},
	{44322, "tcp udp", "pmcdproxy", "pmproxy", "renamed since"},
}

func explained(port uint16, proto, theirs, ours string) bool {
	for _, d := range differences {
		if d.port == port && strings.Contains(" "+d.protos+" ", " "+proto+" ") &&
			d.theirs == theirs && d.ours == ours {
			return true
		}
	}
	return false
}

// TestAgainstWireshark compares each name of Wireshark's list with the registry's.
func TestAgainstWireshark(t *testing.T) {
	f, err := os.Open(wiresharkServices)
	if err != nil && os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("SKIPPED: no " + wiresharkServices +
			" (Debian's libwireshark-data), no name was compared with Wireshark's")
	}
	defer f.Close()
	n := 0
	s := bufio.NewScanner(f)
	for s.Scan() {
		line, _, _ := strings.Cut(s.Text(), "#")
		if words := strings.Fields(line); len(words) > 1 {
			n += compareLine(t, words[0], words[1])
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	if n < 11000 {
		t.Errorf("only %d names in the list", n)
	}
}

// compareLine compares one line such as "x11 6000-6063/tcp/udp" and returns the number of names in
// it.
func compareLine(t *testing.T, name, id string) (n int) {
	t.Helper()
	ports, protos, _ := strings.Cut(id, "/")
	lowText, highText, isRange := strings.Cut(ports, "-")
	if !isRange {
		highText = lowText
	}
	low, err1 := strconv.ParseUint(lowText, 10, 16)
	high, err2 := strconv.ParseUint(highText, 10, 16)
	if err1 != nil || err2 != nil {
		t.Fatalf("%s %s: %v, %v", name, id, err1, err2)
	}
	for word := range strings.SplitSeq(protos, "/") {
		proto := map[string]decode.Transport{"tcp": tcp, "udp": udp, "sctp": sctp,
			"dccp": dccp}[word]
		if proto == decode.ProtoNone {
			t.Fatalf("%s %s: unknown protocol", name, id)
		}
		for p := low; p <= high; p++ {
			n++
			if ours := Registered(proto, uint16(p)).Name; ours != name &&
				!explained(uint16(p), word, name, ours) {
				t.Errorf("%d/%s: Wireshark has %q, the registry %q", p, word, name, ours)
			}
		}
	}
	return n
}
