package explain

import (
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/sockets"
)

// TestStory checks the stories of sample packets.
func TestStory(t *testing.T) {
	const (
		asked = "the client sent the SYN, which opens the connection"
		guess = "a guess: only the server's port is registered for a service"
	)
	for _, c := range []struct {
		sample string
		frame  int64
		want   string
	}{
		{"http", 2, "TCP from server port 80 http (system) to client port 45650 (registered); " +
			asked},
		{"udp-closed", 2, "quoted UDP from client port 50171 (dynamic) to server port 33434 " +
			"traceroute (registered); " + guess +
			"\nno ports: Only TCP, UDP, UDP-Lite, SCTP and DCCP have ports."},
		{"fragments", 2,
			"UDP from client port 37801 (registered) to server port 7 echo (system); " +
				guess + "; the ports are in frame 1\nno ports: The ports are in the datagram's " +
				"first " +
				"fragment. This is a later one."},
		{"vxlan", 3, "UDP from client port 48871 (registered) to server port 4789 vxlan " +
			"(registered); " + guess + "\nTCP from client port 55962 (dynamic) to server port 80 " +
			"http (system); " + asked},
	} {
		if got := Story(sample(t, c.sample, c.frame).Frame); got != c.want {
			t.Errorf("%s, frame %d:\n%s\nwant\n%s", c.sample, c.frame, got, c.want)
		}
	}
}

// TestStoryProcess checks that processes are named in every packet, not only when they change.
func TestStoryProcess(t *testing.T) {
	f := sample(t, "http", 2).Frame
	curl := sockets.Owner{Process: sockets.Process{Name: "curl", PID: 7, User: "ann"},
		Confidence: sockets.Exact}
	f.Owners = []analysis.EndOwners{{Dst: curl}}
	f.Comments = [][]byte{[]byte("two\nlines")}
	f.Packet.NoPorts = decode.CutOff
	want := "TCP from server port 80 http (system) to client port 45650 (registered); the client " +
		"sent the SYN, which opens the connection\nprocess: dst curl/7 of ann\n" +
		"no ports: The capture's snapshot length cut them off.\ntwo\\nlines"
	if got := Story(f); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
