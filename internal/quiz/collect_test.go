package quiz_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/linktype"
)

// ipv4 builds a raw IPv4 packet without checksums, from host a to host b of 192.0.2.0/24.
func ipv4(t *testing.T, a, b int, proto, payload string) corpustest.Frame {
	t.Helper()
	head := fmt.Sprintf("4500%04x0000000040%s0000c00002%02xc00002%02x", 20+len(payload)/2, proto, a,
		b)
	data := unhex(t, head+payload)
	return corpustest.Frame{Link: linktype.Raw, Data: data, Wire: len(data)}
}

// segment returns a TCP segment with the given control bits.
func segment(t *testing.T, a, b, src, dst, flags int) corpustest.Frame {
	t.Helper()
	return ipv4(t, a, b, "06", fmt.Sprintf("%04x%04x000000000000000050%02x000000000000", src, dst,
		flags))
}

func datagram(t *testing.T, a, b, src, dst int) corpustest.Frame {
	t.Helper()
	return ipv4(t, a, b, "11", fmt.Sprintf("%04x%04x00080000", src, dst))
}

const (
	syn = 0x02
	rst = 0x04
	ack = 0x10
)

// TestKindsOfSmallCaptures checks which kinds of questions small captures allow. A question about
// something that the capture does not show is not asked.
func TestKindsOfSmallCaptures(t *testing.T) {
	syn12, syn21 := segment(t, 1, 2, 40000, 80, syn), segment(t, 2, 1, 80, 40000, syn)
	refusal, again := segment(t, 2, 1, 80, 40000, rst|ack), segment(t, 1, 2, 40000, 80, syn)
	again.Data = slices.Clone(again.Data)
	again.Data[20+4] = 0x77 // part of the sequence number
	for _, c := range []struct {
		name   string
		frames []corpustest.Frame
		kind   quiz.Kind
		want   bool
	}{
		{"a SYN", []corpustest.Frame{syn12}, quiz.Client, true},
		// RFC 9293 3.6.1: a new SYN with another sequence number is another connection.
		{"ports used again after a RST", []corpustest.Frame{syn12, refusal, again}, quiz.Client,
			false},
		{"ports used again after a RST", []corpustest.Frame{syn12, refusal, again},
			quiz.Conversations, false},
		{"a SYN sent twice", []corpustest.Frame{syn12, syn12, refusal}, quiz.Conversations, true},
		{"only the answer to it", []corpustest.Frame{segment(t, 2, 1, 80, 40000, syn|ack)},
			quiz.Client, false},
		{"the middle of a conversation", []corpustest.Frame{segment(t, 1, 2, 40000, 80, ack)},
			quiz.Client, false},
		{"both open it", []corpustest.Frame{syn12, syn21}, quiz.Client, false},
		{"opener accepts", []corpustest.Frame{syn12, segment(t, 1, 2, 40000, 80, syn|ack)},
			quiz.Client, false},
		{"both open it", []corpustest.Frame{syn12, syn21}, quiz.RangeRole, false},
		{"only the answer to it", []corpustest.Frame{segment(t, 2, 1, 80, 40000, syn|ack)},
			quiz.RangeRole, true},
		{"one system port, registered", []corpustest.Frame{datagram(t, 1, 2, 40000, 53)},
			quiz.RangeRole, true},
		{"one registered port", []corpustest.Frame{datagram(t, 1, 2, 40000, 8080)}, quiz.RangeRole,
			false},
		{"two system ports, one registered", []corpustest.Frame{datagram(t, 1, 2, 1005, 53)},
			quiz.RangeRole, false},
		{"two system ports", []corpustest.Frame{datagram(t, 1, 2, 514, 53)}, quiz.RangeRole, false},
		{"no registered port", []corpustest.Frame{datagram(t, 1, 2, 60000, 60001)}, quiz.RangeRole,
			false},
		{"equal ports", []corpustest.Frame{datagram(t, 1, 2, 123, 123)}, quiz.RangeRole, false},
		{"a datagram without an answer", []corpustest.Frame{datagram(t, 1, 2, 40000, 69)},
			quiz.Reply, false},
		{"a datagram with one", []corpustest.Frame{datagram(t, 1, 2, 40000, 53),
			datagram(t, 2, 1, 53, 40000)}, quiz.Reply, true},
		{"an answer from another port", []corpustest.Frame{datagram(t, 1, 2, 40000, 69),
			datagram(t, 2, 1, 5000, 40000)}, quiz.Reply, false},
		{"an answer from another host", []corpustest.Frame{datagram(t, 1, 2, 40000, 53),
			datagram(t, 3, 1, 53, 40000)}, quiz.Reply, false},
		{"an answer to another host", []corpustest.Frame{datagram(t, 1, 2, 40000, 53),
			datagram(t, 2, 3, 53, 40000)}, quiz.Reply, false},
		{"an answer to another port", []corpustest.Frame{datagram(t, 1, 2, 40000, 53),
			datagram(t, 2, 1, 53, 40001)}, quiz.Reply, false},
		{"a segment without an answer", []corpustest.Frame{syn12}, quiz.Reply, true},
		{"equal ports with an answer", []corpustest.Frame{datagram(t, 1, 2, 123, 123),
			datagram(t, 2, 1, 123, 123)}, quiz.Reply, false},
		{"only packets with ports", []corpustest.Frame{syn12, syn21}, quiz.NoPorts, false},
		{"one without", []corpustest.Frame{syn12, ipv4(t, 1, 2, "01", "0800000000000000")},
			quiz.NoPorts, true},
		{"an echo", []corpustest.Frame{ipv4(t, 1, 2, "01", "0800000000000000")}, quiz.Quoted,
			false},
		{"an echo", []corpustest.Frame{ipv4(t, 1, 2, "01", "0800000000000000")}, quiz.Process,
			true},
		{"no IP header", []corpustest.Frame{{Link: linktype.Ethernet,
			Data: unhex(t, "ffffffffffff0200000000010806"+"0001080006040001"+"020000000001c0000201"+
				"000000000000c0000202"), Wire: 42}}, quiz.NextHeader, false},
		{"an IP header without a port", []corpustest.Frame{ipv4(t, 1, 2, "59", "00")},
			quiz.NextHeader, true},
		{"no port at all", []corpustest.Frame{ipv4(t, 1, 2, "59", "00")}, quiz.Conversations,
			false},
		{"no port at all", []corpustest.Frame{ipv4(t, 1, 2, "59", "00")}, quiz.PortBytes, false},
	} {
		asked := slices.ContainsFunc(all(file{frames: c.frames}),
			func(q quiz.Question) bool { return q.Kind == c.kind })
		if asked != c.want {
			t.Errorf("%s: question %s is made: %v", c.name, c.kind, asked)
		}
	}
}

// TestEphemeralRegistered checks a client's port from Linux's ephemeral range that is in the
// registered range. Range and role are independent.
func TestEphemeralRegistered(t *testing.T) {
	q := find(t, all(file{frames: []corpustest.Frame{segment(t, 1, 2, 40001, 2049, syn)}}),
		quiz.RangeRole, "")
	if v := q.Grade("40001 registered client, 2049 registered server"); !v.Right {
		t.Errorf("%+v", v)
	}
	v := q.Grade("40001 dynamic client, 2049 registered server")
	if v.Right || len(v.Diagnoses) < 2 || v.Diagnoses[len(
		v.Diagnoses)-1] != "Linux does give 40001 to clients, so it may well be ephemeral by "+
		"its role. Its range is another matter: 40001 is in the registered range (1024-49151)." {
		t.Errorf("%+v", v)
	}
	// the sample with a client at port 2049, which is registered for nfs
	q = find(t, all(file{frames: []corpustest.Frame{segment(t, 1, 2, 2049, 80, syn)}}),
		quiz.RangeRole, "")
	v = q.Grade("2049 registered server, 80 system client")
	if v.Right || !slices.Contains(v.Diagnoses,
		`That 2049 is registered to "nfs" is no sign of a server here: a name proves nothing `+
			`about a packet. Frame 1 is the SYN, sent from 192.0.2.1:2049: that end is the `+
			`client.`) {
		t.Errorf("%+v", v)
	}
}

// TestManyConversations checks that in a capture with many frames only those at its beginning are
// counted.
func TestManyConversations(t *testing.T) {
	var f file
	for i := range 200 {
		f.frames = append(f.frames, datagram(t, 1, 2, 40000+i, 53))
	}
	q := find(t, all(f), quiz.Conversations, `in the first (\d+) frames, and how many`)
	n := askTalks.FindStringSubmatch(q.Text)[2]
	if num(n) < 20 || num(n) >= 40 || !q.Grade(n+" 1").Right || q.Grade("200 1").Right {
		t.Errorf("%s: %s", q.Text, q.Answer)
	}
}

// TestLongCapture checks that a limited number of packets is kept, and no large one.
func TestLongCapture(t *testing.T) {
	var f file
	for range 3000 {
		f.frames = append(f.frames, segment(t, 1, 2, 40000, 80, ack))
	}
	large := segment(t, 3, 4, 7, 9, ack)
	large.Data = append(large.Data, make([]byte, 20<<10)...)
	large.Wire = len(large.Data)
	f.frames = append(f.frames, large)
	frames := make(map[int64]bool)
	for seed := range uint64(40) {
		for _, q := range collect(f, seed).Questions(quiz.MaxCount) {
			for _, e := range q.Exhibits {
				frames[e.Frame] = true
			}
		}
	}
	late := 0
	for n := range frames {
		if n > 1500 {
			late++
		}
		if n == 3001 {
			t.Error("a question about the large packet")
		}
	}
	if len(frames) < 100 || late < len(frames)/3 {
		t.Errorf("of %d packets in questions, %d are in the second half", len(frames), late)
	}
}
