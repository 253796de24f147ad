package page_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
)

// data is the page's data as a browser reads it: by member names, without the types of the package.
type data struct {
	Schema, Program, Source, Sampled, Stop string
	Frames, Bytes, Shown                   int
	Specs                                  []struct {
		Key, Name, RFC, Doc string
		Port                bool
	}
	Kinds   []struct{ Key, Name, RFC string }
	Shapes  [][][3]int
	Texts   []string
	Reasons []struct {
		Key, Words string
		Count      int
	}
	Packets []struct {
		N, Len, CapLen                                            int
		Bytes                                                     []byte
		Proto, Src, Dst, Line, Why, Client, Evidence, Iface, Stop string
		SPort, DPort                                              *int
		NoPorts                                                   string `json:"no_ports"`
		What, Start                                               any
		Payload                                                   *int
		Seq                                                       []int
		Ends                                                      [][]any
		Notes                                                     []any
		Quoted                                                    []struct {
			Proto, Src, Dst string
			SPort, DPort    int
			Ends            [][]any
		}
		Comments []string
		Flow     int
		Headers  []struct {
			K, At, Len, Level, S int
			Quoted               bool
			Checksum             string
			Shape                [][3]int
			F                    []any
			Cut                  []int
		}
	}
	Ports []struct {
		Port, Packets, Bytes int
		Proto                string
	}
	Flows []struct {
		Proto, Client, Server string
		ClientPort            int `json:"client_port"`
		ServerPort            int `json:"server_port"`
	}
	Hosts []struct {
		Host           string
		Packets, Flows int
	}
	Services []struct {
		Host, Proto, State, Evidence string
		Port                         int
		Frame                        int64
	}
	Evidence map[string]map[string]string
	Totals   struct{ Packets, Flows int }
	Series   *struct {
		Seconds float64
		Left    int
		Packets []int
		Rows    []struct {
			Port           int
			Proto          string
			Packets, Bytes []int
		}
	}
	Quiz struct {
		Seed      int
		Questions []json.RawMessage
	}
}

// build builds the page's data from frames, as the command does.
func build(t testing.TB, frames []corpustest.Frame, opt page.Options) *page.Builder {
	t.Helper()
	fragments := decode.NewFragments(0)
	table := flow.NewTable(flow.Options{Hosts: true, Proofs: true})
	b := page.NewBuilder(opt, table)
	var p decode.Packet
	fr := analysis.Frame{Packet: &p}
	for i, raw := range frames {
		buf := bytes.Clone(raw.Data)
		p.Decode(raw.Link, buf, raw.Wire)
		fr.Number, fr.Len = int64(i+1), raw.Wire
		fragments.Observe(&p, fr.Number, fr.Time)
		fr.Annotate(table.Add(&p, uint32(raw.Wire), flow.NoTime, fr.Number))
		if err := b.Add(&fr, ""); err != nil {
			t.Fatal(err)
		}
		for j := range buf {
			buf[j] = 0xff // a reader also reuses its buffer
		}
	}
	return b
}

func parse(t testing.TB, write func(io.Writer) error) (d data) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// string returns a text, which may be an index.
func (d *data) string(t testing.TB, v any) string {
	t.Helper()
	if n, ok := v.(float64); ok {
		if int(n) >= len(d.Texts) {
			t.Fatalf("text %v of %d", n, len(d.Texts))
		}
		return d.Texts[int(n)]
	}
	return v.(string)
}

// sentences joins texts, one per line.
func (d *data) sentences(t testing.TB, list []any) string {
	t.Helper()
	out := make([]string, len(list))
	for i, r := range list {
		out[i] = d.string(t, r)
	}
	return strings.Join(out, "\n")
}
