package page

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/render"
	"github.com/portsniff/portsniff/render/anatomy"
)

// Schema names the form of the page's data.
const Schema = "portsniff.page/1"

// about is what the data begins with.
type about struct {
	Schema    string      `json:"schema"`
	Program   string      `json:"program"`
	Source    string      `json:"source"`
	Live      bool        `json:"live"`
	QuizOnly  bool        `json:"quizOnly,omitempty"` // there are no packets and no tables
	Frames    int64       `json:"frames"`
	Bytes     uint64      `json:"bytes"`
	Shown     int         `json:"shown"`
	Sampled   string      `json:"sampled"`
	Stop      string      `json:"stop"`
	First     *string     `json:"first"`
	Last      *string     `json:"last"`
	Ephemeral []ephemeral `json:"ephemeral"`
	Ranges    []portRange `json:"ranges"`
}

type ephemeral struct {
	OS   string `json:"os"`
	Low  uint16 `json:"low"`
	High uint16 `json:"high"`
}

type portRange struct {
	Name string `json:"name"`
	Low  uint16 `json:"low"`
	High uint16 `json:"high"`
	Doc  string `json:"doc"`
}

// A reason is why packets have no ports, and how many there are of them.
type reason struct {
	Key   string `json:"key"`
	Words string `json:"words"`
	Count uint64 `json:"count"`
}

// moment writes a time, nil for none.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format(timeLayout)
	return &s
}

func ephemerals() (list []ephemeral) {
	for _, e := range annotate.Ephemerals() {
		list = append(list, ephemeral{e.OS, e.Low, e.High})
	}
	return list
}

func portRanges() (list []portRange) {
	for _, r := range []annotate.Range{annotate.System, annotate.User, annotate.Dynamic} {
		low, high := r.Bounds()
		list = append(list, portRange{r.String(), low, high, r.Name()})
	}
	return list
}

func reasons(t *flow.Totals) []reason {
	list := []reason{}
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r].Packets; n > 0 {
			list = append(list, reason{r.String(), anatomy.Reason(r), n})
		}
	}
	return list
}

func (b *Builder) about(live bool) about {
	return about{Schema: Schema, Program: b.opt.Program, Source: render.Escape(b.opt.Source), Live: live, QuizOnly: b.opt.Quiz, Frames: b.frames, Bytes: b.bytes,
		Shown: len(b.sample.list), Sampled: b.sampled(), Stop: b.stop, First: moment(b.first), Last: moment(b.last), Ephemeral: ephemerals(), Ranges: portRanges()}
}

// counts are the tables, as JSON.
type counts struct {
	ports, flows []json.RawMessage
	totals       json.RawMessage
	index        map[flow.Key]int // of the flows
	hidden       [2]int           // ports and flows that are left out
}

// count makes the tables of what was counted so far, of at most so many rows.
func count(t *flow.Table, rows int) (c counts, err error) {
	ports := render.PortView{Ports: t.Ports(), Totals: t.Totals, Evicted: t.Evicted, Flows: true, Hosts: true}
	if len(ports.Ports) > rows {
		ports.Hidden, ports.Ports = len(ports.Ports)-rows, ports.Ports[:rows]
	}
	var text bytes.Buffer
	if err := render.PortsJSON(&text, &ports); err != nil {
		return c, err
	}
	c.ports = lines(text.Bytes())
	c.ports = c.ports[:len(c.ports)-1] // the last one is the total
	text = bytes.Buffer{}
	flows := &render.FlowView{Table: t, By: flow.ByPackets, Top: rows}
	if err := render.FlowsJSON(&text, flows); err != nil {
		return c, err
	}
	c.flows = lines(text.Bytes())
	c.totals, c.flows = c.flows[len(c.flows)-1], c.flows[:len(c.flows)-1]
	c.index = make(map[flow.Key]int, len(c.flows))
	for f := range t.Sorted(flow.ByPackets, rows) {
		c.index[f.Key] = len(c.index)
	}
	c.hidden = [2]int{ports.Hidden, max(t.Len()-rows, 0)}
	return c, nil
}

func lines(text []byte) (list []json.RawMessage) {
	for line := range bytes.Lines(text) {
		list = append(list, json.RawMessage(bytes.TrimSpace(line)))
	}
	return list
}

// withFrames adds to each flow the numbers of its packets.
func (c *counts) withFrames(list []kept) []json.RawMessage {
	frames := make([][]int64, len(c.flows))
	for i := range list {
		if n, ok := c.index[list[i].key]; ok && list[i].ports && len(frames[n]) < maxFrames {
			frames[n] = append(frames[n], list[i].number)
		}
	}
	out := make([]json.RawMessage, len(c.flows))
	for i, f := range c.flows {
		row := append(slices.Clone(f[:len(f)-1]), `,"frames":[`...)
		for j, n := range frames[i] {
			if j > 0 {
				row = append(row, ',')
			}
			row = strconv.AppendInt(row, n, 10)
		}
		out[i] = append(row, "]}"...)
	}
	return out
}

// flowOf is a kept packet's flow among those that are listed, or -1.
func (c *counts) flowOf(k *kept) int {
	if n, ok := c.index[k.key]; ok && k.ports {
		return n
	}
	return -1
}

// result is what is worked out at the end, once: several browsers may ask for it at the same time.
type result struct {
	counts
	flows []json.RawMessage // with the numbers of their packets
	quiz  quizJSON
}

func (b *Builder) result() (r result, err error) {
	if r.counts, err = count(b.flows, maxRows); err != nil {
		return r, err
	}
	r.flows = r.withFrames(b.sample.list)
	r.quiz = quizJSON{b.opt.Seed, escaped(b.quiz.Questions(b.opt.Count))}
	return r, nil
}

// WriteJSON writes the data as one object. What HTML could take for a tag or a comment is escaped in it, as encoding/json does. Nothing may be added after it.
// Several goroutines may call it at once.
func (b *Builder) WriteJSON(w io.Writer) error {
	r, err := b.end()
	if err != nil {
		return err
	}
	o := object{w: bufio.NewWriter(w)}
	o.inner(b.about(false))
	if b.opt.Quiz { // the answers are in what is left out
		o.member("quiz", r.quiz)
		return o.end()
	}
	b.enc.tables.write(&o)
	o.member("reasons", reasons(&b.flows.Totals))
	o.packets(b.sample.list, &r.counts)
	o.tables(&r.counts, r.flows)
	o.member("series", b.series.json())
	o.member("quiz", r.quiz)
	return o.end()
}

type quizJSON struct {
	Seed      uint64          `json:"seed"`
	Questions []quiz.Question `json:"questions"`
}

// escaped has the sentences of questions safe to be shown. The key stays as it is: answers are compared with it.
func escaped(list []quiz.Question) []quiz.Question {
	if list == nil {
		return []quiz.Question{}
	}
	for i := range list {
		q := &list[i]
		for _, s := range []*string{&q.Text, &q.Ask, &q.Answer, &q.Hint, &q.Why, &q.Ref} {
			*s = render.Escape(*s)
		}
	}
	return list
}

func (t *tables) write(o *object) {
	o.member("specs", t.Specs)
	o.member("kinds", t.Kinds)
	o.member("shapes", t.Shapes)
	o.member("texts", t.Texts)
}

// An object is a JSON object that is written member by member. It keeps the first error.
type object struct {
	w       *bufio.Writer
	started bool
	err     error
}

// comma begins a member.
func (o *object) comma() {
	c := byte(',')
	if !o.started {
		c, o.started = '{', true
	}
	o.fail(o.w.WriteByte(c))
}

func (o *object) fail(err error) {
	if o.err == nil {
		o.err = err
	}
}

func (o *object) raw(b []byte) {
	_, err := o.w.Write(b)
	o.fail(err)
}

func (o *object) member(name string, v any) {
	text, err := json.Marshal(v)
	o.fail(err)
	o.comma()
	o.raw(append(strconv.AppendQuote(nil, name), ':'))
	o.raw(text)
}

// inner writes the members of another object.
func (o *object) inner(v any) {
	text, err := json.Marshal(v)
	o.fail(err)
	if o.err == nil {
		o.comma()
		o.raw(text[1 : len(text)-1])
	}
}

func (o *object) packets(list []kept, c *counts) {
	o.comma()
	o.raw([]byte(`"packets":[`))
	for i := range list {
		if i > 0 {
			o.raw([]byte{','})
		}
		text := list[i].json
		o.raw(text[:len(text)-1])
		o.raw(fmt.Appendf(nil, `,"flow":%d}`, c.flowOf(&list[i])))
	}
	o.raw([]byte{']'})
}

func (o *object) tables(c *counts, flows []json.RawMessage) {
	o.member("ports", c.ports)
	o.member("flows", flows)
	o.member("totals", c.totals)
	o.member("hiddenPorts", c.hidden[0])
	o.member("hiddenFlows", c.hidden[1])
}

func (o *object) end() error {
	o.raw([]byte{'}'})
	o.fail(o.w.Flush())
	return o.err
}
