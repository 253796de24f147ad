package quiz_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/linktype"
)

// synPacket is a SYN from 192.0.2.10 port 51514 to 198.51.100.7 port 443. It has Ethernet, one VLAN
// tag and an IPv4 header with four bytes of options: 14, 4 and 24 bytes. Counted by hand, the
// source port is in bytes 42 and 43, the destination port in 44 and 45, the Protocol field in byte
// 27.
const synPacket = "525400123502" + "0800278e8aa8" + "8100" + "000a" + "0800" +
	"4600002c1c464000400600" + "00" + "c000020a" + "c6336407" + "01010100" +
	"c93a01bb" + "5a1b3c4d" + "00000000" + "5002faf0" + "00000000"

// portUnreachable is the reply of 198.51.100.7 to a datagram from 192.0.2.10 port 40002 to port
// 33434. It has 14 bytes of Ethernet, 20 of IPv4, 8 of ICMP and 20 of the quoted IPv4 header. The
// quoted ports are in bytes 62 to 65.
const portUnreachable = "0800278e8aa8" + "525400123502" + "0800" +
	"450000380000000040010000" + "c6336407" + "c000020a" + "0303000000000000" +
	"4500001c0000000040110000" + "c000020a" + "c6336407" + "9c42829a" + "00080000"

// byHand returns a capture of both packets.
func byHand(t *testing.T) file {
	t.Helper()
	f := file{name: "by hand"}
	for _, text := range []string{synPacket, portUnreachable} {
		data := unhex(t, text)
		f.frames = append(f.frames, corpustest.Frame{Link: linktype.Ethernet, Data: data,
			Wire: len(data)})
	}
	return f
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	var out []byte
	for i := 0; i < len(text); i += 2 {
		n, err := strconv.ParseUint(text[i:i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, byte(n))
	}
	return out
}

// all returns the questions of several seeds.
func all(f file) (out []quiz.Question) {
	for seed := range uint64(8) {
		out = append(out, collect(f, seed).Questions(quiz.MaxCount)...)
	}
	return out
}

// find returns the first question of a kind whose text matches.
func find(t *testing.T, questions []quiz.Question, kind quiz.Kind, text string) *quiz.Question {
	t.Helper()
	re := regexp.MustCompile(text)
	for i := range questions {
		if q := &questions[i]; q.Kind == kind && re.MatchString(q.Text) {
			return q
		}
	}
	t.Fatalf("no question %s %q was made", kind, text)
	return nil
}

// gradings are answers to questions about the packets counted by hand: right ones in several
// spellings, and wrong ones with their diagnosis.
var gradings = []struct {
	kind  quiz.Kind
	text  string
	right []string
	wrong map[string]string // maps an answer to a part of its diagnosis
}{
	{quiz.PortBytes, `^Frame 1: .* destination port`,
		[]string{"44-45", "@44-45", "@44-@45", "44..45", "44...45", "44 45", "44, 45", "44 and 45",
			"bytes 44 to 45", "0x2c-0x2d", "0x2C 0x2D", " 44 - 45 ", "44\u201345", "bytes 44-45.",
			"044-045", "they are at 44-45 because the TCP header starts at 42"},
		map[string]string{"2-3": "counted from the start of the TCP header. It begins at byte 42",
			"42-43": "exchanged",
			"26-27": "from the start of the IP header, which begins at byte 18",
			"40-41": "Its IHL is 6: it has 24",
			"36-37": "right only for 14 bytes of Ethernet and 20 of IPv4", "45-46": "one too far",
			"44-46": "three bytes", "44-47": "four bytes",
			"44": "first of them", "45": "second of them", "352-367": "counts bits",
			"45-44": "begins at byte 42", "1-2": "begins at byte 42"}},
	{quiz.PortBytes, `^Frame 1: .* source port`, []string{"42-43"},
		map[string]string{"0-1": "counted from the start of the TCP header", "44-45": "exchanged",
			"34-35": "right only for"}},
	{quiz.PortValue, `bytes c9 3a\.`, []string{"51514", "051514", "port 51514"},
		map[string]string{"15049": "swapped", "259": "sum", "20158": "side by side",
			"0xc93a": "in hexadecimal", "0xC93A": "in hexadecimal", "443": "other port",
			"51313": "256 values, not 255", "201": "first byte alone", "58": "second byte alone",
			"1": "counts 256 times"}},
	{quiz.PortValue, `bytes 01 bb\.`, []string{"443"}, map[string]string{"47873": "swapped"}},
	{quiz.NextHeader, `^Frame 1`, []string{"27 6", "@27 6", "@27=6", "27: 6", "27 tcp",
		"27 6 (TCP)", "0x1b 0x06", "byte 27, value 6", "27/6"},
		map[string]string{"9 6": "counted from the start of the IP header, which begins at byte 18",
			"23 6":  "Fragment Offset|Identification|Flags|Don't",
			"27 17": "17 would announce UDP", "27 udp": "17 would announce",
			"16 6": "announces IP", "27 2048": "EtherType", "26 6": "Time to Live",
			"27": "value is missing", "27 7": "Byte 27 is 0x06",
			"27 6 udp": "not part of the answer"}},
	{quiz.NoPorts, `frames 1 and 2`, []string{"2 no-transport", "2: no-transport",
		"frame 2 no-transport", "#2 icmp", "2 because of icmp"},
		map[string]string{"1 no-transport, 2 no-transport": "Frame 1 has TCP ports, 51514 and " +
			"443, from byte 42 on", "2": "but why",
			"1 cut": "no ports of its own; the ports 40002 and 33434", "2 cut": "another reason",
			"2 not-ip": "has an IP header", "2 icmp 2 cut": "not understood"}},
	{quiz.Client, `between A, 192`, []string{"A syn", "a: SYN", "192.0.2.10 syn",
		"192.0.2.10:51514 syn", "51514 because of the syn",
		"the client is A because it sent the first SYN", "A, it sent a SYN",
		"A opened the connection with a SYN packet", "A is the client: the SYN flag is set"},
		map[string]string{"B syn": "That is the server", "443 syn": "That is the server",
			"A lower-port": "no rule", "A registered-port": "guess", "A first": "begun before",
			"A syn-ack": "not in this capture", "192.0.2.99 syn": "neither end",
			"A": "proof is missing"}},
	{quiz.Client, `between A, 198`, []string{"B syn", "b syn"},
		map[string]string{"A syn": "That is the server"}},
	{quiz.Reply, `^Frame 1`, []string{"443 51514", "443 -> 51514", "443 \u2192 51514", "443, 51514",
		"source 443 destination 51514", "dst 51514 src 443", "from 443 to 51514",
		"to 51514 from 443", "0x1bb 0xc93a"},
		map[string]string{"51514 443": "change places", "443": "destination port is missing",
			"443 443": "change places", "80 51514": "same two ports, exchanged"}},
	{quiz.RangeRole, `^Frame 1`, []string{"51514 dynamic client, 443 system server",
		"443 system server 51514 dynamic client", "dynamic client system server",
		"51514: private, client; 443: well-known, server",
		"51514 ephemeral client 443 sys service"},
		map[string]string{"51514 registered client, 443 system server": "51514 is in the " +
			"dynamic range", "51514 dynamic server, 443 system client": "443 is the port of the " +
			"server", "443 dynamic client 51514 system server": "system range"}},
	{quiz.Moved, `IHL of 6. If the IHL were 7`, []string{"46", "@46", "0x2e"},
		map[string]string{"43": "one more is four bytes", "42": "where it is now",
			"38": "wrong way", "48": "destination port", "34": "right only for"}},
	{quiz.Moved, `one more VLAN tag`, []string{"46"},
		map[string]string{"44": "four bytes: two", "43": "not one", "42": "where it is now"}},
	{quiz.Moved, `two more VLAN tags`, []string{"50"}, map[string]string{"46": "one tag"}},
	{quiz.Conversations, `how many different ports`, []string{"1 1", "1, 1", "0x1 0x1"},
		map[string]string{"2 1": "counts each direction", "1 2": "both ports of each",
			"1": "ports of servers is missing", "3 1": "pair of address and port"}},
	{quiz.Quoted, `^Frame 2`, []string{"192.0.2.10 33434 64-65",
		"192.0.2.10, port 33434, bytes @64-65", "192.0.2.10 0x829a 0x40-0x41"},
		map[string]string{"198.51.100.7 33434 64-65": "host reports the error",
			"192.0.2.10 40002 64-65": "it came from", "192.0.2.10 33434 62-63": "exchanged",
			"192.0.2.10 39554 64-65": "swapped", "192.0.2.10 33434 36-37": "only for",
			"192.0.2.10 33434 2-3":  "from the start of the UDP header",
			"192.0.2.10 1 64-65":    "from 40002 to 33434",
			"192.0.2.1 33434 64-65": "quoted IP header has its source",
			"192.0.2.10 33434":      "bytes is missing"}},
	{quiz.Largest, ``, []string{"65535", "0xffff", "0xFFFF", "port 65535"},
		map[string]string{"65536": "how many ports there are", "49151": "registered",
			"1023": "system", "65534": "One more", "7": "16 bits"}},
}

// TestGradings grades answers about packets that were counted by hand.
func TestGradings(t *testing.T) {
	questions := all(byHand(t))
	for _, g := range gradings {
		q := find(t, questions, g.kind, g.text)
		for _, answer := range g.right {
			if v := q.Grade(answer); !v.Right || !v.Understood || v.Blank || len(v.Diagnoses) > 0 {
				t.Errorf("%s\n%q is right, but was graded %+v", q.Text, answer, v)
			}
		}
		for answer, want := range g.wrong {
			v := q.Grade(answer)
			if v.Right {
				t.Errorf("%s\n%q is wrong, but was graded right", q.Text, answer)
			}
			if got := strings.Join(v.Diagnoses, " "); !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%s\n%q: the diagnosis has no %q: %s", q.Text, answer, want, got)
			}
		}
	}
}

// TestOtherHeader answers with the outer ports of a VXLAN packet to questions about the inner ones.
// Counted by hand, there are 14 bytes of Ethernet, 4 of a VLAN tag and 20 of IPv4. The outer ports
// are in bytes 38 to 41.
func TestOtherHeader(t *testing.T) {
	const inner = "525400123502" + "0800278e8aa8" + "0800" +
		"450000280000000040060000" + "c000020a" + "c6336407" +
		"c93a01bb" + "5a1b3c4d" + "00000000" + "5002faf0" + "00000000"
	data := unhex(t, "525400123503"+"0800278e8aa9"+"8100000a"+"0800"+
		"4500005a0000000040110000"+"0a000001"+"0a000002"+
		"d00012b5"+"00460000"+"0800000000002a00"+inner)
	questions := all(file{name: "by hand", frames: []corpustest.Frame{
		{Link: linktype.Ethernet, Data: data, Wire: len(data)}}})
	for _, text := range []string{"source port of its innermost",
		"destination port of its innerm"} {
		q := find(t, questions, quiz.PortBytes, text)
		for answer, want := range map[string]string{
			"38-39": "the source port of the outer UDP header",
			"40-41": "the destination port of the outer UDP header",
		} {
			v := q.Grade(answer)
			if got := strings.Join(v.Diagnoses, " "); v.Right || !strings.Contains(got, want) {
				t.Errorf("%s\n%q: no %q: %s", q.Text, answer, want, got)
			}
		}
	}
}

// TestProcess checks the question that replaces the one about ICMP errors.
func TestProcess(t *testing.T) {
	f := byHand(t)
	for _, q := range all(f) {
		if q.Kind == quiz.Process {
			t.Fatalf("a question in spite of an ICMP error: %s", q.Text)
		}
	}
	f.frames = f.frames[:1]
	q := find(t, all(f), quiz.Process, "")
	for _, answer := range []string{"none", "None.", "no field", "nothing", "no"} {
		if !q.Grade(answer).Right {
			t.Errorf("%q was not graded right", answer)
		}
	}
	for _, answer := range []string{"port", "the source port", "destination port", "pid",
		"IP address", "42"} {
		if v := q.Grade(answer); v.Right || len(v.Diagnoses) == 0 {
			t.Errorf("%q: %+v", answer, v)
		}
	}
}

// TestUnclear checks that an unclear answer is reported as such and not guessed.
func TestUnclear(t *testing.T) {
	q := find(t, all(byHand(t)), quiz.Largest, "")
	for _, answer := range []string{"-65535", "+65535", "65535 65536", "65535-65536", "6 5535",
		"65,535", "65535.0", "65.535", "6.5535e4", "0x", "ffff", "0xffffg", "65535x", "4295032831",
		"18446744073709617151",
		"##65535", "\x0065535", strings.Repeat("65535 ", 300), strings.Repeat("0", 2000) +
			"65535"} {
		if v := q.Grade(answer); v.Right || v.Understood || len(v.Diagnoses) != 1 {
			t.Errorf("%q: %+v", answer, v)
		}
	}
	for _, answer := range []string{"", "  ", "\t\r\n"} {
		if v := q.Grade(answer); v.Right || !v.Blank {
			t.Errorf("%q: %+v", answer, v)
		}
	}
}

// TestWrongIsWrong grades all usual wrong answers to every question of every sample. None may be
// right, and each must have its diagnosis.
func TestWrongIsWrong(t *testing.T) {
	graded := 0
	for _, f := range samples(t) {
		for _, q := range collect(f, 1).Questions(quiz.MaxCount) {
			for i, p := range q.Parts {
				for _, w := range p.Wrong {
					if slices.Contains(p.Right, w.Answer) || w.Diagnosis == "" {
						t.Fatalf("%s: %s: %+v", f.name, q.Text, w)
					}
					if p.Key != "" {
						continue
					}
					answer := answerWith(&q, i, w.Answer)
					v := q.Grade(answer)
					if v.Right || !v.Understood || !slices.Contains(v.Diagnoses, w.Diagnosis) {
						t.Errorf("%s: %s: %q: %+v", f.name, q.Text, answer, v)
					}
					graded++
				}
				if p.Otherwise == "" {
					t.Errorf("%s: %s: no diagnosis for other answers", f.name, q.Text)
				}
			}
		}
	}
	if graded < 10_000 {
		t.Errorf("only %d wrong answers were given", graded)
	}
}

// answerWith returns the right answer to a question with one part replaced.
func answerWith(q *quiz.Question, part int, other string) string {
	var out []string
	for i, p := range q.Parts {
		if i == part {
			out = append(out, other)
		} else {
			out = append(out, p.Right[0])
		}
	}
	return strings.Join(out, " ")
}

// TestNoOtherNumber grades random numbers. Only the right number may be graded as right, in any
// notation.
func TestNoOtherNumber(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for _, f := range samples(t) {
		for _, q := range collect(f, 7).Questions(20) {
			for i, p := range q.Parts {
				if p.Key != "" || p.Form != quiz.Number && p.Form != quiz.Decimal &&
					p.Form != quiz.Bytes {
					continue
				}
				for range 50 {
					a, b := near(rng, p.Right[0]), near(rng, p.Right[0])
					answer, same := spell(rng, a), p.Right[0] == strconv.Itoa(a)
					if p.Form == quiz.Bytes {
						answer, same = spell(rng, a)+"-"+spell(rng, b),
							p.Right[0] == fmt.Sprintf("%d-%d", a, b)
					}
					if p.Form == quiz.Decimal && strings.Contains(answer, "0x") {
						same = false
					}
					tried++
					if v := q.Grade(answerWith(&q, i, answer)); v.Right != same {
						t.Errorf("%s: %s: %s as %q (right: %v): %+v", f.name, q.Text, p.Name,
							answer, p.Right, v)
					}
				}
			}
		}
	}
	if tried < 10_000 {
		t.Errorf("only %d numbers were tried", tried)
	}
}

// near returns a random number, often one close to those of the right answer.
func near(rng *rand.Rand, right string) int {
	parts := strings.Split(right, "-")
	n := num(parts[rng.IntN(len(parts))])
	switch rng.IntN(4) {
	case 0:
		return rng.IntN(1 << 16)
	case 1:
		return max(0, n+rng.IntN(9)-4)
	case 2:
		return n ^ 1<<rng.IntN(17)
	}
	return n
}

// spell formats a number in one of the notations that are accepted.
func spell(rng *rand.Rand, n int) string {
	return fmt.Sprintf([]string{"%d", "@%d", "0x%x", "0x%04X", "0%d", "@0x%x"}[rng.IntN(6)], n)
}

// TestJSON encodes and decodes questions as JSON. The decoded questions must be graded alike.
func TestJSON(t *testing.T) {
	questions := all(byHand(t))
	text, err := json.Marshal(questions)
	if err != nil {
		t.Fatal(err)
	}
	var back []quiz.Question
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	for _, g := range gradings {
		q, r := find(t, questions, g.kind, g.text), find(t, back, g.kind, g.text)
		for _, answer := range append(g.right, keys(g.wrong)...) {
			if a, b := q.Grade(answer), r.Grade(answer); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: %q is graded %+v, after JSON %+v", q.Text, answer, a, b)
			}
		}
	}
}

func keys(m map[string]string) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	return out
}

// TestSeed checks that the questions depend on the seed alone, and differ for another seed.
func TestSeed(t *testing.T) {
	different := 0
	for _, f := range samples(t) {
		a, b, c := collect(f, 42).Questions(10), collect(f, 42).Questions(10),
			collect(f, 43).Questions(10)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: the same seed makes other questions", f.name)
		}
		if !reflect.DeepEqual(a, c) {
			different++
		}
		texts := make(map[string]bool)
		for i, q := range a {
			if q.Number != i+1 || texts[q.Text] || q.Hint == "" || q.Why == "" || q.Ask == "" ||
				q.Ref == "" && q.Kind != quiz.NoPorts || len(a) > 10 {
				t.Errorf("%s: question %d: %+v", f.name, i+1, q)
			}
			texts[q.Text] = true
		}
	}
	if different < 20 {
		t.Errorf("another seed makes other questions for %d samples only", different)
	}
}

// TestNothing checks that a capture without packets still allows the questions that need none.
func TestNothing(t *testing.T) {
	q := collect(file{}, 1).Questions(10)
	if len(q) != 2 || q[0].Kind != quiz.Largest || q[1].Kind != quiz.Process {
		t.Errorf("%+v", q)
	}
}
