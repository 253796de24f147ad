package main

import (
	"bytes"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// written returns the capture for the flags, uncompressed.
func written(t *testing.T, o options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counted reads a capture and counts its flows.
func counted(t *testing.T, data []byte) *flow.Table {
	t.Helper()
	f, err := pcapfile.NewReader(bytes.NewReader(data), "gen", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, fragments := flow.NewTable(flow.Options{}), decode.NewFragments(0)
	var r capture.Packet
	var p decode.Packet
	for {
		if err := f.Next(&r); err == io.EOF {
			return table
		} else if err != nil {
			t.Fatal(err)
		}
		p.Decode(r.Link, r.Data, r.Length)
		if p.Stop.Err != nil {
			t.Fatalf("packet %d: %v", r.Number, p.Stop)
		}
		fragments.Observe(&p, r.Number, r.Timestamp)
		table.Add(&p, uint32(r.Length), r.Timestamp.UnixNano(), r.Number)
	}
}

func TestMix(t *testing.T) {
	o := options{packets: 40_000, flows: 4000, seed: 1, mix: "services", format: "pcap"}
	data := written(t, o)
	if sha256.Sum256(data) != sha256.Sum256(written(t, o)) {
		t.Error("the same flags give other bytes")
	}
	table := counted(t, data)
	// two conversations may happen to have the same ends
	if table.Total.Packets != 40_000 || table.Len() < 3990 || table.Len() > 4000 {
		t.Errorf("%d packets, %d flows", table.Total.Packets, table.Len())
	}
	v6, udp := 0, 0
	for f := range table.Flows() {
		if f.A.Addr.Is6() {
			v6++
		}
		if f.Proto == decode.ProtoUDP {
			udp++
		}
	}
	for what, n := range map[string][2]uint64{"IPv6 flows": {uint64(v6), 400},
		"UDP flows": {uint64(udp), 800}, "packets without IP": {table.NoPorts[decode.NotIP].Packets,
			400},
		"packets without ports": {table.NoPorts[decode.NoTransport].Packets, 400}} {
		if n[0] < n[1]*8/10 || n[0] > n[1]*12/10 {
			t.Errorf("%d %s, want about %d", n[0], what, n[1])
		}
	}
	if n := table.NoPorts[decode.LaterFragment].Packets; n == 0 {
		t.Error("no fragments")
	}
	o.format = "pcapng"
	if again := counted(t, written(t, o)); again.Totals != table.Totals ||
		again.Len() != table.Len() {
		t.Errorf("as pcapng: %+v, as pcap %+v", again.Totals, table.Totals)
	}
}

func TestScan(t *testing.T) {
	table := counted(t, written(t, options{scan: 50_000, format: "pcap"}))
	if table.Len() != 50_000 || table.Total.Packets != 50_000 {
		t.Errorf("%d flows of %d packets, each should be a flow of its own", table.Len(),
			table.Total.Packets)
	}
}

func TestImpossibleFlags(t *testing.T) {
	for _, o := range []options{{packets: 10, flows: 10, mix: "services", format: "pcap"},
		{packets: 10, flows: 1, mix: "services", format: "erf"},
		{packets: 10, flows: 1, mix: "none", format: "pcap"}} {
		if err := write(io.Discard, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if _, err := compressor(io.Discard, "zip"); err == nil {
		t.Error("-compress zip: no error")
	}
}
