package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// Names of the forms of the tables' JSON objects.
const (
	PortSchema  = "portsniff.port/1"
	FlowSchema  = "portsniff.flow/1"
	TotalSchema = "portsniff.total/1"
)

type jsonPort struct {
	Schema       string  `json:"schema"`
	Port         uint16  `json:"port"`
	Proto        string  `json:"proto"`
	Service      string  `json:"service"`
	Description  string  `json:"description"`
	Range        string  `json:"range"`
	Flows        *uint64 `json:"flows,omitempty"` // these six where flows were followed
	FlowsExact   *bool   `json:"flows_exact,omitempty"`
	Clients      *uint64 `json:"clients,omitempty"`
	ClientsExact *bool   `json:"clients_exact,omitempty"`
	Servers      *uint64 `json:"servers,omitempty"`
	ServersExact *bool   `json:"servers_exact,omitempty"`

	// these two where memory had no room for more
	ClientsAtLeast bool    `json:"clients_at_least,omitempty"`
	ServersAtLeast bool    `json:"servers_at_least,omitempty"`
	Packets        uint64  `json:"packets"`
	Bytes          uint64  `json:"bytes"`
	PacketsTo      uint64  `json:"packets_to"`
	BytesTo        uint64  `json:"bytes_to"`
	PacketsFrom    uint64  `json:"packets_from"`
	BytesFrom      uint64  `json:"bytes_from"`
	Share          float64 `json:"share"`
	First          *string `json:"first"`
	Last           *string `json:"last"`

	Payloads []jsonSaid `json:"payloads,omitzero"` // where flows were followed

	// these two where processes were looked for
	Processes *jsonProcessSet `json:"processes,omitempty"`
	Peers     *jsonProcessSet `json:"peer_processes,omitempty"`
}

// rows are the table's rows as data.
func (v *PortView) rows() []jsonPort {
	rows := make([]jsonPort, len(v.Ports))
	processes := v.processes()
	for i, p := range v.Ports {
		n := p.Total()
		s, _ := annotate.Lookup(p.Proto, p.Port)
		rows[i] = jsonPort{Schema: PortSchema, Port: p.Port, Proto: p.Proto.String(),
			Service: s.Name, Description: s.Description,
			Range: annotate.RangeOf(p.Port).String(), Packets: n.Packets, Bytes: n.Bytes,
			PacketsTo: p.To.Packets, BytesTo: p.To.Bytes,
			PacketsFrom: p.From.Packets, BytesFrom: p.From.Bytes, First: moment(p.First),
			Last: moment(p.Last)}
		if v.Flows {
			rows[i].wide(&p, v.Evicted.Flows == 0)
		}
		if v.Processes != nil {
			rows[i].setProcesses(processes[p.PortKey])
		}
		if v.Total.Packets > 0 {
			rows[i].Share = float64(n.Packets) / float64(v.Total.Packets)
		}
	}
	return rows
}

// wide adds what is known where flows were followed.
func (o *jsonPort) wide(p *flow.Port, exact bool) {
	clients, servers := !p.Clients.Estimate && !p.Clients.AtLeast, !p.Servers.Estimate &&
		!p.Servers.AtLeast
	o.Flows, o.FlowsExact = &p.Flows, &exact
	o.Clients, o.ClientsExact, o.Servers, o.ServersExact = &p.Clients.N, &clients, &p.Servers.N,
		&servers
	o.ClientsAtLeast, o.ServersAtLeast = p.Clients.AtLeast, p.Servers.AtLeast
	o.Payloads = saidRows(p)
}

type jsonTotal struct {
	Schema         string            `json:"schema"`
	End            bool              `json:"end"`
	Packets        uint64            `json:"packets"`
	Bytes          uint64            `json:"bytes"`
	Flows          *int              `json:"flows,omitempty"`
	NoPorts        map[string]uint64 `json:"no_ports"`
	Nested         uint64            `json:"nested"`
	EvictedFlows   uint64            `json:"evicted_flows"`
	EvictedPackets uint64            `json:"evicted_packets"`
	Hidden         int               `json:"hidden"`
}

// total is the last object of a table: all packets, and those that no row counts.
func total(t *flow.Totals, evicted flow.Evicted, hidden int) jsonTotal {
	o := jsonTotal{Schema: TotalSchema, End: true, Packets: t.Total.Packets, Bytes: t.Total.Bytes,
		NoPorts: map[string]uint64{}, Nested: t.Nested.Packets,
		EvictedFlows: evicted.Flows, EvictedPackets: evicted.Packets, Hidden: hidden}
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			o.NoPorts[r.String()] = n.Packets
		}
	}
	return o
}

// PortsJSON writes the table per port as JSON, an object a row, or a bucket where there are any,
// and one for the total.
func PortsJSON(w io.Writer, v *PortView) error {
	var err error
	if v.Buckets != nil {
		err = JSONLines(w, v.bucketRows())
	} else {
		err = JSONLines(w, v.rows())
	}
	if err != nil {
		return err
	}
	return JSONLines(w, []jsonTotal{total(&v.Totals, v.Evicted, v.Hidden)})
}

func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(&visible{w: w})
	enc.SetEscapeHTML(false)
	return enc
}

// A visible passes an encoder's lines on. Of what does not print, encoding/json escapes what is
// below the blank and leaves DEL, the controls beyond ASCII and what turns text around as they are;
// those can only are in a text, and are written there as a JSONWriter writes them.
type visible struct {
	w   io.Writer
	out []byte
}

// Write takes a line as a whole, as an Encoder writes it.
func (v *visible) Write(line []byte) (int, error) {
	if !slices.ContainsFunc(line, func(c byte) bool { return c > '~' }) {
		return v.w.Write(line)
	}
	v.out = v.out[:0]
	for _, r := range string(bytes.TrimSuffix(line, []byte("\n"))) {
		v.out = appendVisible(v.out, r)
	}
	v.out = append(v.out, '\n')
	if _, err := v.w.Write(v.out); err != nil {
		return 0, err
	}
	return len(line), nil
}

// JSONLines writes each value as a JSON object on a line of its own.
func JSONLines[T any](w io.Writer, rows []T) error {
	enc := newEncoder(w)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// moment writes a time, nil where it is not known.
func moment(nanos int64) *string {
	if nanos == flow.NoTime {
		return nil
	}
	s := time.Unix(0, nanos).UTC().Format(timeLayout)
	return &s
}

// PortsCSV writes the table per port as CSV under a header line.
func PortsCSV(w io.Writer, v *PortView) error {
	if v.Buckets != nil {
		return v.bucketsCSV(w)
	}
	header := []string{"port", "proto", "service", "description", "range"}
	if v.Flows {
		header = append(header, "flows", "flows_exact", "clients", "clients_exact", "servers",
			"servers_exact")
	}
	header = append(header, "packets", "bytes", "packets_to", "bytes_to", "packets_from",
		"bytes_from", "share", "first", "last")
	if v.Flows {
		header = append(header, "payloads", "contradictions")
	}
	if v.Processes != nil {
		header = append(header, "processes", "peer_processes")
	}
	rows, processes := [][]string{header}, v.processes()
	for i, p := range v.rows() {
		row := []string{port(p.Port), p.Proto, p.Service, p.Description, p.Range}
		if v.Flows {
			row = append(row, number(*p.Flows), strconv.FormatBool(*p.FlowsExact),
				number(*p.Clients), strconv.FormatBool(*p.ClientsExact),
				number(*p.Servers), strconv.FormatBool(*p.ServersExact))
		}
		row = append(row, number(p.Packets), number(p.Bytes), number(p.PacketsTo),
			number(p.BytesTo), number(p.PacketsFrom), number(p.BytesFrom),
			strconv.FormatFloat(p.Share, 'f', 6, 64), orEmpty(p.First), orEmpty(p.Last))
		if v.Flows {
			row = append(row, saidCells(p.Payloads)...)
		}
		if v.Processes != nil {
			row = append(row, portProcessesCells(processes[v.Ports[i].PortKey])...)
		}
		rows = append(rows, row)
	}
	return CSV(w, rows)
}

// defused has every cell defused.
func defused(cells []string) []string {
	for i := range cells {
		cells[i] = defuse(cells[i])
	}
	return cells
}

// CSV writes rows, the header line among them, with every cell defused.
func CSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, r := range rows {
		if err := out.Write(defused(r)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
