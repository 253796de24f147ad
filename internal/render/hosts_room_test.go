package render

import (
	"errors"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// TestHostsBeyondMemory checks how inexact numbers of hosts are reported. A number that memory
// limited is a minimum (>=), an estimate is approximate (~), and neither is reported as exact.
func TestHostsBeyondMemory(t *testing.T) {
	v := &PortView{Flows: true, Hosts: true,
		Ports: []flow.Port{{PortKey: flow.PortKey{Proto: decode.ProtoTCP, Port: 80}, Flows: 9,
			To:    flow.Count{Packets: 9, Bytes: 900},
			First: flow.NoTime, Last: flow.NoTime,
			Clients: flow.Cardinality{N: 12345, AtLeast: true},
			Servers: flow.Cardinality{N: 2000, Estimate: true}}}}
	v.Total = flow.Count{Packets: 9, Bytes: 900}
	var text, json, csv strings.Builder
	if err := errors.Join(v.Write(&text, FormatText, Style{}), v.Write(&json, FormatJSON, Style{}),
		v.Write(&csv, FormatCSV, Style{})); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, got, want string }{
		{"text", text.String(), " >=12345    ~2000 "},
		{"JSON", json.String(),
			`"clients":12345,"clients_exact":false,"servers":2000,"servers_exact":false,` +
				`"clients_at_least":true,"p`},
		{"CSV", csv.String(), ",12345,false,2000,false"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s has no %q:\n%s", c.name, c.want, c.got)
		}
	}
}
