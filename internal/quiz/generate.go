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

// MaxCount is the number of questions that can be asked at once.
const MaxCount = 100

// A maker makes questions of what was collected.
type maker struct {
	*Collector
	rng *rand.Rand
}

// tries is how often another packet is chosen for a kind of question that the last one was not fit
// for, or was asked about already.
const tries = 4 * poolSize

// Questions makes at most count questions, fewer where the capture cannot ask as many. They are of
// as many kinds as possible, in the order of Kinds. The same packets, seed and count make the same
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

// easyFirst moves an easy kind to the front, so that it is asked however few questions there are.
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

// number gives a question its number, and empty lists where it has none, which JSON would write as
// null.
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

// choose takes one of the packets that were kept for a kind of question, or nil.
func (m *maker) choose(k Kind) *subject {
	p := m.pools[k]
	if p == nil || len(p.kept) == 0 {
		return nil
	}
	return p.kept[m.rng.IntN(len(p.kept))]
}

// maxShown is the number of bytes of a packet that are shown.
const maxShown = 256

// exhibit shows a packet up to the end of its headers.
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

// explain is the command that draws a packet.
func (m *maker) explain(frames ...int64) string {
	var list []string
	for _, n := range frames {
		list = append(list, fmt.Sprint(n))
	}
	return fmt.Sprintf("portsniff explain %s -f %s", m.source, strings.Join(list, ","))
}

// portField is the field that holds a header's source or destination port; nil where it was cut.
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

// span writes the bytes that a field of whole bytes takes, in normal form.
func span(f *decode.Field) string { return pair(f.At/8, f.At/8+f.Width/8-1) }

// pair writes a range of bytes in normal form; nothing where one of them cannot be.
func pair(from, to int) string {
	if from < 0 || to < 0 {
		return ""
	}
	return fmt.Sprintf("%d-%d", from, to)
}

// section writes a source of a field with the word that people say: "RFC 791 3.1" is "RFC 791,
// section 3.1".
func section(ref string) string {
	words := strings.Fields(ref)
	if len(words) != 3 {
		return ref
	}
	return fmt.Sprintf("%s %s, section %s", words[0], words[1], words[2])
}

// protoName is a transport protocol as people write it.
func protoName(p decode.Transport) string {
	if p == decode.ProtoUDPLite {
		return "UDP-Lite"
	}
	return strings.ToUpper(p.String())
}

// which returns the header that a question is about: with several, its place among them.
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

// way returns the headers before one, with their places: "eth @0-13, ip @14-33".
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
