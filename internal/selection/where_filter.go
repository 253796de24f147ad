package selection

import (
	"net/netip"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/communityid"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection/where"
	"github.com/portsniff/portsniff/internal/sockets"
)

// A whereFilter selects the packets whose decoded facts satisfy an expression. It determines client
// and server from all packets that it receives, selected or not, with its own flow table.
type whereFilter struct {
	analyzer *analysis.Analyzer
	expr     *where.Expr
	facts    where.Facts
}

func newWhereFilter(opt *Options) (*whereFilter, error) {
	e, err := where.Compile(*opt.Where)
	if err == nil && e.AsksProcesses() {
		err = opt.NoProcesses
	}
	if err != nil {
		return nil, whereError(err)
	}
	return &whereFilter{analyzer: analysis.New(flow.Options{Memory: opt.Memory}), expr: e}, nil
}

func (w *whereFilter) match(r *capture.Record) (bool, error) {
	w.fill(w.analyzer.Record(r))
	match, err := w.expr.Match(&w.facts)
	if err != nil {
		return false, whereError(err)
	}
	return match, nil
}

// fill converts a frame into facts.
func (w *whereFilter) fill(f *analysis.Frame) {
	x, p := &w.facts, f.Packet
	x.Reset()
	x.Len, x.Captured, x.Frame = f.Len, len(p.Data), int(f.Number)
	x.NoPorts = append(x.NoPorts, p.NoPorts.String())
	for i := range p.Layers {
		l := &p.Layers[i]
		x.Quoted = x.Quoted || l.Quoted
		if !l.Quoted {
			x.Proto = append(x.Proto, l.ID.String())
			w.header(p, i)
		}
	}
	outer := true
	for i := range f.Transport {
		if t := &f.Transport[i]; !t.Quoted {
			w.ports(t, outer)
			outer = false
		}
	}
	if w.expr.AsksCommunityID() {
		w.community(f.Packet)
	}
	for i := range f.Owners {
		w.processes(&f.Owners[i])
	}
}

// header adds the facts of IP, ARP and TCP headers except ports.
func (w *whereFilter) header(p *decode.Packet, layer int) {
	x := &w.facts
	switch l := &p.Layers[layer]; l.ID {
	case decode.IDIPv4, decode.IDIPv6:
		w.hosts(p.Addrs(layer))
	case decode.IDARP:
		sender, target := decode.ARP(p.Data[l.At:]).Addrs()
		src, _ := netip.AddrFromSlice(sender)
		dst, _ := netip.AddrFromSlice(target)
		w.hosts(src, dst)
	case decode.IDTCP:
		h := p.TCP(layer)
		if h == nil {
			return
		}
		t := &x.TCP
		t.Seq, t.Ack = append(t.Seq, int(h.Seq)), append(t.Ack, int(h.Ack))
		t.Window, t.Len = append(t.Window, int(h.Window)), append(t.Len, max(0, l.End-l.At-l.Len))
		f := &t.Flags
		f.FIN, f.SYN, f.RST, f.PSH = f.FIN || h.FIN, f.SYN || h.SYN, f.RST || h.RST, f.PSH || h.PSH
		f.ACK, f.URG, f.ECE, f.CWR = f.ACK || h.ACK, f.URG || h.URG, f.ECE || h.ECE, f.CWR || h.CWR
	}
}

// hosts adds the addresses of a header, if it has any.
func (w *whereFilter) hosts(src, dst netip.Addr) {
	if x := &w.facts; src.IsValid() && dst.IsValid() {
		x.Host = append(x.Host, src, dst)
		x.Src.Host, x.Dst.Host = append(x.Src.Host, src), append(x.Dst.Host, dst)
	}
}

// community adds the IDs of the packet and of its flows.
func (w *whereFilter) community(p *decode.Packet) {
	add := func(id []byte) {
		if len(id) > 0 {
			w.facts.Community = append(w.facts.Community, string(id))
		}
	}
	add(communityid.AppendPacket(nil, p))
	for i := range p.Ports {
		if q := &p.Ports[i]; !q.Quoted {
			add(communityid.AppendHeader(nil, p, q))
		}
	}
}

// processes adds the owners of both ends of a flow.
func (w *whereFilter) processes(e *analysis.EndOwners) {
	x := &w.facts
	for _, o := range []*sockets.Owner{&e.Src, &e.Dst} {
		if o.Known() {
			x.Process, x.PID = append(x.Process, o.Name), append(x.PID, o.PID)
		}
		if o.User != "" {
			x.User = append(x.User, o.User)
		}
	}
}

// ports adds the ports of a transport header. outer reports that no other transport header encloses
// it.
func (w *whereFilter) ports(t *analysis.Transport, outer bool) {
	x, src, dst := &w.facts, int(t.Src), int(t.Dst)
	x.Port = append(x.Port, src, dst)
	x.Src.Port, x.Dst.Port = append(x.Src.Port, src), append(x.Dst.Port, dst)
	ends := &x.Inner
	if outer {
		ends = &x.Outer
	}
	ends.Port = append(ends.Port, src, dst)
	if t.SrcAddr.IsValid() {
		ends.Host = append(ends.Host, t.SrcAddr, t.DstAddr)
	}
	switch t.Client {
	case "src":
		addEnd(&x.Client, src, t.SrcAddr)
		addEnd(&x.Server, dst, t.DstAddr)
	case "dst":
		addEnd(&x.Client, dst, t.DstAddr)
		addEnd(&x.Server, src, t.SrcAddr)
	}
	x.Range = append(x.Range, t.SrcRange.String(), t.DstRange.String())
	x.Proto = append(x.Proto, t.Proto.String()) // the header may be in another fragment
	w.service(t.SrcService, t.Proto, t.Src)
	w.service(t.DstService, t.Proto, t.Dst)
}

func addEnd(e *where.Ends, port int, addr netip.Addr) {
	e.Port = append(e.Port, port)
	if addr.IsValid() {
		e.Host = append(e.Host, addr)
	}
}

// service adds the names of a port that identifies a service.
func (w *whereFilter) service(name string, proto decode.Transport, port uint16) {
	if name == "" {
		return
	}
	w.facts.Service = append(w.facts.Service, name)
	if alias := annotate.Registered(proto, port).Alias; alias != "" {
		w.facts.Service = append(w.facts.Service, alias)
	}
}
