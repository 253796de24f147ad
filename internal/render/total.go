package render

import (
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// TotalSchema names the schema of the JSON object that ends a table.
const TotalSchema = "portsniff.total/1"

type jsonTotal struct {
	Schema         string            `json:"schema"`
	End            bool              `json:"end"`
	Packets        uint64            `json:"packets"`
	Bytes          uint64            `json:"bytes"`
	Seconds        float64           `json:"seconds,omitempty"`
	Flows          *int              `json:"flows,omitempty"`
	NoPorts        map[string]uint64 `json:"no_ports"`
	Nested         uint64            `json:"nested"`
	EvictedFlows   uint64            `json:"evicted_flows"`
	EvictedPackets uint64            `json:"evicted_packets"`
	Hidden         int               `json:"hidden"`
	Scanned        *int              `json:"scanned,omitempty"`
}

// total returns the last object of a table: all packets, and those that are in no row.
func total(t *flow.Totals, evicted flow.Evicted, hidden int) jsonTotal {
	o := jsonTotal{Schema: TotalSchema, End: true, Packets: t.Total.Packets, Bytes: t.Total.Bytes,
		Seconds: t.Duration().Seconds(),
		NoPorts: map[string]uint64{}, Nested: t.Nested.Packets,
		EvictedFlows: evicted.Flows, EvictedPackets: evicted.Packets, Hidden: hidden}
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			o.NoPorts[r.String()] = n.Packets
		}
	}
	return o
}
