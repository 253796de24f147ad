package flow

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// scanned is a table of so many clients that each sent something to so many ports of as many servers.
func scanned(t *testing.T, memory, clients, ports int) *Table {
	t.Helper()
	table := NewTable(Options{Service: lower, Hosts: true, Memory: memory})
	frame := int64(0)
	for c := range clients {
		for p := range ports {
			frame++
			addOne(t, table, tcp(netip.AddrFrom4([4]byte{10, 1, byte(c >> 8), byte(c)}).String(), netip.AddrFrom4([4]byte{10, 2, byte(c >> 8), byte(c)}).String(), 50000, uint16(p+1), decode.FlagSYN), frame)
		}
	}
	return table
}

// Addresses stay within their part of the memory, whoever sends from and to however many: what there is no room for is said to be missing, and what is not is right.
func TestHostsWithinMemory(t *testing.T) {
	for _, c := range []struct {
		memory, clients, ports int
		exact, least           bool // whether some numbers are
	}{{1 << 20, 40, 2000, false, true}, {minMemory, 1, 5000, true, true}, {minMemory, 600, 3, false, true}, {1 << 20, 6000, 4, false, false}} {
		table := scanned(t, c.memory, c.clients, c.ports)
		exact, least := 0, 0
		for _, p := range table.Ports() {
			for _, d := range []Distinct{p.Clients, p.Servers} {
				switch {
				case d.AtLeast:
					least++
				case !d.About:
					exact++
				}
				if off := float64(d.N) / float64(c.clients); off > 1.05 || off > 1 && !d.About || off < 0.95 && !d.AtLeast || d.N == 0 {
					t.Errorf("%+v: %+v", c, d)
				}
			}
		}
		if c.exact != (exact > 0) || c.least != (least > 0) {
			t.Errorf("%+v: %d numbers are exact, %d at least", c, exact, least)
		}
		if room := table.gone.hosts.room; room < 0 || !c.least && room < table.opt.hostMemory()/2 || table.Evicted.Flows == 0 {
			t.Errorf("%+v: %d bytes of room, %d flows were evicted", c, room, table.Evicted.Flows)
		}
	}
}

// Where there is room, eviction makes no difference to the numbers of hosts.
func TestEvictionKeepsHosts(t *testing.T) {
	const clients = 3000
	whole, evicting := scanned(t, 0, clients, 8), scanned(t, 1<<20, clients, 8)
	if evicting.Evicted.Flows == 0 || whole.Evicted.Flows != 0 {
		t.Fatalf("%+v and %+v evicted", whole.Evicted, evicting.Evicted)
	}
	want, got := whole.Ports(), evicting.Ports()
	for i := range want {
		if d := got[i].Clients; d.AtLeast || !d.About || d.N < clients*95/100 || d.N > clients*105/100 {
			t.Errorf("port %d: %+v", got[i].Port, d)
		}
		want[i].Clients, want[i].Servers, got[i].Clients, got[i].Servers = Distinct{}, Distinct{}, Distinct{}, Distinct{}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}

// A port that another table had no room for is not without hosts.
func TestMergeOfFullHosts(t *testing.T) {
	h := hosts{room: 1 << 20}
	h.merge(&hosts{full: true})
	if clients, servers := h.of(PortKey{decode.ProtoTCP, 80}); !clients.AtLeast || !servers.AtLeast {
		t.Errorf("%+v, %+v", clients, servers)
	}
}

// A set that memory once had no room for is not complete when there is room again, be it estimated by then.
func TestHostsStayIncomplete(t *testing.T) {
	var s hostSet
	addr := func(n byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, 0, n}) }
	room := setCost
	for n := range byte(setRoom) {
		s.add(addr(n), &room)
	}
	s.add(addr(100), &room) // no room
	if got := s.count(); got != (Distinct{setRoom, false, true}) {
		t.Errorf("%+v", got)
	}
	room = sketchCost - setCost // for a sketch in place of the addresses, though for none of them more than there are
	for n := byte(101); s.sketch == nil; n++ {
		s.add(addr(n), &room)
	}
	if got := s.count(); !got.About || !got.AtLeast {
		t.Errorf("%+v", got)
	}
}
