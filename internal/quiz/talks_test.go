package quiz_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/quiz"
)

// TestServersAreListed checks that the explanation lists each server port once, in the order of
// first occurrence. It does not matter which end has the lower address or port.
func TestServersAreListed(t *testing.T) {
	frames := []corpustest.Frame{
		segment(t, 1, 2, 40000, 80, syn),
		segment(t, 2, 1, 80, 40000, syn|ack),
		segment(t, 3, 2, 40001, 80, syn), // the same port again
		segment(t, 2, 1, 443, 9999, syn), // the client has the lower port, and the higher address
		datagram(t, 1, 2, 40000, 53),
		segment(t, 1, 2, 40002, 53, syn), // the same number in another protocol
		segment(t, 1, 3, 40003, 9999, syn),
	}
	const want = "Ports of servers: 80/tcp, 9999/tcp, 53/udp, 53/tcp."
	asked := false
	for _, q := range all(file{frames: frames}) {
		if q.Kind != quiz.Conversations {
			continue
		}
		asked = true
		if !strings.HasSuffix(q.Why, " "+want) || q.Answer != "6 4" {
			t.Errorf("answer %q, %q; want %q", q.Answer, q.Why, want)
		}
	}
	if !asked {
		t.Error("no question about the conversations")
	}
}

// TestConversationsAreListed checks that the explanation lists six conversations and counts the
// rest.
func TestConversationsAreListed(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string // end of the text
	}{
		{6, "; TCP 192.0.2.1:40006 and 192.0.2.2:80."},
		{7, "; TCP 192.0.2.1:40006 and 192.0.2.2:80; 1 more."},
		{9, "; TCP 192.0.2.1:40006 and 192.0.2.2:80; 3 more."},
	} {
		var f file
		for i := range c.n {
			f.frames = append(f.frames, segment(t, 1, 2, 40001+i, 80, syn))
		}
		asked := false
		for _, q := range all(f) {
			if q.Kind != quiz.Conversations {
				continue
			}
			asked = true
			why, _, _ := strings.Cut(q.Why, " Ports of servers")
			if !strings.HasSuffix(why, c.want) || !strings.HasPrefix(q.Answer, fmt.Sprint(c.n)) {
				t.Errorf("%d: answer %q, %q; want %q", c.n, q.Answer, why, c.want)
			}
		}
		if !asked {
			t.Errorf("%d: no question about the conversations", c.n)
		}
	}
}
