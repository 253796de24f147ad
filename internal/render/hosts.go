package render

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
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
func answerWord(a flow.PortState) string {
	return [...]string{flow.NoAnswer: "filtered", flow.Refused: "closed", flow.Open: "open"}[a]
}

// answerEvidence is what was seen of an answer.
func answerEvidence(h *flow.HostPort) string {
	switch {
	case h.State == flow.NoAnswer:
		return "no answer"
	case h.ICMP:
		return "ICMP port unreachable"
	case h.State == flow.Refused:
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

// hostHeader names the columns of the text; the third one gives way where there is no room.
func hostHeader() []string {
	return []string{"host", "port/proto", "service", "state", "evidence", "frame", "flows",
		"payload"}
}

const hostServiceColumn = 2

func hostCells(h *flow.HostPort) []string {
	return []string{h.Addr.String(), portProto(h.PortKey), service(h.PortKey), answerWord(h.State),
		answerEvidence(h),
		strconv.FormatInt(h.Frame, 10), grouped(h.Flows), h.Payload.String()}
}

// HostTable writes which port of which host answered how.
func HostTable(w io.Writer, v *HostView, style Style) error {
	header := hostHeader()
	t := newLines(style, header, "frame", "flows")
	for i := range v.List {
		t.widen(hostCells(&v.List[i]))
	}
	t.shorten(hostServiceColumn, header[hostServiceColumn])
	if len(v.List) > 0 {
		if err := t.header(w, header); err != nil {
			return err
		}
	}
	for i := range v.List {
		if err := t.write(w, hostCells(&v.List[i])); err != nil {
			return err
		}
	}
	left := ""
	if v.Left > 0 {
		left = fmt.Sprintf("left out for want of memory: %s to other ports\n",
			count(v.Left, "flow"))
	}
	_, err := fmt.Fprintf(w, "%s%s%s", hidden(v.Hidden, "port"), left,
		summary(&v.Totals, flow.Evicted{}))
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

// hostRow is a row as data.
func hostRow(h *flow.HostPort) jsonHost {
	return jsonHost{HostSchema, h.Addr.String(), h.Port, h.Proto.String(),
		annotate.ServiceName(h.Proto, h.Port), annotate.RangeOf(h.Port).String(),
		answerWord(h.State), answerEvidence(h), h.Frame, h.Flows, h.Payload.String()}
}

// HostsJSON writes the hosts' ports as JSON, an object each and one for the total.
func HostsJSON(w io.Writer, v *HostView) error {
	enc := newEncoder(w)
	for i := range v.List {
		row := hostRow(&v.List[i])
		if err := enc.Encode(&row); err != nil {
			return err
		}
	}
	end := total(&v.Totals, flow.Evicted{Flows: v.Left}, v.Hidden)
	return enc.Encode(&end)
}

// HostsCSV writes the hosts' ports as CSV under a header line.
func HostsCSV(w io.Writer, v *HostView) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"host", "port", "proto", "service", "range", "state", "evidence",
		"frame", "flows", "payload"}); err != nil {
		return err
	}
	for i := range v.List {
		h := hostRow(&v.List[i])
		cells := []string{h.Host, port(h.Port), h.Proto, h.Service, h.Range, h.State, h.Evidence,
			strconv.FormatInt(h.Frame, 10), number(h.Flows), h.Payload}
		if err := out.Write(defused(cells)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
