package store_test

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
)

// endpoint returns an end of a flow.
func endpoint(addr string, port uint16) flow.Endpoint {
	return flow.Endpoint{Addr: netip.MustParseAddr(addr), Port: port}
}

// Every column of a flow has the documented value.
func TestFlowRows(t *testing.T) {
	d := newFolder(t)
	in := d.NewInput(strings.Repeat("f", 32))
	opened := flow.Flow{
		Key: flow.Key{Proto: decode.ProtoTCP, A: endpoint("192.0.2.1", 22),
			B: endpoint("192.0.2.9", 50000)},
		Facts: flow.Facts{Asked: flow.B, Answered: flow.A, First: flow.B},
		From: [3]flow.Count{flow.A: {Packets: 2, Bytes: 300},
			flow.B: {Packets: 3, Bytes: 400}},
		Flags:      [3]uint8{flow.A: 0x12, flow.B: 0x1a},
		Heard:      [3]bool{flow.A: true},
		Payloads:   [3]annotate.Payload{flow.A: annotate.PayloadNamed(decode.ProtoTCP, "ssh")},
		FirstFrame: 7, Header: 1, Start: 1_999, End: 86_400*second + 5,
		Proofs:  [3]flow.Proof{flow.A: {Evidence: flow.Acceptance, Frame: 8}},
		Opening: decode.OpensAsk, ISN: 4_000_000_000,
	}
	early := flow.Flow{
		Key: flow.Key{Proto: decode.ProtoUDP, A: endpoint("2001:db8::1", 40000),
			B: endpoint("2001:db8::2", 53)},
		Facts:      flow.Facts{First: flow.A},
		From:       [3]flow.Count{flow.A: {Packets: 1, Bytes: 70}},
		Heard:      [3]bool{flow.A: true},
		FirstFrame: 9, Start: -1_500, End: flow.NoTime,
	}
	refused := flow.Flow{Key: opened.Key, Facts: flow.Facts{Asked: flow.B, First: flow.B},
		From:       [3]flow.Count{flow.A: {Packets: 1, Bytes: 60}, flow.B: {Packets: 1, Bytes: 60}},
		FirstFrame: 11, Start: 0, End: 0, Opening: decode.OpensAsk, Refused: true,
		Proofs: [3]flow.Proof{flow.A: {Evidence: flow.Refusal, Frame: 12},
			flow.B: {Evidence: flow.HostUnreachable, Frame: 13}}}
	in.Flow(&opened, flow.EndActive)
	in.Flow(&early, flow.EndIdle)
	in.Flow(&refused, flow.EndDetected)
	if err := in.Close(&store.Summary{}); err != nil {
		t.Fatal(err)
	}
	// the evidence has the texts in annotate's documentation
	want := []string{
		"7 1 tcp 192.0.2.1 192.0.2.9 22 50000 1 86400000000 1999 86400000000005 b a b b ask " +
			"4000000000 false 50000 22 b 22 syn ssh 2 300 3 400 18 26 ssh NULL acceptance  8 " +
			"NULL 2",
		"9 0 udp 2001:db8::1 2001:db8::2 40000 53 -2 NULL -1500 NULL   a a  NULL false 53 40000 " +
			"a 53 registered-port domain 1 70 0 0 0 0  NULL   NULL NULL 1",
		"11 0 tcp 192.0.2.1 192.0.2.9 22 50000 0 0 0 0 b  b b ask 0 true 50000 22 b 22 syn ssh " +
			"1 60 1 60 0 0 NULL NULL refusal host unreachable 12 13 3",
	}
	rows := corpustest.DuckDB(t, `SELECT first_frame, first_header, proto, a_ip, b_ip, a_port,
		b_port, epoch_us("start"), epoch_us("end"), start_ns, end_ns, asked, answered,
		first_sender, client_by_ports, opening, isn, refused, port_if_client_a, port_if_client_b,
		client_end, server_port, client_evidence, service, a_packets, a_bytes, b_packets, b_bytes,
		a_tcp_flags, b_tcp_flags, a_payload, b_payload, a_port_evidence, b_port_evidence,
		a_port_frame, b_port_frame, end_reason
		FROM `+from(d.Path, "flows")+` ORDER BY first_frame`)
	same(t, "flows", lines(rows[0]), want)
}

// The rows of a file are sorted by the protocol's name, then by port, as documented. So a query for
// one port reads few pages.
func TestOrderOfRows(t *testing.T) {
	d := newFolder(t)
	in := d.NewInput(strings.Repeat("0", 32))
	n := int64(0)
	for _, proto := range []decode.Transport{decode.ProtoUDPLite, decode.ProtoUDP, decode.ProtoTCP,
		decode.ProtoSCTP, decode.ProtoDCCP} {
		for _, port := range []uint16{443, 53, 5004} {
			n++
			in.Flow(&flow.Flow{Key: flow.Key{Proto: proto, A: endpoint("192.0.2.1", port),
				B: endpoint("192.0.2.9", 50000)},
				Facts: flow.Facts{Asked: flow.B, First: flow.B},
				From:  [3]flow.Count{flow.B: {Packets: 1, Bytes: 60}}, FirstFrame: n}, flow.EndIdle)
		}
	}
	if err := in.Close(&store.Summary{}); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(d.Path, "flows", "*", "*.parquet"))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	rows, err := parquet.ReadFile[struct {
		Proto string `parquet:"proto"`
		Port  int32  `parquet:"server_port"`
	}](names[0])
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprint(r.Proto, " ", r.Port))
	}
	same(t, "rows", got, []string{
		"dccp 53", "dccp 443", "dccp 5004", "sctp 53", "sctp 443", "sctp 5004",
		"tcp 53", "tcp 443", "tcp 5004", "udp 53", "udp 443", "udp 5004",
		"udplite 53", "udplite 443", "udplite 5004",
	})
}

// The row of an input has its counts, its dropped packets, and the inputs that were removed for it.
func TestInputRows(t *testing.T) {
	d := newFolder(t)
	d.Spool = openSpool(t, d.Path, 1)
	lost := day(0, 10)
	export(t, d, "lost", lost, timeouts)
	size := int64(0)
	for _, name := range tree(t, d.Path) {
		size += fileSize(t, name)
	}
	list := append(day(1, 5000), packets(t, "arp-ping")...) // 12 without ports according to tshark
	id, err := store.ID(d.Sensor, strings.NewReader("kept"))
	if err != nil {
		t.Fatal(err)
	}
	in := d.NewInput(id)
	bytes := 0
	fill(in, list, flow.Options{Memory: 1})
	for _, r := range list {
		bytes += int(r.Length)
	}
	sum := store.Summary{Source: "a.pcap", Frames: 777, Filter: "udp", Version: "v9",
		Registry: "2026-09-01", Live: &store.Live{Received: 888, Dropped: 9}}
	if err := in.Close(&sum); err != nil {
		t.Fatal(err)
	}
	rows := corpustest.DuckDB(t, `SELECT input, sensor, source, first_ns, last_ns, frames, packets,
		bytes, filter, received, dropped, lost_inputs, lost_bytes, version, registry, complete,
		schema
		FROM `+from(d.Path, "inputs"),
		`SELECT i.no_ports, i.flows = f.n, i.evicted_flows = f.evicted, f.evicted > 0
		FROM `+from(d.Path, "inputs")+` i, (SELECT count(*) AS n,
			count(*) FILTER (end_reason = 5) AS evicted FROM `+from(d.Path, "flows")+`) f`)
	first, last := list[0].Nanos, list[0].Nanos
	for _, r := range list {
		first, last = min(first, r.Nanos), max(last, r.Nanos)
	}
	same(t, "inputs", lines(rows[0]), []string{fmt.Sprint(id, " here a.pcap ", first, " ", last,
		" 777 ", len(list), " ", bytes, " udp 888 9 1 ", size, " v9 2026-09-01 false 2")})
	same(t, "counts", lines(rows[1]), []string{"12 true true true"})
}
