package store_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/pcaps"
)

// nothing returns a filter that passes everything.
func nothing() flow.Filter { return flow.Filter{Start: flow.NoTime, End: flow.NoTime} }

// TestProto filters every sample by protocol.
func TestProto(t *testing.T) {
	rows := 0
	for _, s := range pcaps.List() {
		list := packets(t, s.Name)
		d := newFolder(t)
		export(t, d, s.Name, list, timeouts)
		for _, proto := range decode.Protos() {
			only := nothing()
			only.Proto = proto
			ports, flows := load(t, d.Path, &only)
			wantPorts, wantFlows := direct(list, &only)
			same(t, fmt.Sprint(s.Name, proto), narrow(ports), narrow(wantPorts))
			same(t, fmt.Sprint(s.Name, proto), wide(flows), wide(wantFlows))
			rows += flows.Len()
		}
	}
	if rows < 80 {
		t.Errorf("only %d flows were compared", rows)
	}
}

// TestHost filters by host. It compares all rows, and the totals if no packet has several transport
// headers.
func TestHost(t *testing.T) {
	for _, s := range pcaps.List() {
		list := packets(t, s.Name)
		d := newFolder(t)
		export(t, d, s.Name, list, timeouts)
		_, all := direct(list, nil)
		hosts := map[netip.Addr]bool{}
		for f := range all.Flows() {
			if len(hosts) < 3 && f.A.Addr.IsValid() {
				hosts[f.A.Addr] = true
			}
		}
		for host := range hosts {
			only := nothing()
			only.Host = netip.PrefixFrom(host, host.BitLen())
			ports, flows := load(t, d.Path, &only)
			wantPorts, wantFlows := direct(list, &only)
			if all.Nested.Packets > 0 || all.NoPorts[decode.LaterFragment].Packets > 0 {
				ports.Totals, flows.Totals = wantPorts.Totals, wantFlows.Totals
			}
			same(t, fmt.Sprint(s.Name, host), narrow(ports), narrow(wantPorts))
			same(t, fmt.Sprint(s.Name, host), wide(flows), wide(wantFlows))
		}
	}
}

// The totals of a host include the flows that did not fit in memory, with their times.
func TestHostBeyondMemory(t *testing.T) {
	const flows = 4000
	d := newFolder(t)
	export(t, d, "made up", day(1, flows), timeouts)
	only := nothing()
	only.Host = netip.MustParsePrefix("192.0.2.10/32")
	s, err := store.Open(d.Path, &only)
	if err != nil {
		t.Fatal(err)
	}
	table := flow.NewTable(flow.Options{Memory: 1})
	if err := s.LoadFlows(table); err != nil {
		t.Fatal(err)
	}
	if table.Evicted.Flows == 0 || table.Evicted.Flows+uint64(table.Len()) != flows {
		t.Errorf("%d flows, and %d did not fit", table.Len(), table.Evicted.Flows)
	}
	want := flow.Totals{Total: flow.Count{Packets: flows, Bytes: 32 * flows}, Timed: true,
		First: 86400 * second, Last: (86400 + flows - 1) * second}
	if table.Totals != want {
		t.Errorf("%+v, want %+v", table.Totals, want)
	}
}

// TestBetween filters by whole minutes. Ports are exact. Flows are exact unless one crosses a
// limit, which is counted.
func TestBetween(t *testing.T) {
	d := newFolder(t)
	var list []record
	for i := range 40 { // a flow every 20 s, two packets each; the second one 5 s later
		list = append(list, record{udp(40000+i, 53), int64(20*i) * second},
			record{udp(40000+i, 53), int64(20*i+5) * second})
	}
	export(t, d, "made up", records(list), timeouts)
	for _, c := range []struct {
		start, end int64 // minutes
		ports      uint64
		crossed    int64
	}{{0, 1, 6, 0}, {2, 5, 18, 0}, {13, 14, 2, 0}, {50, 60, 0, 0}} {
		only := nothing()
		only.Start, only.End = c.start*60*second, c.end*60*second
		ports, flows := load(t, d.Path, &only)
		wantPorts, wantFlows := direct(records(list), &only)
		same(t, fmt.Sprint(c), narrow(ports), narrow(wantPorts))
		for f := range flows.Flows() {
			f.FirstFrame = 0
		}
		same(t, fmt.Sprint(c), wide(flows), wide(wantFlows))
		if ports.Total.Packets != c.ports {
			t.Errorf("%+v: %d packets", c, ports.Total.Packets)
		}
	}
	only := nothing()
	only.Start, only.End = 42*second, 63*second // after one flow began, and within another
	s, err := store.Open(d.Path, &only)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := s.Flows(func(*flow.Flow) { n++ }); err != nil || n != 2 || s.Crossed != 2 {
		t.Errorf("%d flows, %d crossed, %v", n, s.Crossed, err)
	}
}

// Packets without a time do not pass a filter by time, and pass without such a filter.
func TestNoTimes(t *testing.T) {
	d := newFolder(t)
	list := records([]record{{udp(40000, 53), flow.NoTime}, {udp(40000, 53), 5},
		{udp(40001, 53), -61 * second}})
	export(t, d, "made up", list, timeouts)
	ports, flows := load(t, d.Path, nil)
	wantPorts, wantFlows := direct(list, nil)
	same(t, "all", narrow(ports), narrow(wantPorts))
	same(t, "all", wide(flows), wide(wantFlows))
	only := nothing()
	only.End = 60 * second
	if ports, _ = load(t, d.Path, &only); ports.Total.Packets != 2 {
		t.Errorf("%d packets", ports.Total.Packets)
	}
	only = nothing()
	only.End = int64(-time.Minute)
	if ports, _ = load(t, d.Path, &only); ports.Total.Packets != 1 {
		t.Errorf("%d packets before 1969-12-31 23:59", ports.Total.Packets)
	}
}
