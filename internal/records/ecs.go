package records

import (
	"encoding/json"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
)

// ECSVersion is the version of the Elastic Common Schema that defines the names.
const ECSVersion = "8.11.0"

// ecs writes events of the Elastic Common Schema.
type ecs struct {
	out     *json.Encoder
	columns []ecsColumn
}

// An ecsColumn is a column with a path of nested keys.
type ecsColumn struct {
	path []string
	column
}

// NewECS returns a writer of events of the Elastic Common Schema, one JSON object per line.
func NewECS(w io.Writer) Writer {
	e := &ecs{out: json.NewEncoder(w)}
	for _, n := range Mapping() {
		if n.ECS != "" {
			e.columns = append(e.columns, ecsColumn{strings.Split(n.ECS, "."),
				column{n.ECS, "", values[n.Portsniff]}})
		}
	}
	return e
}

func (e *ecs) Begin() error { return nil }
func (e *ecs) End() error   { return nil }

func (e *ecs) Record(r *Record) error {
	event := map[string]any{
		"ecs": map[string]any{"version": ECSVersion},
		"event": map[string]any{"kind": "event", "category": []string{"network"},
			"type": r.ecsTypes(), "action": "network_flow", "dataset": "portsniff.flow"},
		"observer": map[string]any{"product": "portsniff", "type": "sensor"},
		"related":  map[string]any{"ip": r.hosts()},
	}
	if r.End != flow.NoTime {
		event["@timestamp"] = ecsValue(moment(r.End))
	}
	for i := range e.columns {
		if v := e.columns[i].of(r); v != nil {
			set(event, e.columns[i].path, ecsValue(v))
		}
	}
	return e.out.Encode(event)
}

// set sets a value at a path of nested keys.
func set(to map[string]any, path []string, v any) {
	for len(path) > 1 {
		below, ok := to[path[0]].(map[string]any)
		if !ok {
			below = map[string]any{}
			to[path[0]] = below
		}
		to, path = below, path[1:]
	}
	to[path[0]] = v
}

// ecsValue converts a value to ECS: times in RFC 3339, durations in nanoseconds.
func ecsValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format("2006-01-02T15:04:05.000000000Z")
	case time.Duration:
		return v.Nanoseconds()
	}
	return v
}

// ecsTypes returns the values of event.type.
func (r *Record) ecsTypes() []string {
	types := []string{"connection"}
	if r.Asked != flow.None {
		types = append(types, "start")
	}
	if r.Why == flow.EndDetected {
		types = append(types, "end")
	}
	return types
}

// hosts returns the addresses of both ends.
func (r *Record) hosts() []netip.Addr {
	if !r.A.Addr.IsValid() {
		return []netip.Addr{}
	}
	if r.A.Addr == r.B.Addr {
		return []netip.Addr{r.A.Addr}
	}
	return []netip.Addr{r.ClientEnd.Addr, r.ServerEnd.Addr}
}
