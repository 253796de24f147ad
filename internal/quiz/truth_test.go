package quiz_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/quiz"
)

// A truth computes the right answers to a question from its text and from tshark's view of the
// capture. It uses no code that makes questions.
type truth struct {
	file   string
	frames []corpustest.Frame
	seen   []seen
	// frames in which tshark sees more or fewer transport headers than the decoder; the decoder's
	// own tests list them all
	differ []bool
}

// newTruth combines a capture's frames and tshark's view of them.
func newTruth(f file, view []seen) *truth {
	tr := &truth{f.name, f.frames, view, make([]bool, len(view))}
	var p decode.Packet
	for i, raw := range f.frames {
		p.Decode(raw.Link, raw.Data, raw.Wire)
		n := 0
		for _, q := range p.Ports {
			if !q.Quoted {
				n++
			}
		}
		tr.differ[i] = n != len(slices.DeleteFunc(view[i].own(),
			func(h seenHeader) bool { return h.dstAt < 0 }))
	}
	return tr
}

// errDiffers reports that tshark decodes a packet differently, so that its view cannot be used.
var errDiffers = errors.New("tshark sees other headers")

var (
	askBytes = regexp.MustCompile(
		`^Frame (\d+): which bytes of the frame hold the (source|destination) port of (its ` +
			`.+)\? Count from 0`)
	askValue = regexp.MustCompile(
		`^Frame (\d+): the (source|destination) port of (its .+) has the bytes ([0-9a-f]{2} ` +
			`[0-9a-f]{2})\. Which number is that, in decimal\?$`)
	askNext = regexp.MustCompile(
		`^Frame (\d+): which byte of the frame names the protocol after the (outermost )?` +
			`(IPv4|IPv6) header, and what is its value\?$`)
	askWhich = regexp.MustCompile(
		`^Which of the frames ([0-9, ]+) and (\d+) carry no ports of their own, and why\?$`)
	askEnd = regexp.MustCompile(
		`^Frame (\d+) belongs to a conversation over (\S+) between A, (\S+), and B, (\S+)\. ` +
			`Which end is the client`)
	askReply = regexp.MustCompile(
		`^Frame (\d+) goes from (\S+) to (\S+) \((\S+)\)\. From which port to which (does the|` +
			`would a) reply go\?$`)
	askRange = regexp.MustCompile(
		`^Frame (\d+): (its .+) goes from port (\d+) to port (\d+)\. In which of the three ranges`)
	askIHL = regexp.MustCompile(
		`^Frame (\d+) has an IPv4 header with an IHL of (\d+)\. If the IHL were (\d+), `)
	askTags = regexp.MustCompile(
		`^If frame (\d+) had (one|two) more VLAN tags? in front of its IP header, at which byte ` +
			`of the frame would the source port begin\?$`)
	askExt = regexp.MustCompile(
		`^If frame (\d+) had one more IPv6 extension header in front of its \S+ header, of ` +
			`(\d+) bytes, at which byte of the frame would the source port begin\?$`)
	askTalks = regexp.MustCompile(
		`^How many conversations are there (in this capture|in the first (\d+) frames)(, and ` +
			`how many different ports of servers)?\? One is`)
	askQuote = regexp.MustCompile(
		`^Frame (\d+) is an ICMP error about another packet\. Whose packet failed, to which ` +
			`(\S+) port`)
)

func (tr *truth) frame(n string) *seen { return &tr.seen[num(n)-1] }

func num(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

var nth = regexp.MustCompile(`number (\d+) of (\d+), counted from outside`)

// header returns the transport header that a question describes in words.
func (tr *truth) header(frame, words string) (*seenHeader, error) {
	own := tr.frame(frame).own()
	i, of := 0, 1
	var proto string
	switch m := nth.FindStringSubmatch(words); {
	case m != nil:
		i, of = num(m[1])-1, num(m[2])
		proto = words[strings.LastIndex(words, "(")+1 : len(words)-1]
	case strings.Contains(words, "; there are "):
		inside := words[strings.Index(words, "(")+1 : len(words)-1]
		p, n, _ := strings.Cut(inside, "; there are ")
		proto, of = p, num(n)
		if strings.Contains(words, "innermost") {
			i = of - 1
		}
	default:
		proto, _, _ = strings.Cut(strings.TrimPrefix(words, "its "), " ")
	}
	if len(own) != of || protoKey(proto) != own[i].proto || own[i].dstAt < 0 {
		return nil, errDiffers
	}
	return &own[i], nil
}

func protoKey(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "") }

// answers returns the right answers, one for each part, in normal form.
func (tr *truth) answers(q *quiz.Question) ([]string, error) {
	switch q.Kind {
	case quiz.PortBytes:
		return tr.portBytes(q)
	case quiz.PortValue:
		return tr.portValue(q)
	case quiz.NextHeader:
		return tr.next(q)
	case quiz.NoPorts:
		return tr.noPorts(q)
	case quiz.Client:
		return tr.client(q)
	case quiz.Reply:
		return tr.reply(q)
	case quiz.RangeRole:
		return tr.ranges(q)
	case quiz.Moved:
		return tr.moved(q)
	case quiz.Conversations:
		return tr.talks(q)
	case quiz.Quoted:
		return tr.quoted(q)
	case quiz.Process:
		return []string{"none"}, nil // RFC 791, 768, 9293: their headers have no such field
	case quiz.Largest:
		return []string{"65535"}, nil // sixteen bits
	}
	return nil, fmt.Errorf("an unknown kind of question: %s", q.Kind)
}

func match(re *regexp.Regexp, q *quiz.Question) ([]string, error) {
	m := re.FindStringSubmatch(q.Text)
	if m == nil {
		return nil, fmt.Errorf("the text is not what was expected: %s", q.Text)
	}
	return m, nil
}

func (tr *truth) portBytes(q *quiz.Question) ([]string, error) {
	m, err := match(askBytes, q)
	if err != nil {
		return nil, err
	}
	h, err := tr.header(m[1], m[3])
	if err != nil {
		return nil, err
	}
	at := h.srcAt
	if m[2] == "destination" {
		at = h.dstAt
	}
	return []string{fmt.Sprintf("%d-%d", at, at+1)}, nil
}

func (tr *truth) portValue(q *quiz.Question) ([]string, error) {
	m, err := match(askValue, q)
	if err != nil {
		return nil, err
	}
	h, err := tr.header(m[1], m[3])
	if err != nil {
		return nil, err
	}
	at, n := h.srcAt, h.src
	if m[2] == "destination" {
		at, n = h.dstAt, h.dst
	}
	if raw := tr.frames[num(m[1])-1].Data[at : at+2]; fmt.Sprintf("% x", raw) != m[4] {
		return nil, fmt.Errorf("the bytes are % x", raw)
	}
	return []string{strconv.Itoa(n)}, nil
}

func (tr *truth) next(q *quiz.Question) ([]string, error) {
	m, err := match(askNext, q)
	if err != nil {
		return nil, err
	}
	s := tr.frame(m[1])
	if s.next < 0 {
		return nil, errDiffers
	}
	return []string{strconv.Itoa(s.next), strconv.Itoa(s.nextValue)}, nil
}

func (tr *truth) noPorts(q *quiz.Question) ([]string, error) {
	m, err := match(askWhich, q)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, n := range append(strings.Split(m[1], ", "), m[2]) {
		s := tr.frame(n)
		if tr.differ[num(n)-1] {
			return nil, errDiffers
		}
		reason := "ports"
		switch {
		case slices.ContainsFunc(s.own(), func(h seenHeader) bool { return h.dstAt >= 0 }):
		case s.malformed || s.captured < s.length:
			// tshark does not distinguish these; the decoder's own tests cover them
			reason = ""
		case s.later:
			reason = "later-fragment"
		case s.esp:
			reason = "encrypted"
		case !s.ip:
			reason = "not-ip"
		default:
			reason = "no-transport"
		}
		out = append(out, reason)
	}
	return out, nil
}

// A talkSeen is a conversation according to tshark's fields.
type talkSeen struct {
	a, b           string // endpoints, in the order of their text
	portA, portB   int
	proto          string
	first          int
	asked, answers map[string]bool // by the endpoint that sent it
}

func (h *seenHeader) ends() (src, dst string) {
	return h.srcAddr + " " + strconv.Itoa(h.src), h.dstAddr + " " + strconv.Itoa(h.dst)
}

// conversations returns those of the frames up to last, in the order of their first frames.
func (tr *truth) conversations(last int) (out []*talkSeen) {
	byKey := make(map[string]*talkSeen)
	for i := range tr.seen {
		for _, h := range tr.seen[i].own() {
			src, dst := h.ends()
			a, b, pa, pb := src, dst, h.src, h.dst
			if a > b {
				a, b, pa, pb = b, a, pb, pa
			}
			key := h.proto + " " + a + " " + b
			k := byKey[key]
			if k == nil {
				k = &talkSeen{a: a, b: b, portA: pa, portB: pb, proto: h.proto, first: i + 1,
					asked: map[string]bool{}, answers: map[string]bool{}}
				byKey[key] = k
				if i < last {
					out = append(out, k)
				}
			}
			if h.asks {
				k.asked[src] = true
			}
			if h.answers {
				k.answers[src] = true
			}
		}
	}
	return out
}

// client returns the endpoint that opened a conversation. It returns "" if the packets do not show
// it, unless only one end has no system port.
func (k *talkSeen) client() string {
	for _, e := range []string{k.a, k.b} {
		other := k.a + k.b
		other = strings.Replace(other, e, "", 1)
		if len(k.asked) == 1 && k.asked[e] || len(k.asked) == 0 && len(k.answers) == 1 &&
			k.answers[other] {
			return e
		}
	}
	const system = 1024
	switch {
	case len(k.asked)+len(k.answers) > 0:
	case k.portA < system && k.portB >= system:
		return k.b
	case k.portB < system && k.portA >= system:
		return k.a
	}
	return ""
}

func (tr *truth) talkOf(h *seenHeader) *talkSeen {
	src, dst := h.ends()
	for _, k := range tr.conversations(len(tr.seen)) {
		if k.proto == h.proto && (k.a == src && k.b == dst || k.a == dst && k.b == src) {
			return k
		}
	}
	return nil
}

// endpoint joins tshark's address and port.
func endpoint(e string) string {
	addr, port, _ := strings.Cut(e, " ")
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return addr + ":" + port
}

// among returns the header of a frame between two endpoints, in either direction.
func (tr *truth) among(frame, proto, a, b string) (*seenHeader, error) {
	for _, h := range tr.frame(frame).own() {
		src, dst := h.ends()
		src, dst = endpoint(src), endpoint(dst)
		if h.proto == protoKey(proto) && (src == a && dst == b || src == b && dst == a) {
			return &h, nil
		}
	}
	return nil, errDiffers
}

func (tr *truth) client(q *quiz.Question) ([]string, error) {
	m, err := match(askEnd, q)
	if err != nil {
		return nil, err
	}
	h, err := tr.among(m[1], m[2], m[3], m[4])
	if err != nil {
		return nil, err
	}
	k := tr.talkOf(h)
	if len(k.asked) != 1 {
		return nil, fmt.Errorf("%d ends asked", len(k.asked))
	}
	if endpoint(k.client()) == m[3] {
		return []string{"a", "syn"}, nil
	}
	return []string{"b", "syn"}, nil
}

func (tr *truth) reply(q *quiz.Question) ([]string, error) {
	m, err := match(askReply, q)
	if err != nil {
		return nil, err
	}
	h, err := tr.among(m[1], m[4], m[2], m[3])
	if err != nil {
		return nil, err
	}
	if m[5] == "does the" {
		answered := false
		for i := num(m[1]); i < len(tr.seen); i++ {
			for _, r := range tr.seen[i].own() {
				src, dst := h.ends()
				rs, rd := r.ends()
				answered = answered || r.proto == h.proto && rs == dst && rd == src
			}
		}
		if !answered {
			return nil, errors.New("no reply was captured")
		}
	} else if h.proto == "udp" || h.proto == "udplite" {
		return nil, errors.New("a datagram without a captured reply")
	}
	return []string{strconv.Itoa(h.dst), strconv.Itoa(h.src)}, nil
}

func (tr *truth) ranges(q *quiz.Question) ([]string, error) {
	m, err := match(askRange, q)
	if err != nil {
		return nil, err
	}
	h, err := tr.header(m[1], m[2])
	if err != nil {
		return nil, err
	}
	if h.src != num(m[3]) || h.dst != num(m[4]) {
		return nil, fmt.Errorf("the ports are %d and %d", h.src, h.dst)
	}
	src, _ := h.ends()
	roles := []string{"server", "client"}
	switch tr.talkOf(h).client() {
	case src:
		roles = []string{"client", "server"}
	case "":
		return nil, errors.New("the client cannot be known")
	}
	return []string{rangeByHand(h.src), roles[0], rangeByHand(h.dst), roles[1]}, nil
}

// rangeByHand returns the range of a port (RFC 6335 section 6).
func rangeByHand(port int) string {
	switch {
	case port <= 1023:
		return "system"
	case port <= 49151:
		return "registered"
	}
	return "dynamic"
}

func (tr *truth) moved(q *quiz.Question) ([]string, error) {
	add := 0
	m := askIHL.FindStringSubmatch(q.Text)
	switch {
	case m != nil:
		if ihl := tr.frame(m[1]).ihl; ihl != num(m[2]) && ihl != 4*num(m[2]) {
			return nil, fmt.Errorf("the IPv4 header has %d bytes", ihl)
		}
		add = 4 * (num(m[3]) - num(m[2]))
	case askTags.MatchString(q.Text):
		m = askTags.FindStringSubmatch(q.Text)
		add = map[string]int{"one": 4, "two": 8}[m[2]]
	case askExt.MatchString(q.Text):
		m = askExt.FindStringSubmatch(q.Text)
		add = num(m[2])
	default:
		return nil, fmt.Errorf("the text is not what was expected: %s", q.Text)
	}
	own := tr.frame(m[1]).own()
	if len(own) != 1 {
		return nil, errDiffers
	}
	return []string{strconv.Itoa(own[0].srcAt + add)}, nil
}

func (tr *truth) talks(q *quiz.Question) ([]string, error) {
	m, err := match(askTalks, q)
	if err != nil {
		return nil, err
	}
	last := len(tr.seen)
	if m[2] != "" {
		last = num(m[2])
	}
	if slices.Contains(tr.differ, true) {
		return nil, errDiffers
	}
	talks := tr.conversations(last)
	out := []string{strconv.Itoa(len(talks))}
	if m[3] == "" {
		return out, nil
	}
	ports := make(map[string]bool)
	for _, k := range talks {
		switch k.client() {
		case k.a:
			ports[k.proto+strconv.Itoa(k.portB)] = true
		case k.b:
			ports[k.proto+strconv.Itoa(k.portA)] = true
		default:
			return nil, fmt.Errorf("the client of %s and %s cannot be known", k.a, k.b)
		}
	}
	return append(out, strconv.Itoa(len(ports))), nil
}

func (tr *truth) quoted(q *quiz.Question) ([]string, error) {
	m, err := match(askQuote, q)
	if err != nil {
		return nil, err
	}
	for _, h := range tr.frame(m[1]).headers {
		if h.quoted && h.dstAt >= 0 && h.proto == protoKey(m[2]) {
			return []string{h.srcAddr, strconv.Itoa(h.dst),
				fmt.Sprintf("%d-%d", h.dstAt, h.dstAt+1)}, nil
		}
	}
	return nil, errDiffers
}

// TestTruth compares every possible question about every sample with tshark.
func TestTruth(t *testing.T) {
	checkTruth(t, samples(t), []uint64{1, 2, 3, 4, 5},
		map[quiz.Kind]int{quiz.PortBytes: 1000, quiz.PortValue: 500, quiz.NextHeader: 1000,
			quiz.NoPorts: 200,
			quiz.Client:  200, quiz.Reply: 200, quiz.RangeRole: 200, quiz.Moved: 1000,
			quiz.Conversations: 150, quiz.Quoted: 10, quiz.Process: 100, quiz.Largest: 200}, 0)
}

// TestTruthCorpus is like TestTruth for real captures.
func TestTruthCorpus(t *testing.T) {
	checkTruth(t, corpus(t), []uint64{1}, map[quiz.Kind]int{quiz.PortBytes: 3000,
		quiz.PortValue: 1000, quiz.NextHeader: 3000, quiz.NoPorts: 1000,
		quiz.Client: 300, quiz.Reply: 500, quiz.RangeRole: 500, quiz.Moved: 2000,
		quiz.Conversations: 200, quiz.Quoted: 50, quiz.Process: 300, quiz.Largest: 600}, 0.01)
}

// checkTruth makes questions about captures and compares their keys with tshark. least is the least
// number of comparisons per kind. differ is the greatest fraction of questions that cannot be
// compared with tshark.
func checkTruth(t *testing.T, files []file, seeds []uint64, least map[quiz.Kind]int,
	differ float64) {
	views := look(t, files)
	compared, differs, all := make(map[quiz.Kind]int), make(map[quiz.Kind]int), 0
	for i, f := range files {
		tr := newTruth(f, views[i])
		for _, seed := range seeds {
			for _, q := range collect(f, seed).Questions(quiz.MaxCount) {
				all++
				want, err := tr.answers(&q)
				if errors.Is(err, errDiffers) {
					differs[q.Kind]++
					continue
				}
				if err != nil {
					t.Errorf("%s, seed %d: %s: %v", f.name, seed, q.Kind, err)
					continue
				}
				compared[q.Kind]++
				checkKey(t, f.name, &q, want)
				checkExhibits(t, f, &q)
			}
		}
	}
	sum := 0
	for _, k := range quiz.Kinds() {
		sum += differs[k]
		if compared[k] < least[k] {
			t.Errorf("%s: only %d questions were compared", k, compared[k])
		}
	}
	t.Logf("%d questions; compared with tshark %v, not comparable %v", all, compared, differs)
	if float64(sum) > differ*float64(all) {
		t.Errorf("tshark could not answer %d of %d questions: %v", sum, all, differs)
	}
}

// checkKey compares a question's key with the right answers: its parts, the answer that it shows,
// and the verdict of the grader on both.
func checkKey(t *testing.T, name string, q *quiz.Question, want []string) {
	t.Helper()
	if len(q.Parts) != len(want) {
		t.Errorf("%s: %s: %d parts, expected %v", name, q.Text, len(q.Parts), want)
		return
	}
	for i, p := range q.Parts {
		if want[i] != "" && !slices.Contains(p.Right, want[i]) {
			t.Errorf("%s: %s: %s is %v, by tshark %s", name, q.Text, p.Name, p.Right, want[i])
		}
		// Numbers and positions have only one right answer.
		if single := p.Form == quiz.Number || p.Form == quiz.Decimal || p.Form == quiz.Bytes ||
			p.Form == quiz.Reason || p.Form == quiz.Role || p.Form == quiz.Range; single &&
			len(p.Right) != 1 {
			t.Errorf("%s: %s: %s may be any of %v", name, q.Text, p.Name, p.Right)
		}
	}
	if v := q.Grade(q.Answer); !v.Right {
		t.Errorf("%s: %s: the key's own answer %q is graded wrong: %v", name, q.Text, q.Answer,
			v.Diagnoses)
	}
	if q.Kind == quiz.NoPorts {
		return
	}
	if v := q.Grade(strings.Join(want, " ")); !v.Right {
		t.Errorf("%s: %s: tshark's answer %q is graded wrong: %v", name, q.Text, want,
			v.Diagnoses)
	}
}

// checkExhibits compares the bytes that are shown with the capture's.
func checkExhibits(t *testing.T, f file, q *quiz.Question) {
	t.Helper()
	for _, e := range q.Exhibits {
		data := f.frames[e.Frame-1].Data
		if shown := len(e.Hex) / 2; hex.EncodeToString(data[:shown]) != e.Hex || shown+
			e.More != len(data) {
			t.Errorf("%s: %s: frame %d is shown as %s and %d more, it is % x", f.name, q.Text,
				e.Frame, e.Hex, e.More, data)
		}
	}
}
