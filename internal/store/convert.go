package store

import (
	"net/netip"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/flow"
)

const noTime = flow.NoTime

// A source holds the values that all rows of an input have in common.
type source struct {
	input, sensor string
	communityID   bool // rows of flows have a Community ID
}

// optional holds the values that optional fields of rows point to. Its memory is reused for later
// rows.
type optional struct {
	ints  []int64
	texts []string
}

func (o *optional) reset() { o.ints, o.texts = o.ints[:0], o.texts[:0] }

// int returns a pointer to a copy of v. Earlier pointers stay valid if the list grows.
func (o *optional) int(v int64) *int64 {
	o.ints = append(o.ints, v)
	return &o.ints[len(o.ints)-1]
}

func (o *optional) text(v string) *string {
	o.texts = append(o.texts, v)
	return &o.texts[len(o.texts)-1]
}

// nanos returns a time in nanoseconds since 1970, nil if it is unknown.
func (o *optional) nanos(v int64) *int64 {
	if v == noTime {
		return nil
	}
	return o.int(v)
}

// micros returns a time in microseconds since 1970, rounded down, nil if it is unknown.
func (o *optional) micros(v int64) *int64 {
	if v == noTime {
		return nil
	}
	n := v / 1000
	if v%1000 < 0 {
		n--
	}
	return o.int(n)
}

// An ended flow has left its table.
type ended struct {
	flow.Flow
	port flow.PortKey // the port that it counts for
	why  flow.EndReason
}

// sideNames are the texts for annotate's sides.
var sideNames = [...]string{"", "a", "b"}

// openings are the texts for decode.Handshake.
var openings = [...]string{
	decode.OpensNothing: "", decode.OpensAsk: "ask", decode.OpensAnswer: "answer",
	decode.OpensRefusal: "refusal",
}

// evidences are the texts for flow.Evidence.
var evidences = [...]string{
	flow.NotAsked: "", flow.NoAnswer: "no answer", flow.OtherAnswer: "other answer",
	flow.NetUnreachable: "net unreachable", flow.HostUnreachable: "host unreachable",
	flow.ProtocolUnreachable: "protocol unreachable", flow.PortUnreachable: "port unreachable",
	flow.Prohibited: "prohibited", flow.Refusal: "refusal", flow.Acceptance: "acceptance",
}

// frameOf returns the frame number of a proof, nil if there is none.
func (o *optional) frameOf(p flow.Proof) *int64 {
	if p.Evidence == flow.NotAsked {
		return nil
	}
	return o.int(p.Frame)
}

// flowRow returns the row of a flow.
func (s *source) flowRow(f *ended, o *optional) flowRow {
	role := annotate.Decide(f.Roles(f.Proto, f.A.Port, f.B.Port))
	byPorts := annotate.Decide(annotate.RoleFacts{
		Proto: f.Proto, PortA: f.A.Port, PortB: f.B.Port,
	})
	r := flowRow{
		Input: s.input, Sensor: s.sensor,
		Start: o.micros(f.Start), End: o.micros(f.End),
		StartNS: o.nanos(f.Start), EndNS: o.nanos(f.End),
		FirstFrame: f.FirstFrame, FirstHeader: int32(f.Header),
		Proto: f.Proto.String(), AIP: addrText(f.A.Addr), BIP: addrText(f.B.Addr),
		APort: int32(f.A.Port), BPort: int32(f.B.Port),
		Asked: sideNames[f.Asked], Answered: sideNames[f.Answered],
		FirstSender: sideNames[f.First], ClientByPorts: sideNames[byPorts.Client()],
		Opening: openings[f.Opening], Refused: f.Refused,
		PortIfClientA: portIf(f, flow.A), PortIfClientB: portIf(f, flow.B),
		ClientEnd: sideNames[role.Client()], ServerPort: int32(f.port.Port),
		ClientEvidence: string(role.Evidence()),
		Service:        annotate.Registered(f.port.Proto, f.port.Port).Name,
		APackets:       int64(f.From[flow.A].Packets), ABytes: int64(f.From[flow.A].Bytes),
		BPackets: int64(f.From[flow.B].Packets), BBytes: int64(f.From[flow.B].Bytes),
		ATCPFlags: int32(f.Flags[flow.A]), BTCPFlags: int32(f.Flags[flow.B]),
		APortEvidence: evidences[f.Proofs[flow.A].Evidence],
		BPortEvidence: evidences[f.Proofs[flow.B].Evidence],
		APortFrame:    o.frameOf(f.Proofs[flow.A]), BPortFrame: o.frameOf(f.Proofs[flow.B]),
		EndReason: int32(f.why),
	}
	if f.Proto == decode.ProtoTCP && (f.ISN != 0 || f.Asked|f.Answered != flow.None) {
		r.ISN = o.int(int64(f.ISN))
	}
	if f.Heard[flow.A] {
		r.APayload = o.text(f.Payloads[flow.A].String())
	}
	if f.Heard[flow.B] {
		r.BPayload = o.text(f.Payloads[flow.B].String())
	}
	if s.communityID {
		r.CommunityID = communityID(f, o)
	}
	return r
}

// communityID returns the Community ID of a flow, nil if it has no IP addresses.
func communityID(f *ended, o *optional) *string {
	var buf [communityid.Len]byte
	id := communityid.AppendFlow(buf[:0], f.Proto, f.A.AddrPort(), f.B.AddrPort())
	if len(id) == 0 {
		return nil
	}
	return o.text(string(id))
}

// portIf returns the port that a flow counts for if the given side opened it.
func portIf(f *ended, client flow.Side) int32 {
	k := f.Key
	return int32(k.Endpoint(flow.ServiceSide(k, flow.Facts{Asked: client})).Port)
}

func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// portRow returns the row of a port in a minute.
func (s *source) portRow(p *flow.MinutePort, o *optional) portRow {
	r := portRow{
		Minute: o.micros(p.Minute), Sensor: s.sensor, Input: s.input,
		Proto: p.Proto.String(), Port: int32(p.Port), NoPorts: p.Reason.String(),
		PacketsTo: int64(p.To.Packets), PacketsFrom: int64(p.From.Packets),
		BytesTo: int64(p.To.Bytes), BytesFrom: int64(p.From.Bytes),
		FirstNS: o.nanos(p.First), LastNS: o.nanos(p.Last),
	}
	return r
}

// minuteRow returns the row of all packets of a minute.
func (s *source) minuteRow(m *flow.MinuteTotal, o *optional) minuteRow {
	return minuteRow{
		Minute: o.micros(m.Minute), Sensor: s.sensor, Input: s.input, Proto: m.Proto.String(),
		Packets: int64(m.Total.Packets), Bytes: int64(m.Total.Bytes),
		NestedPackets: int64(m.Nested.Packets), NestedBytes: int64(m.Nested.Bytes),
		FirstNS: o.nanos(m.First), LastNS: o.nanos(m.Last),
	}
}
