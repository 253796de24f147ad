// Black-box tests of the packages together: capture reads the samples, decode walks them, and
// annotate names the services. The expected results were counted with tshark or by hand.
package portsniff_test

import (
	"io"
	"io/fs"
	"testing"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/pcaps"
)

// eachFrame decodes every frame of a sample.
func eachFrame(t testing.TB, sample string, visit func(r *capture.Packet, p *decode.Packet)) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	defer func(f fs.File) {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}(f)
	src, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var r capture.Packet
	var p decode.Packet
	for {
		switch err := src.Next(&r); err {
		case nil:
		case io.EOF:
			if src.Packets() == 0 {
				t.Fatalf("%s has no packets", sample)
			}
			return
		default:
			t.Fatal(err)
		}
		p.Decode(r.Link, r.Data, r.Length)
		visit(&r, &p)
	}
}

// A service is a service of the well-known table.
type service struct {
	proto decode.Transport
	port  uint16
}

func TestEveryServiceInItsOwnSample(t *testing.T) {
	const tcp, udp = decode.ProtoTCP, decode.ProtoUDP
	for _, c := range []struct {
		sample string
		service
		name     string
		to, from int // packets to the port and from it, as counted by tshark
	}{
		{"ftp", service{tcp, 21}, "ftp", 18, 20}, {"ftp", service{tcp, 20}, "ftp-data", 3, 5},
		{"ssh", service{tcp, 22}, "ssh", 24, 21}, {"telnet", service{tcp, 23}, "telnet", 14, 12},
		{"smtp", service{tcp, 25}, "smtp", 17, 13}, {"dns", service{udp, 53}, "domain", 1, 1},
		{"dns-tcp", service{tcp, 53}, "domain", 6, 4}, {"http", service{tcp, 80}, "http", 6, 4},
		{"pop3", service{tcp, 110}, "pop3", 11, 10}, {"ntp", service{udp, 123}, "ntp", 2, 2},
		{"bgp", service{tcp, 179}, "bgp", 13, 10}, {"https", service{tcp, 443}, "https", 9, 6},
		{"http6", service{tcp, 80}, "http", 6, 4}, {"https6", service{tcp, 443}, "https", 9, 6},
		{"dns6", service{udp, 53}, "domain", 1, 1},
	} {
		to, from := 0, 0
		eachFrame(t, c.sample, func(_ *capture.Packet, p *decode.Packet) {
			for _, q := range p.Ports {
				if q.Proto == c.proto && q.Dst == c.port {
					to++
				}
				if q.Proto == c.proto && q.Src == c.port {
					from++
				}
			}
		})
		if to != c.to || from != c.from {
			t.Errorf("%s: %d packets to port %d and %d from it, want %d and %d", c.sample, to,
				c.port, from, c.to, c.from)
		}
		if got := annotate.Registered(c.proto, c.port).Name; got != c.name {
			t.Errorf("%v %d is named %q, want %q", c.proto, c.port, got, c.name)
		}
	}
}

// TestAnswersComeBack checks the samples of all services: each request goes from the client's port
// to the server's, and the answer has the two ports exchanged.
func TestAnswersComeBack(t *testing.T) {
	for _, sample := range []string{"services", "services-ipv6"} {
		asked, answered := map[[2]uint16]bool{}, map[[2]uint16]bool{}
		eachFrame(t, sample, func(_ *capture.Packet, p *decode.Packet) {
			if len(p.Ports) != 1 || p.NoPorts != decode.HasPorts {
				return
			}
			q := p.Ports[0]
			if q.Dst < q.Src {
				asked[[2]uint16{q.Src, q.Dst}] = true
			} else {
				answered[[2]uint16{q.Dst, q.Src}] = true
			}
		})
		const sessions = 13 // one of each of the twelve, and a second one of NTP
		if len(asked) != sessions {
			t.Errorf("%s: %d conversations, want %d", sample, len(asked), sessions)
		}
		for pair := range asked {
			if !answered[pair] {
				t.Errorf("%s: %d -> %d has no answer", sample, pair[0], pair[1])
			}
		}
	}
}

// TestReasons counts packets without ports of their own by reason. The expected counts were made by
// hand from tshark's listing of each sample.
func TestReasons(t *testing.T) {
	for sample, want := range map[string]map[decode.Reason]int{
		"http":        {decode.HasPorts: 10},
		"arp-ping":    {decode.NotIP: 2, decode.NoTransport: 10},
		"fragments":   {decode.HasPorts: 2, decode.LaterFragment: 4},
		"fragments6":  {decode.HasPorts: 2, decode.LaterFragment: 4},
		"udp-closed":  {decode.HasPorts: 1, decode.NoTransport: 1},
		"udp-closed6": {decode.HasPorts: 1, decode.NoTransport: 1},
		"igmp":        {decode.NoTransport: 4},
		"cut":         {decode.CutOff: 10},
		"esp-ah":      {decode.HasPorts: 3, decode.Encrypted: 2},
		"gre":         {decode.HasPorts: 20},
		"vlan":        {decode.HasPorts: 20},
		"sctp":        {decode.HasPorts: 9},
		"dccp":        {decode.HasPorts: 3},
		"udplite":     {decode.HasPorts: 2},
	} {
		got := map[decode.Reason]int{}
		eachFrame(t, sample, func(_ *capture.Packet, p *decode.Packet) { got[p.NoPorts]++ })
		for r := decode.HasPorts; r < decode.Reasons; r++ {
			if got[r] != want[r] {
				t.Errorf("%s: %d packets with reason %q, want %d", sample, got[r], r, want[r])
			}
		}
	}
}

// TestLayersOfTunnelsAndQuotes checks that both port pairs of a tunnel are found, and that ports
// quoted by an ICMP error are marked.
func TestLayersOfTunnelsAndQuotes(t *testing.T) {
	for _, c := range []struct {
		sample string
		frame  int64
		want   []decode.TransportHeader // from tshark's dissection
	}{
		{"vxlan", 3, []decode.TransportHeader{
			{Proto: decode.ProtoUDP, Src: 48871, Dst: 4789, At: 34},
			{Proto: decode.ProtoTCP, Src: 55962, Dst: 80, At: 84}}},
		{"gre", 1, []decode.TransportHeader{{Proto: decode.ProtoTCP, Src: 56840, Dst: 80, At: 58}}},
		{"udp-closed", 2, []decode.TransportHeader{
			{Proto: decode.ProtoUDP, Quoted: true, Src: 50171, Dst: 33434, At: 62}}},
		{"stack", 1, []decode.TransportHeader{
			{Proto: decode.ProtoUDP, Src: 49300, Dst: 4789, At: 74},
			{Proto: decode.ProtoTCP, Src: 51514, Dst: 80, At: 124}}},
	} {
		eachFrame(t, c.sample, func(r *capture.Packet, p *decode.Packet) {
			if r.Number != c.frame {
				return
			}
			if len(p.Ports) != len(c.want) {
				t.Fatalf("%s frame %d: %+v", c.sample, c.frame, p.Ports)
			}
			for i, q := range p.Ports {
				if q.Layer, q.Net = 0, 0; q != c.want[i] {
					t.Errorf("%s frame %d: %+v, want %+v", c.sample, c.frame, q, c.want[i])
				}
			}
		})
	}
}

// TestFieldsTileHeaders checks that every bit of every header of every sample is in exactly one
// field. Port fields must have the same values as the walk.
func TestFieldsTileHeaders(t *testing.T) {
	for _, s := range pcaps.List() {
		eachFrame(t, s.Name, func(r *capture.Packet, p *decode.Packet) {
			var ports []uint16
			for i, l := range p.Layers {
				bit := 8 * l.At
				for _, f := range p.Fields(i) {
					if f.At != bit {
						t.Fatalf("%s frame %d: %s begins at bit %d, the field before it ends at %d",
							s.Name, r.Number, f.Key, f.At, bit)
					}
					bit += f.Width
					if f.Show == decode.ShowPort && !f.Cut {
						ports = append(ports, uint16(f.Value))
					}
				}
				if bit != 8*(l.At+l.Len) {
					t.Fatalf("%s frame %d: the fields of %s end at bit %d of %d", s.Name, r.Number,
						l.ID, bit, 8*(l.At+l.Len))
				}
			}
			if p.NoPorts == decode.CutOff {
				return // only one of the two ports may be captured
			}
			var want []uint16
			for _, q := range p.Ports {
				want = append(want, q.Src, q.Dst)
			}
			if len(ports) != len(want) {
				t.Fatalf("%s frame %d: ports %v in the fields, %v in the walk", s.Name, r.Number,
					ports, want)
			}
			for i := range want {
				if ports[i] != want[i] {
					t.Errorf("%s frame %d: ports %v in the fields, %v in the walk", s.Name,
						r.Number, ports, want)
				}
			}
		})
	}
}

// TestPrefixes decodes every prefix of every frame, as cut by a snapshot length and as a frame of
// that length. No port may be outside of it, and there must be a reason if there are no ports.
func TestPrefixes(t *testing.T) {
	var cut decode.Packet
	for _, s := range pcaps.List() {
		eachFrame(t, s.Name, func(r *capture.Packet, _ *decode.Packet) {
			for n := range min(len(r.Data), 300) {
				for _, wire := range []int{n, r.Length} {
					cut.Decode(r.Link, r.Data[:n:n], wire)
					own := 0
					for _, q := range cut.Ports {
						if q.At+4 > n {
							t.Fatalf("%s frame %d cut to %d of %d: ports at %d", s.Name, r.Number,
								n, wire, q.At)
						}
						if !q.Quoted {
							own++
						}
					}
					if (own == 0) != (cut.NoPorts != decode.HasPorts) {
						t.Fatalf("%s frame %d cut to %d of %d: %d ports and reason %q", s.Name,
							r.Number, n, wire, own, cut.NoPorts)
					}
				}
			}
		})
	}
}

func TestWalkAllocatesNothing(t *testing.T) {
	var p decode.Packet
	for _, s := range pcaps.List() {
		eachFrame(t, s.Name, func(r *capture.Packet, _ *decode.Packet) {
			p.Decode(r.Link, r.Data, r.Length) // so that its slices have grown
			if n := testing.AllocsPerRun(3, func() { p.Decode(r.Link, r.Data, r.Length) }); n != 0 {
				t.Fatalf("%s frame %d: %v allocations", s.Name, r.Number, n)
			}
		})
	}
}
