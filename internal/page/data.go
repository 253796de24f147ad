package page

import (
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/timezone"
	"github.com/portsniff/portsniff/linktype"
)

// Schema names the schema of the page's data.
const Schema = "portsniff.page/1"

// about holds the first members of the data.
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
	Zone      string      `json:"zone"` // time zone of all times
	Ephemeral []ephemeral `json:"ephemeral"`
	Ranges    []portRange `json:"ranges"`
	Evidence  evidence    `json:"evidence"`

	Interfaces []string `json:"interfaces,omitempty"` // of a capture on all of them

	Processes bool `json:"processes,omitempty"` // the processes of this host are looked up

	// LINKTYPE_ numbers by name, for the packets in the page
	Links map[string]linktype.Type `json:"links,omitempty"`
}

// evidence maps each kind of evidence and each protocol to a sentence.
type evidence map[annotate.Evidence]map[string]string

func evidences() evidence {
	out := evidence{}
	for _, e := range []annotate.Evidence{annotate.BySYN, annotate.BySYNACK,
		annotate.ByRegisteredPort, annotate.ByWellKnownUse, annotate.ByLowerPort,
		annotate.ByFirstSender} {
		out[e] = map[string]string{}
		for _, p := range []decode.Transport{decode.ProtoTCP, decode.ProtoUDP, decode.ProtoUDPLite,
			decode.ProtoSCTP, decode.ProtoDCCP} {
			out[e][p.String()] = explain.Evidence(e, p)
		}
	}
	return out
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

// A reason says why packets have no ports, and counts these packets.
type reason struct {
	Key   string `json:"key"`
	Words string `json:"words"`
	Count uint64 `json:"count"`
}

// moment formats a time. It returns nil for the zero time.
func moment(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Local().Format(timeLayout)
	return &s
}

// zone names the time zone of the page's times, or returns "" if there are none.
func (b *Builder) zone() string {
	if b.first.IsZero() {
		return ""
	}
	return timezone.Names(b.first, b.last)
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
			list = append(list, reason{r.String(), explain.Reason(r), n})
		}
	}
	return list
}

func (b *Builder) about(live bool) about {
	return about{Schema: Schema, Program: b.opt.Program, Source: textutil.Escape(b.opt.Source),
		Live: live, QuizOnly: b.opt.Quiz, Frames: b.frames, Bytes: b.bytes,
		Shown: b.sample.count(), Sampled: b.sampled(), Stop: b.stop, First: moment(b.first),
		Last: moment(b.last), Zone: b.zone(), Ephemeral: ephemerals(), Ranges: portRanges(),
		Evidence: evidences(), Links: b.links,
		Interfaces: escapedList(b.opt.Interfaces), Processes: b.opt.Processes != nil}
}

func escapedList(list []string) (out []string) {
	for _, s := range list {
		out = append(out, textutil.Escape(s))
	}
	return out
}
