package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
)

// TestPayloadCases checks the names of first payloads from public bug reports. None may contradict
// its port: COTP is not RDP, and a NetBIOS name is not DNS. TLS, STUN and HTTP are valid starts of
// the ports' own protocols.
func TestPayloadCases(t *testing.T) {
	file := filepath.Join(corpustest.Cases(t), "payloads.pcap")
	for command, want := range map[string][]string{
		"ports --wide -r": {"102/tcp 1 cotp", "1720/tcp 1 cotp", "137/udp 1 nbns", "631/tcp 1 tls",
			"3389/tcp 1 tls", "5432/tcp 1 tls", "5060/udp 1 stun", "554/tcp 1 http"},
		"ports --wide --format json -r": {`"payload":"cotp"`, `"payload":"nbns"`,
			`"payload":"stun"`},
		"ports --wide --format csv -r": {"1 cotp", "1 nbns", "1 stun"},
		"flows --format json -r":       {`"client_payload":"cotp"`},
		"flows --format csv -r":        {",cotp,"},
		"services -r":                  {"cotp"},
	} {
		out, stderr, err := explained(t, file, append(strings.Fields(command), file))
		for _, w := range want {
			if err != nil || !strings.Contains(out, w) {
				t.Errorf("%s: %v %s: no %q in\n%s", command, err, stderr, w, out)
			}
		}
		for _, bad := range []string{"rdp", "smtp", "pop3", "the bytes say", "contradiction\":"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s: %q in\n%s", command, bad, out)
			}
		}
	}
}
