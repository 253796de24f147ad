package render

import (
	"fmt"
	"io"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/flow"
)

// HostSchema names the form of a host port's JSON object.
const HostSchema = "portsniff.host/1"

// A HostView is a list of hosts' ports as it is to be shown.
type HostView struct {
	List   []flow.HostPort
	Hidden int    // rows that are left out
	Left   uint64 // flows to ports that memory had no room for
	flow.Totals
}

// answerWord is an answer as people who scan ports say it.
func answerWord(a flow.Answer) string {
	return [...]string{flow.NoAnswer: "filtered", flow.Refused: "closed", flow.Open: "open"}[a]
}

// answerEvidence is what was seen of an answer.
func answerEvidence(h *flow.HostPort) string {
	switch {
	case h.Answer == flow.NoAnswer:
		return "no answer"
	case h.ICMP:
		return "ICMP port unreachable"
	case h.Answer == flow.Refused:
		return "RST"
	case h.Proto == decode.ProtoTCP:
		return "SYN-ACK"
	case h.Proto == decode.ProtoSCTP:
		return "INIT-ACK"
	case h.Proto == decode.ProtoDCCP:
		return "Response"
	}
	return "reply"
}

// HostTable writes which port of which host answered how.
func HostTable(w io.Writer, v *HostView, style Style) error {
	header := []string{"host", "port/proto", "service", "state", "evidence", "frame", "flows", "payload"}
	var rows [][]string
	for i := range v.List {
		h := &v.List[i]
		rows = append(rows, []string{h.Addr.String(), portProto(h.PortKey), service(h.PortKey), answerWord(h.Answer), answerEvidence(h),
			strconv.FormatInt(h.Frame, 10), grouped(h.Flows), annotate.Payload(h.Says).String()})
	}
	fit(rows, header, 2, style)
	if len(rows) > 0 {
		if err := writeTable(w, style, header, rows, 5, 6); err != nil {
			return err
		}
	}
	left := ""
	if v.Left > 0 {
		left = fmt.Sprintf("left out for want of memory: %s to other ports\n", count(v.Left, "flow"))
	}
	_, err := fmt.Fprintf(w, "%s%s%s", hidden(v.Hidden, "port"), left, summary(&v.Totals, flow.Evicted{}))
	return err
}

type jsonHost struct {
	Schema   string `json:"schema"`
	Host     string `json:"host"`
	Port     uint16 `json:"port"`
	Proto    string `json:"proto"`
	Service  string `json:"service"`
	Range    string `json:"range"`
	State    string `json:"state"`
	Evidence string `json:"evidence"`
	Frame    int64  `json:"frame"`
	Flows    uint64 `json:"flows"`
	Payload  string `json:"payload"`
}

func (v *HostView) rows() []jsonHost {
	rows := make([]jsonHost, len(v.List))
	for i := range v.List {
		h := &v.List[i]
		rows[i] = jsonHost{HostSchema, h.Addr.String(), h.Port, h.Proto.String(), annotate.ServiceName(h.Proto, h.Port), annotate.RangeOf(h.Port).String(),
			answerWord(h.Answer), answerEvidence(h), h.Frame, h.Flows, annotate.Payload(h.Says).String()}
	}
	return rows
}

// HostsJSON writes the hosts' ports as JSON, an object each and one for the total.
func HostsJSON(w io.Writer, v *HostView) error {
	if err := JSONLines(w, v.rows()); err != nil {
		return err
	}
	return JSONLines(w, []jsonTotal{total(&v.Totals, flow.Evicted{Flows: v.Left}, v.Hidden)})
}

// HostsCSV writes the hosts' ports as CSV under a header line.
func HostsCSV(w io.Writer, v *HostView) error {
	rows := [][]string{{"host", "port", "proto", "service", "range", "state", "evidence", "frame", "flows", "payload"}}
	for _, h := range v.rows() {
		rows = append(rows, []string{h.Host, port(h.Port), h.Proto, h.Service, h.Range, h.State, h.Evidence, strconv.FormatInt(h.Frame, 10), number(h.Flows), h.Payload})
	}
	return CSV(w, rows)
}
