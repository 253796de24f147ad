package quiz

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
)

// MaxCount is the greatest number of questions in one quiz.
const MaxCount = 100

// A maker makes questions from the collected packets.
type maker struct {
	*Collector
	rng *rand.Rand
}

// tries is the number of attempts to choose another packet for a kind of question, if the last one
// was unsuitable or was already used.
const tries = 4 * poolSize

// Questions makes up to count questions, or fewer if the capture does not allow as many. It uses as
// many kinds as possible, in the order of Kinds. The same packets, seed and count give the same
// questions.
func (c *Collector) Questions(count int) []Question {
	m := &maker{c, rand.New(rand.NewPCG(c.seed, quizSeed))}
	kinds := Kinds()
	m.rng.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	m.easyFirst(kinds)
	var out []Question
	asked := make(map[string]bool)
	for count = min(count, MaxCount); len(kinds) > 0 && len(out) < count; {
		left := kinds[:0]
		for _, k := range kinds {
			if len(out) == count {
				break
			}
			if q := m.another(k, asked); q != nil {
				out, left = append(out, *q), append(left, k)
			}
		}
		kinds = left
	}
	slices.SortStableFunc(out, func(a, b Question) int {
		return slices.Index(Kinds(),
			a.Kind) - slices.Index(Kinds(), b.Kind)
	})
	for i := range out {
		out[i].number(i + 1)
	}
	return out
}

// easyFirst moves an easy kind to the front, so that every quiz has an easy question.
func (m *maker) easyFirst(kinds []Kind) {
	easy := Largest
	for _, k := range []Kind{Client, Reply} {
		if p := m.pools[k]; p != nil && len(p.kept) > 0 {
			easy = k
		}
	}
	i := slices.Index(kinds, easy)
	kinds[0], kinds[i] = kinds[i], kinds[0]
}

// number sets the number of a question. It replaces nil lists, which JSON would write as null, by
// empty lists.
func (q *Question) number(n int) {
	q.Number = n
	if q.Exhibits == nil {
		q.Exhibits = []Exhibit{}
	}
	for i := range q.Parts {
		if q.Parts[i].Wrong == nil {
			q.Parts[i].Wrong = []Wrong{}
		}
	}
}

// another returns a new question, or nil.
func (m *maker) another(k Kind, asked map[string]bool) *Question {
	make := map[Kind]func() *Question{PortBytes: m.portBytes, PortValue: m.portValue,
		NextHeader: m.nextHeader, NoPorts: m.noPorts, Client: m.client,
		Reply: m.reply, RangeRole: m.rangeRole, Moved: m.moved, Conversations: m.conversations,
		Quoted: m.quoted, Process: m.process, Largest: m.largest}[k]
	for range tries {
		q := make()
		if q == nil {
			continue
		}
		about := string(k) + " " + cmp.Or(q.about, q.Text)
		if !asked[about] {
			asked[about] = true
			q.Kind = k
			return q
		}
	}
	return nil
}

// choose returns one of the packets kept for a kind of question, or nil.
func (m *maker) choose(k Kind) *subject {
	p := m.pools[k]
	if p == nil || len(p.kept) == 0 {
		return nil
	}
	return p.kept[m.rng.IntN(len(p.kept))]
}

// maxShown is the greatest number of bytes of a packet that are shown.
const maxShown = 256

// exhibit returns a packet up to the end of its headers.
func exhibit(f *analysis.Frame) Exhibit {
	const row = 16
	end := 0
	for _, l := range f.Packet.Layers {
		end = max(end, l.At+l.Len)
	}
	if g := f.Packet.Frag; g.Is {
		end = max(end, g.At+1)
	}
	end = min((end+row-1)/row*row, maxShown, len(f.Packet.Data))
	return Exhibit{Frame: f.Number, Hex: hex.EncodeToString(f.Packet.Data[:end]),
		More: len(f.Packet.Data) - end}
}

// explain returns the command that draws the packets.
func (m *maker) explain(frames ...int64) string {
	var list []string
	for _, n := range frames {
		list = append(list, fmt.Sprint(n))
	}
	return fmt.Sprintf("portsniff explain %s -f %s", m.source, strings.Join(list, ","))
}

// portField returns the field of a header's source or destination port, or nil if it was truncated.
func portField(f *analysis.Frame, t *analysis.Transport, dst bool) *decode.Field {
	want, met := t.Src, 0
	if dst {
		want = t.Dst
	}
	fields := f.Packet.Fields(t.Layer)
	for i := range fields {
		fd := &fields[i]
		if fd.Show != decode.ShowPort {
			continue
		}
		if met++; (met == 2) != dst {
			continue
		}
		if fd.Cut || fd.At%8 != 0 || fd.Value != uint64(want) {
			return nil
		}
		return fd
	}
	return nil
}

// span formats the bytes of a field in normal form. The field must consist of whole bytes.
func span(f *decode.Field) string { return pair(f.At/8, f.At/8+f.Width/8-1) }

// pair formats a range of bytes in normal form, or returns "" if an offset is negative.
func pair(from, to int) string {
	if from < 0 || to < 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", from, to)
}

// section formats a reference in words: "RFC 791 3.1" becomes "RFC 791, section 3.1".
func section(ref string) string {
	words := strings.Fields(ref)
	if len(words) != 3 {
		return ref
	}
	return fmt.Sprintf("%s %s, section %s", words[0], words[1], words[2])
}

// protoName returns the usual name of a transport protocol.
func protoName(p decode.Transport) string {
	if p == decode.ProtoUDPLite {
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}

// which describes the header that a question is about. If there are several, it gives its position.
func (s *subject) which() string {
	var own []int
	for i, t := range s.Transport {
		if !t.Quoted && t.InheritedFrom == 0 {
			own = append(own, i)
		}
	}
	name := protoName(s.transport().Proto) + " header"
	switch n := slices.Index(own, s.header); {
	case len(own) == 1:
		return "its " + name
	case n == 0:
		return fmt.Sprintf("its outermost transport header (%s; there are %d)",
			protoName(s.transport().Proto), len(own))
	case n == len(own)-1:
		return fmt.Sprintf("its innermost transport header (%s; there are %d)",
			protoName(s.transport().Proto), len(own))
	default:
		return fmt.Sprintf("its transport header number %d of %d, counted from outside (%s)", n+1,
			len(own), protoName(s.transport().Proto))
	}
}

// way returns the headers before one, with their offsets: "eth @0-13, ip @14-33".
func way(p *decode.Packet, layer int) string {
	var out []string
	for _, l := range p.Layers[:layer] {
		if l.Len > 0 {
			out = append(out, fmt.Sprintf("%s @%d-%d", l.ID, l.At, l.At+l.Len-1))
		}
	}
	if len(out) == 0 {
		return "it is the first header"
	}
	if len(out) == 1 {
		return out[0] + " comes before it"
	}
	return strings.Join(out, ", ") + " come before it"
}
