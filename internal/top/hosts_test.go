package top_test

import "testing"

// A host serves the ports that answer. In the scene 10.0.0.2 accepts on 443, refuses on 81 and does
// not answer on 82.
func TestServedPorts(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, "", "")
	s.tcp(1, 2, 50001, 81, syn, "")
	s.tcp(2, 1, 81, 50001, rst|ack, "")
	s.tcp(1, 2, 50002, 82, syn, "")
	v := s.shown(120, 20)
	v.press("3")
	v.has(`10\.0\.0\.2 .* 443/tcp +`)
	v.hasNot(`81/tcp`)
	v.hasNot(`82/tcp`)
	v.has(`10\.0\.0\.1 .* – `)
}

// Samples of closed ports: nobody serves one of them.
func TestRefusedPortIsNotServed(t *testing.T) {
	for _, sample := range []string{"tcp-refused", "udp-closed", "udp-closed6"} {
		v := open(t, sample, nil)
		v.press("3")
		v.has(`SERVES`)
		v.hasNot(`\d+/(tcp|udp)`)
	}
}
