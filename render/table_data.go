package render

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
)

// Names of the forms of the tables' JSON objects.
const (
	PortSchema  = "portsniff.port/1"
	FlowSchema  = "portsniff.flow/1"
	TotalSchema = "portsniff.total/1"
)

type jsonPort struct {
	Schema      string  `json:"schema"`
	Port        uint16  `json:"port"`
	Proto       string  `json:"proto"`
	Service     string  `json:"service"`
	Description string  `json:"description"`
	Range       string  `json:"range"`
	Flows       uint64  `json:"flows"`
	FlowsExact  bool    `json:"flows_exact"`
	Packets     uint64  `json:"packets"`
	Bytes       uint64  `json:"bytes"`
	PacketsTo   uint64  `json:"packets_to"`
	BytesTo     uint64  `json:"bytes_to"`
	PacketsFrom uint64  `json:"packets_from"`
	BytesFrom   uint64  `json:"bytes_from"`
	Share       float64 `json:"share"`
}

// portRows are the table's rows as data.
func portRows(t *flow.Table) []jsonPort {
	ports := t.Ports()
	rows := make([]jsonPort, len(ports))
	for i, p := range ports {
		n := p.Total()
		s, _ := annotate.Lookup(p.Proto, p.Port)
		rows[i] = jsonPort{PortSchema, p.Port, p.Proto.String(), s.Name, s.Description, annotate.RangeOf(p.Port).String(), p.Flows, !t.Full(),
			n.Packets, n.Bytes, p.To.Packets, p.To.Bytes, p.From.Packets, p.From.Bytes, 0}
		if t.Total.Packets > 0 {
			rows[i].Share = float64(n.Packets) / float64(t.Total.Packets)
		}
	}
	return rows
}

type jsonTotal struct {
	Schema    string            `json:"schema"`
	End       bool              `json:"end"`
	Packets   uint64            `json:"packets"`
	Bytes     uint64            `json:"bytes"`
	Flows     int               `json:"flows"`
	NoPorts   map[string]uint64 `json:"no_ports"`
	Nested    uint64            `json:"nested"`
	Untracked uint64            `json:"untracked"`
}

// total is the last object of a table: all packets, and those that no row counts.
func total(t *flow.Table) jsonTotal {
	o := jsonTotal{TotalSchema, true, t.Total.Packets, t.Total.Bytes, len(t.Flows()), map[string]uint64{}, t.Nested.Packets, t.Untracked.Packets}
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			o.NoPorts[r.String()] = n.Packets
		}
	}
	return o
}

// PortsJSON writes the table per port as JSON, an object a row and one for the total.
func PortsJSON(w io.Writer, t *flow.Table) error { return objects(w, portRows(t), total(t)) }

// FlowsJSON writes the flows as JSON, an object each and one for the total.
func FlowsJSON(w io.Writer, t *flow.Table) error { return objects(w, flowRows(t), total(t)) }

func objects[T any](w io.Writer, rows []T, end jsonTotal) error {
	if err := JSONLines(w, rows); err != nil {
		return err
	}
	return JSONLines(w, []jsonTotal{end})
}

// JSONLines writes each value as a JSON object on a line of its own.
func JSONLines[T any](w io.Writer, rows []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range rows {
		if err := enc.Encode(&rows[i]); err != nil {
			return err
		}
	}
	return nil
}

type jsonFlow struct {
	Schema         string  `json:"schema"`
	Proto          string  `json:"proto"`
	Client         string  `json:"client"`
	ClientPort     uint16  `json:"client_port"`
	ClientRange    string  `json:"client_range"`
	ClientService  string  `json:"client_service"`
	Server         string  `json:"server"`
	ServerPort     uint16  `json:"server_port"`
	ServerRange    string  `json:"server_range"`
	ServerService  string  `json:"server_service"`
	ClientEvidence string  `json:"client_evidence"`
	State          string  `json:"state"`
	PacketsSent    uint64  `json:"packets_sent"`
	BytesSent      uint64  `json:"bytes_sent"`
	PacketsRecv    uint64  `json:"packets_received"`
	BytesRecv      uint64  `json:"bytes_received"`
	FirstFrame     int64   `json:"first_frame"`
	Start          *string `json:"start"`
	End            *string `json:"end"`
}

func flowRows(t *flow.Table) []jsonFlow {
	rows := make([]jsonFlow, len(t.Flows()))
	for i, f := range t.Flows() {
		r := RolesOf(f)
		rows[i] = jsonFlow{FlowSchema, f.Proto.String(), address(r.ClientEnd.Addr), r.ClientEnd.Port, annotate.RangeOf(r.ClientEnd.Port).String(), r.ClientService,
			address(r.ServerEnd.Addr), r.ServerEnd.Port, annotate.RangeOf(r.ServerEnd.Port).String(), r.ServerService, string(r.Evidence), string(f.State()),
			r.Sent.Packets, r.Sent.Bytes, r.Received.Packets, r.Received.Bytes, f.FirstFrame, moment(f.Start), moment(f.End)}
	}
	return rows
}

// moment writes a time, nil where it is not known.
func moment(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	s := at.UTC().Format(timeLayout)
	return &s
}

// PortsCSV writes the table per port as CSV under a header line.
func PortsCSV(w io.Writer, t *flow.Table) error {
	rows := [][]string{{"port", "proto", "service", "description", "range", "flows", "flows_exact", "packets", "bytes", "packets_to", "bytes_to", "packets_from", "bytes_from", "share"}}
	for _, p := range portRows(t) {
		rows = append(rows, []string{port(p.Port), p.Proto, p.Service, p.Description, p.Range, number(p.Flows), strconv.FormatBool(p.FlowsExact),
			number(p.Packets), number(p.Bytes), number(p.PacketsTo), number(p.BytesTo), number(p.PacketsFrom), number(p.BytesFrom),
			strconv.FormatFloat(p.Share, 'f', 6, 64)})
	}
	return CSV(w, rows)
}

// FlowsCSV writes the flows as CSV under a header line.
func FlowsCSV(w io.Writer, t *flow.Table) error {
	rows := [][]string{{"proto", "client", "client_port", "client_range", "client_service", "server", "server_port", "server_range", "server_service", "client_evidence",
		"state", "packets_sent", "bytes_sent", "packets_received", "bytes_received", "first_frame", "start", "end"}}
	for _, f := range flowRows(t) {
		rows = append(rows, []string{f.Proto, f.Client, port(f.ClientPort), f.ClientRange, f.ClientService, f.Server, port(f.ServerPort), f.ServerRange, f.ServerService, f.ClientEvidence,
			f.State, number(f.PacketsSent), number(f.BytesSent), number(f.PacketsRecv), number(f.BytesRecv), strconv.FormatInt(f.FirstFrame, 10), orEmpty(f.Start), orEmpty(f.End)})
	}
	return CSV(w, rows)
}

// CSV writes rows, the header line among them, with every cell defused.
func CSV(w io.Writer, rows [][]string) error {
	out := csv.NewWriter(w)
	for _, r := range rows {
		for i := range r {
			r[i] = defuse(r[i])
		}
		if err := out.Write(r); err != nil {
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
