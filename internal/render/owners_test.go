package render

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/linktype"
)

// owned returns a frame from a local client to a server, a SYN or not, with its owners.
func owned(t *testing.T, o *analysis.Attributor, reply bool, flags byte) *analysis.Frame {
	t.Helper()
	segment := make([]byte, 20)
	segment[0], segment[1], segment[2], segment[3], segment[12], segment[13] = 0xC0, 0x01, 0, 80,
		0x50, flags
	head := []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7}
	if reply {
		segment[0], segment[1], segment[2], segment[3] = 0, 80, 0xC0, 0x01
		copy(head[12:], []byte{198, 51, 100, 7, 192, 0, 2, 1})
	}
	p := &decode.Packet{}
	p.Decode(linktype.Type(101), append(head, segment...), 40)
	if len(p.Ports) != 1 {
		t.Fatalf("%d transport headers", len(p.Ports))
	}
	f := &analysis.Frame{Packet: p, Number: 1, Len: 40,
		Transport: []analysis.Transport{{TransportHeader: &p.Ports[0]}}}
	f.Transport[0].SrcAddr, f.Transport[0].DstAddr = p.Addrs(p.Ports[0].Net)
	o.Attribute(f)
	return f
}

func TestAttribute(t *testing.T) {
	curl := sockets.Owner{Process: sockets.Process{PID: 7, Name: "cu\x1brl", User: "alice"},
		Confidence: sockets.Exact}
	nginx := sockets.Owner{Process: sockets.Process{PID: 9, Name: "nginx", User: "www-data"},
		More: 2, Confidence: sockets.Listener}
	client, server := netip.MustParseAddrPort("192.0.2.1:49153"),
		netip.MustParseAddrPort("198.51.100.7:80")
	now := map[sockets.Flow]sockets.Owner{{Proto: decode.ProtoTCP, Local: client,
		Remote: server}: curl}
	var began []bool
	o := analysis.NewAttributor(func(src, dst sockets.Flow, fresh bool) (sockets.Owner,
		sockets.Owner) {
		began = append(began, fresh)
		return now[src], now[dst]
	})
	const syn, ack = 0x02, 0x10
	for _, c := range []struct {
		name       string
		reply      bool
		flags      byte
		line       string // line below the packet, "" for none
		end, peer  string // ends of process and peer_process in JSON
		confidence string
		before     func()
	}{
		{"the first packet", false, syn, "src cu\\x1brl/7 of alice", "src", "", "exact", nil},
		{"reported before", true, syn | ack, "", "dst", "", "exact", nil},
		{"both ends are here", true, ack,
			"src nginx/9 +2 of www-data (listener); dst cu\\x1brl/7 of alice", "src", "dst",
			"listener", func() {
				now[sockets.Flow{Proto: decode.ProtoTCP, Local: server, Remote: client}] = nginx
			}},
		{"the same in the other direction", false, ack, "", "src", "dst", "exact", nil},
		{"gone", false, syn, "src closed too soon; dst a process of five", "src", "dst", "gone",
			func() {
				now[sockets.Flow{Proto: decode.ProtoTCP, Local: client,
					Remote: server}] = sockets.Owner{Confidence: sockets.Gone}
				now[sockets.Flow{Proto: decode.ProtoTCP, Local: server,
					Remote: client}] = sockets.Owner{Process: sockets.Process{User: "five", UID: 5}}
			}},
		{"no owner", false, ack, "", "", "", "", func() { clear(now) }},
	} {
		if c.before != nil {
			c.before()
		}
		f := owned(t, o, c.reply, c.flags)
		var text, data strings.Builder
		if err := NewLineWriter(LineOptions{}).Packet(&text, f); err != nil {
			t.Fatal(err)
		}
		_, process, _ := strings.Cut(text.String(), string(indent)+" process: ")
		if strings.TrimSuffix(process, "\n") != c.line {
			t.Errorf("%s: %q, want %q", c.name, process, c.line)
		}
		if err := NewJSONWriter(&data).Packet(f); err != nil {
			t.Fatal(err)
		}
		var object struct {
			Transport []struct {
				Process struct{ End, Confidence string }
				Peer    struct{ End string } `json:"peer_process"`
			}
		}
		if err := json.Unmarshal([]byte(data.String()), &object); err != nil {
			t.Fatalf("%v: %s", err, data.String())
		}
		got := object.Transport[0]
		if got.Process.End != c.end || got.Peer.End != c.peer ||
			got.Process.Confidence != c.confidence {
			t.Errorf("%s: %s", c.name, data.String())
		}
	}
	if want := []bool{true, false, false, false, true, false}; len(began) != len(want) ||
		began[0] != want[0] || began[1] != want[1] || began[4] != want[4] {
		t.Errorf("connections began with %v, want %v", began, want)
	}
}

// TestNoOwners checks that without a finder no processes are written.
func TestNoOwners(t *testing.T) {
	f := owned(t, analysis.NewAttributor(func(sockets.Flow, sockets.Flow, bool) (sockets.Owner,
		sockets.Owner) {
		return sockets.Owner{}, sockets.Owner{}
	}), false, 2)
	f.Owners = nil
	var data strings.Builder
	if err := NewJSONWriter(&data).Packet(f); err != nil ||
		strings.Contains(data.String(), "process") {
		t.Errorf("%v: %s", err, data.String())
	}
}
