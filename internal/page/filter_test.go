package page_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/selection"
)

// numbers returns the frame numbers of runs.
func numbers(runs []uint64) (list []uint64) {
	for i := 0; i < len(runs); i += 2 {
		for n := runs[i]; n <= runs[i+1]; n++ {
			list = append(list, n)
		}
	}
	return list
}

func find(t *testing.T, b *page.Builder, text string) []uint64 {
	t.Helper()
	f, err := b.Filter(t.Context(), text, 0)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return numbers(f.Frames)
}

// TestFilterAsTcpdump compares filters with tcpdump on samples. Filters that look at bytes select
// the same packets. Filters for ports, hosts and protocols may also select packets whose inner
// headers match.
func TestFilterAsTcpdump(t *testing.T) {
	tcpdump := corpustest.Tool(t, "tcpdump")
	bytewise := []string{"ip[8] > 63", "less 100", "ether[0] & 1 = 1", "tcp[13] & 2 != 0", "vlan",
		"not (ip proto 17 or less 60)"}
	decoded := []string{"port 53", "udp", "dst portrange 1-1023", "host 198.51.100.7",
		"net 192.0.2.0/24", "icmp", "tcp port 80 and host 192.0.2.10"}
	more, same := 0, 0
	for _, sample := range []string{"services", "vlan", "vxlan", "arp-ping", "udp-closed",
		"fragments", "dns6", "mpls"} {
		file := "../../pcaps/" + sample + ".pcap"
		frames := corpustest.ReadFrames(t, "../../pcaps", []string{file})
		b := build(t, frames, page.Options{Store: true})
		for i, expr := range append(bytewise, decoded...) {
			out := filepath.Join(t.TempDir(), "selected.pcap")
			if err := exec.Command(tcpdump, "-r", file, "-w", out, expr).Run(); err != nil {
				t.Fatalf("tcpdump %s: %v", expr, err)
			}
			lacks := map[string]int{} // how often tcpdump selects a frame in excess
			for _, f := range corpustest.ReadFrames(t, filepath.Dir(out), []string{out}) {
				lacks[string(f.Data)]++
			}
			extra := 0
			for _, n := range find(t, b, expr) {
				if lacks[string(frames[n-1].Data)]--; lacks[string(frames[n-1].Data)] < 0 {
					extra++
				}
			}
			for _, n := range lacks {
				if n > 0 || i < len(bytewise) && n < 0 {
					t.Errorf("%s, %s: of one frame, tcpdump selects %d more", sample, expr, n)
				}
			}
			same++
			more += extra
		}
	}
	if same < 100 || more == 0 {
		t.Errorf("%d filters were compared, %d frames are more than tcpdump's", same, more)
	}
}

// TestFilterAsWhere checks that an expression selects the same packets as --where.
func TestFilterAsWhere(t *testing.T) {
	for _, file := range []string{"services", "vxlan", "fragments", "tcp-refused", "two-interfaces",
		"teredo", "dns6"} {
		ending := ".pcap"
		if file == "two-interfaces" {
			ending = ".pcapng"
		}
		frames := corpustest.ReadFrames(t, "../../pcaps", []string{"../../pcaps/" + file + ending})
		b := build(t, frames, page.Options{Store: true})
		for _, expr := range []string{"port == 53", "server.port == 80", `client.port > 1024`,
			`service == "https"`, "quoted", `no_ports != ""`, "frame in 3..5", "tcp.flags.syn",
			`host in "198.51.100.0/24"`, "inner.port == 80 or len > 500", `range == "dynamic"`} {
			f, err := selection.New(selection.Options{Where: &expr})
			if err != nil {
				t.Fatal(err)
			}
			var want []uint64
			for i, raw := range frames {
				ok, err := f.Match(&capture.Record{Number: int64(i + 1), Data: raw.Data,
					Link: raw.Link, Length: uint32(raw.Wire), Nanos: capture.NoTime})
				if err != nil {
					t.Fatal(err)
				}
				if ok {
					want = append(want, uint64(i+1))
				}
			}
			if got := find(t, b, expr); !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, --where has %v", file, expr, got, want)
			}
		}
	}
}

// TestFilterErrors checks that an invalid filter returns an error for the likely language.
func TestFilterErrors(t *testing.T) {
	b := build(t, corpustest.SampleFrames(t, "../../pcaps"), page.Options{Store: true})
	for text, want := range map[string]string{"tcp prot 443": "in the filter: ",
		"port == x": "in --where: ", "tcp.flags.sin == 1": "in --where: ",
		`process == "curl"`: "processes are known for flows",
		"host example.com":  "names are looked up only with",
		"port 80 and":       "in the filter: "} {
		_, err := b.Filter(t.Context(), text, 0)
		var wrong *selection.Error
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "in ") ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Filter(ctx, "port 53", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled, and the error is %v", err)
	}
}

// TestSave checks that the requested packets are saved as they were captured.
func TestSave(t *testing.T) {
	frames := corpustest.SampleFrames(t, "../../pcaps")
	b := build(t, frames, page.Options{Store: true})
	var out bytes.Buffer
	saved, err := b.Save([]uint64{2, 4, 40, 40})
	if err == nil {
		err = saved.Write(&out)
	}
	if err != nil || len(saved) != 4 {
		t.Fatalf("%d packets, %v", len(saved), err)
	}
	r, err := pcapfile.NewReader(&out, "saved", pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{2, 3, 4, 40} {
		var p capture.Packet
		if err := r.Next(&p); err != nil {
			t.Fatal(err)
		}
		if want := frames[n-1]; !bytes.Equal(p.Data, want.Data) || p.Link != want.Link ||
			p.Length != want.Wire {
			t.Errorf("frame %d was saved as %d bytes of %d, link type %v", n, len(p.Data), p.Length,
				p.Link)
		}
	}
	if err := r.Next(new(capture.Packet)); err != io.EOF {
		t.Errorf("after the last packet: %v", err)
	}
	if saved, err := b.Save([]uint64{1 << 60, 1 << 61, 1 << 63, 1<<64 - 1}); err != nil ||
		len(saved) != 0 {
		t.Errorf("of packets that do not exist, %d: %v", len(saved), err)
	}
}

// TestSaveReturnsNoPacketTwice checks that overlapping runs return each packet once. A megabyte of
// such runs must not return billions.
func TestSaveReturnsNoPacketTwice(t *testing.T) {
	b := build(t, corpustest.SampleFrames(t, "../../pcaps")[:50], page.Options{Store: true})
	runs := []uint64{0, 10, 5, 12, 12, 12}
	for range 1000 {
		runs = append(runs, 12, 20)
	}
	if saved, err := b.Save(runs); err != nil || len(saved) != 20 {
		t.Errorf("%d packets, %v; want frames 1 to 20", len(saved), err)
	}
}

// TestLiveFilterReportsOldestPacket checks that a filter reports which packets it could not
// examine. 31 packets of 1 MiB fit in 32 MiB, but the list of the page has all 40.
func TestLiveFilterReportsOldestPacket(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	live := page.NewLive(page.NewBuilder(page.Options{Store: true}, table))
	r := &running{t: t, table: table, live: live}
	for range 40 {
		r.add(append(udp(40000, 53), make([]byte, 1<<20)...))
	}
	f, err := live.Filter(t.Context(), "port 53", 0)
	if err != nil || f.First != 10 || f.Last != 40 || !slices.Equal(f.Frames, []uint64{10, 40}) {
		t.Errorf("%v, %+v; want frames 10 to 40", err, f)
	}
}

// TestLiveFilter checks that a live page filters its newest packets, then only those added later.
func TestLiveFilter(t *testing.T) {
	table := flow.NewTable(flow.Options{})
	live := page.NewLive(page.NewBuilder(page.Options{Store: true}, table))
	r := &running{t: t, table: table, live: live}
	for i := range 6000 {
		r.add(udp(40000, 53+i%2))
		if i%900 == 0 {
			r.refresh() // so that every packet is kept
		}
	}
	f, err := live.Filter(t.Context(), "port 53", 0)
	if err != nil || f.First != 1001 || f.Last != 6000 || f.Frames[0] != 1001 ||
		len(f.Frames) != 5000 {
		t.Fatalf("%v, up to %d, %d numbers", err, f.Last, len(f.Frames))
	}
	r.add(udp(40000, 53))
	f, err = live.Filter(t.Context(), "port 53", f.Last)
	if err != nil || f.Last != 6001 || !slices.Equal(f.Frames, []uint64{6001, 6001}) {
		t.Errorf("%v, %+v", err, f)
	}
}
