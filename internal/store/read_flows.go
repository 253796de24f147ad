package store

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// Indexes of the columns of the table flows that are read: numbers, then texts.
const (
	flowStartNS = iota
	flowEndNS
	flowFirstFrame
	flowFirstHeader
	flowAPort
	flowBPort
	flowAPackets
	flowABytes
	flowBPackets
	flowBBytes
	flowATCPFlags
	flowBTCPFlags
	flowISN
	flowRefused
	flowAPortFrame
	flowBPortFrame
)

const (
	flowInput = iota
	flowProto
	flowAIP
	flowBIP
	flowAsked
	flowAnswered
	flowFirstSender
	flowAPayload
	flowBPayload
	flowOpening
	flowAPortEvidence
	flowBPortEvidence
)

var (
	flowInts = [...]string{
		flowStartNS:     "start_ns",
		flowEndNS:       "end_ns",
		flowFirstFrame:  "first_frame",
		flowFirstHeader: "first_header",
		flowAPort:       "a_port",
		flowBPort:       "b_port",
		flowAPackets:    "a_packets",
		flowABytes:      "a_bytes",
		flowBPackets:    "b_packets",
		flowBBytes:      "b_bytes",
		flowATCPFlags:   "a_tcp_flags",
		flowBTCPFlags:   "b_tcp_flags",
		flowISN:         "isn",
		flowRefused:     "refused",
		flowAPortFrame:  "a_port_frame",
		flowBPortFrame:  "b_port_frame",
	}
	flowTexts = [...]string{
		flowInput:         "input",
		flowProto:         "proto",
		flowAIP:           "a_ip",
		flowBIP:           "b_ip",
		flowAsked:         "asked",
		flowAnswered:      "answered",
		flowFirstSender:   "first_sender",
		flowAPayload:      "a_payload",
		flowBPayload:      "b_payload",
		flowOpening:       "opening",
		flowAPortEvidence: "a_port_evidence",
		flowBPortEvidence: "b_port_evidence",
	}
)

// A flowReader converts the columns of a row group to flows.
type flowReader struct {
	*columns
	store *Store
	order []int32
	addrs map[string]netip.Addr
	flow  flow.Flow
	// read evidence about ports, and also flows without packets
	proofs bool
}

func newFlowReader(s *Store, proofs bool) *flowReader {
	r := &flowReader{store: s, addrs: map[string]netip.Addr{}, proofs: proofs}
	if proofs {
		r.columns = newColumns(flowInts[:], flowTexts[:])
	} else {
		r.columns = newColumns(flowInts[:flowAPortFrame], flowTexts[:flowAPortEvidence])
	}
	return r
}

// group calls yield for each flow of a row group, in the order of inputs and frames.
func (r *flowReader) group(yield func(*flow.Flow)) error {
	r.order = r.order[:0]
	input, frame, nth := r.texts[flowInput], r.ints[flowFirstFrame], r.ints[flowFirstHeader]
	for i := range int32(r.rows) {
		if r.store.inputs[input[i]] != nil {
			r.order = append(r.order, i)
		}
	}
	slices.SortFunc(r.order, func(x, y int32) int {
		if input[x] != input[y] {
			return cmp.Compare(r.store.inputs[input[x]].place, r.store.inputs[input[y]].place)
		}
		return cmp.Or(cmp.Compare(frame[x], frame[y]), cmp.Compare(nth[x], nth[y]))
	})
	for _, i := range r.order {
		ok, err := r.row(int(i))
		if err != nil {
			return err
		}
		if ok {
			yield(&r.flow)
		}
	}
	return nil
}

// row sets r.flow to the flow of a row. It reports whether the flow passes the filter.
func (r *flowReader) row(i int) (bool, error) {
	s, ints, texts := r.store, r.ints, r.texts
	start, end := ints[flowStartNS][i], ints[flowEndNS][i]
	proto, ok := protoOf(texts[flowProto][i])
	if !ok || proto == decode.ProtoNone {
		return false, fmt.Errorf("proto %q is unknown", texts[flowProto][i])
	}
	if !s.passes(proto) || !s.in(start, end) {
		return false, nil
	}
	a, errA := r.addr(texts[flowAIP][i])
	b, errB := r.addr(texts[flowBIP][i])
	if s.hasHost() && !s.only.Host.Contains(a) && !s.only.Host.Contains(b) {
		return false, cmp.Or(errA, errB)
	}
	if ints[flowAPackets][i] == 0 && ints[flowBPackets][i] == 0 {
		if !r.proofs {
			return false, nil
		}
		start, end = noTime, noTime // the row has the times of ICMP errors
	} else if !s.whole(start, end) {
		s.Crossed++
	}
	asked, ok1 := sideOf(texts[flowAsked][i])
	answered, ok2 := sideOf(texts[flowAnswered][i])
	first, ok3 := sideOf(texts[flowFirstSender][i])
	opening := slices.Index(openings[:], texts[flowOpening][i])
	if err := cmp.Or(errA, errB); err != nil || !ok1 || !ok2 || !ok3 || first == flow.None ||
		opening < 0 {
		return false, cmp.Or(err, errSide)
	}
	frame := ints[flowFirstFrame][i] + s.inputs[texts[flowInput][i]].before
	n := func(column int) uint64 { return uint64(ints[column][i]) }
	r.flow = flow.Flow{
		Key: flow.Key{Proto: proto, A: flow.Endpoint{Addr: a, Port: uint16(n(flowAPort))},
			B: flow.Endpoint{Addr: b, Port: uint16(n(flowBPort))}},
		Facts: flow.Facts{Asked: asked, Answered: answered, First: first},
		From: [3]flow.Count{
			flow.A: {Packets: n(flowAPackets), Bytes: n(flowABytes)},
			flow.B: {Packets: n(flowBPackets), Bytes: n(flowBBytes)},
		},
		Flags: [3]uint8{flow.A: uint8(n(flowATCPFlags)), flow.B: uint8(n(flowBTCPFlags))},
		Heard: [3]bool{flow.A: texts[flowAPayload][i] != null,
			flow.B: texts[flowBPayload][i] != null},
		Payloads: [3]annotate.Payload{
			flow.A: annotate.PayloadNamed(proto, texts[flowAPayload][i]),
			flow.B: annotate.PayloadNamed(proto, texts[flowBPayload][i]),
		},
		FirstFrame: frame, Header: uint8(n(flowFirstHeader)), LastFrame: frame,
		Start: start, End: end,
		Opening: decode.Handshake(max(opening, 0)), Refused: ints[flowRefused][i] == 1,
		ISN: uint32(max(ints[flowISN][i], 0)),
	}
	if !r.proofs {
		return true, nil
	}
	return true, r.shown(i)
}

// shown adds the evidence of a row about the ports of the flow's ends.
func (r *flowReader) shown(i int) error {
	before := r.store.inputs[r.texts[flowInput][i]].before
	if r.texts[flowAPortEvidence][i] == null {
		r.store.Unknown++
		return nil
	}
	for n, side := range [...]flow.Side{flow.A, flow.B} {
		text := r.texts[flowAPortEvidence+n][i]
		e := slices.Index(evidences[:], text)
		if e < 0 {
			return fmt.Errorf("port evidence %q is unknown", text)
		}
		if e > 0 {
			r.flow.Proofs[side] = flow.Proof{Evidence: flow.Evidence(e),
				Frame: before + r.ints[flowAPortFrame+n][i]}
		}
	}
	return nil
}

var errSide = errors.New("asked, answered, first_sender or opening is unknown")

func sideOf(name string) (flow.Side, bool) {
	i := slices.Index(sideNames[:], name)
	return flow.Side(max(i, 0)), i >= 0
}

// addr parses an address. It returns the zero Addr for an empty text.
func (r *flowReader) addr(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	if a, ok := r.addrs[text]; ok {
		return a, nil
	}
	if len(r.addrs) > maxTexts {
		clear(r.addrs)
	}
	a, err := netip.ParseAddr(text)
	r.addrs[text] = a
	return a, err
}
