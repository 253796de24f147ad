package top

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Saver creates a file with an extension, such as pcapng, and returns its name. It calls write
// for the contents. If it fails, it leaves no file.
type Saver func(ending string, write func(io.Writer) error) (name string, err error)

// SaveNames is a pattern for the names of files that a Saver creates.
const SaveNames = `^portsniff-\d{8}-\d{6}(-\d+)?\.(pcapng|csv|json|svg)$`

// A Namer names the files that are created, each with another name.
type Namer struct {
	mu    sync.Mutex
	stamp string // time of the latest file, in seconds
	files int    // files with this time
}

// Name returns the name of a file that is created at the given time.
func (n *Namer) Name(at time.Time, ending string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	stamp := at.Format("20060102-150405")
	if stamp != n.stamp {
		n.stamp, n.files = stamp, 0
	}
	if n.files++; n.files > 1 {
		stamp += "-" + strconv.Itoa(n.files)
	}
	return "portsniff-" + stamp + "." + ending
}

var (
	errNothing = errors.New("there is nothing to save")
	errUndrawn = errors.New("no packet is drawn; Enter on a packet draws it")
)

// pressSave handles the key that selects what to save.
func (m *Model) pressSave(key string) tea.Cmd {
	m.saving = false
	ending, write := "", func(io.Writer) error { return errNothing }
	switch key {
	case "p":
		if m.opt.Engine.stored {
			m.say(noPackets)
			return nil
		}
		list := m.keptPackets()
		ending = "pcapng"
		if len(list) > 0 {
			write = func(w io.Writer) error { return writePackets(w, list) }
		}
	case "s":
		ending, write = "svg", func(io.Writer) error { return errUndrawn }
		if m.packet != nil {
			drawings := explain.Drawings(&explain.Subject{Frame: m.packet.frame}, "")
			write = func(w io.Writer) error { return explain.SVG(w, drawings) }
		}
	case "c", "j":
		header, rows := m.values()
		ending = map[string]string{"c": "csv", "j": "json"}[key]
		if len(rows) > 0 && key == "c" {
			write = func(w io.Writer) error { return writeCSV(w, header, rows) }
		} else if len(rows) > 0 {
			write = func(w io.Writer) error { return writeJSON(w, m.here().view, header, rows) }
		}
	default:
		m.say("nothing was saved")
		return nil
	}
	return func() tea.Msg {
		name, err := m.opt.Save(ending, write)
		if err != nil {
			return Notice("not saved: " + textutil.Escape(err.Error()))
		}
		return Notice("saved: " + textutil.Escape(name))
	}
}

// keptPackets returns the kept packets of the selected row. In the view of packets, it returns
// those of the whole view.
func (m *Model) keptPackets() (list []kept) {
	q := m.query()
	switch id := m.here().selected.(type) {
	case PortID:
		q.Port = &id
	case flow.Key:
		q.Flow = &id
	case netip.Addr:
		q.Host = id
	case string:
		q.Process = id
	case AlertID:
		m.opt.Locked(func() {
			if a, ok := m.opt.Engine.alert(id); ok {
				q.Scope = a.scope
			}
		})
	}
	m.opt.Locked(func() {
		e := m.opt.Engine
		for i := range e.packets.n {
			if k := e.packets.at(i); k.passed && e.keptInScope(q, k) {
				list = append(list, k.clone())
			}
		}
	})
	return list
}

// writePackets writes packets as pcapng.
func writePackets(w io.Writer, list []kept) error {
	out := pcapfile.NewWriter(w, "", pcapfile.Pcapng, pcapfile.Uncompressed)
	for i := range list {
		k := &list[i]
		p := capture.Packet{Number: k.number, Link: k.link, Data: k.data, HasTime: k.hasTime,
			FCSLen: -1, File: k.iface}
		p.CaptureLength, p.Length = len(k.data), int(k.length)
		if k.hasTime {
			p.Timestamp = time.Unix(0, k.nanos).UTC()
		}
		about := func() capture.Interface {
			return capture.Interface{Name: k.iface, Link: k.link, FCSLen: -1}
		}
		if err := out.Write(&p, about); err != nil {
			return err
		}
	}
	return out.Flush()
}

// values returns the rows of the current place as values, at most maxRows, and the names of their
// columns.
func (m *Model) values() (header []string, rows [][]any) {
	m.opt.Locked(func() {
		p := m.opt.Engine.Rows(m.query())
		for i := range p.items {
			names, row := m.opt.Engine.values(&p.items[i])
			header, rows = names, append(rows, row)
		}
	})
	return header, rows
}

// values returns a row as values: rates in bits and packets per second, totals in bytes.
func (e *Engine) values(x *item) (header []string, row []any) {
	add := func(name string, value any) {
		header, row = append(header, name), append(row, value)
	}
	switch id := x.id.(type) {
	case PortID:
		service, proto, port := x.text, "", any(nil)
		if !id.None {
			service = annotate.Registered(id.Proto, id.Port).Name
			proto, port = id.Proto.String(), id.Port
		}
		add("port", port)
		add("proto", proto)
		add("service", service)
		add("flows", x.flows)
		add("hosts", x.hosts)
		add("process", withoutNone(x.what))
	case flow.Key:
		f := e.flow(id)
		r := analysis.RolesOf(&f)
		add("proto", id.Proto.String())
		add("client", render.HostPort(r.ClientEnd.Addr, r.ClientEnd.Port))
		add("server", render.HostPort(r.ServerEnd.Addr, r.ServerEnd.Port))
		add("client_evidence", string(r.Evidence))
		add("state", string(f.State()))
	case netip.Addr:
		add("host", id.String())
		add("flows", x.flows)
		add("ports", x.ports)
	case string:
		add("process", id)
		add("flows", x.flows)
	case int64:
		if k := e.packets.find(id); k != nil {
			return e.packetValues(k)
		}
	case AlertID:
		a, _ := e.alert(id)
		return []string{"time", "rule", "what", "evidence", "frame"}, []any{stamp(a.Nanos), a.Rule,
			a.What, a.Evidence, a.Frame}
	}
	add("bits_per_second", x.rate.sum())
	add("packets_per_second", x.rate.packets)
	if x.stat != nil {
		add("packets", x.stat.both().Packets)
		add("bytes", x.stat.both().Bytes)
	}
	return header, row
}

// packetValues returns a packet as values.
func (e *Engine) packetValues(k *kept) (header []string, row []any) {
	f := e.frame(k)
	at, src, dst, ports := "", "", "", [2]any{}
	if k.hasTime {
		at = stamp(k.nanos)
	}
	if net := f.Packet.NetLayer(); net >= 0 {
		a, b := f.Packet.Addrs(net)
		src, dst = a.String(), b.String()
	}
	proto := render.Summary(f.Packet)
	if len(f.Transport) > 0 && f.Packet.NoPorts == decode.HasPorts {
		t := &f.Transport[0]
		proto, ports = t.Proto.String(), [2]any{t.Src, t.Dst}
	}
	return []string{"frame", "time", "src", "src_port", "dst", "dst_port", "proto", "len"},
		[]any{k.number, at, src, ports[0], dst, ports[1], proto, k.length}
}

func stamp(nanos int64) string {
	return time.Unix(0, nanos).UTC().Format("2006-01-02T15:04:05.000000000Z")
}

func withoutNone(text string) string {
	if text == none {
		return ""
	}
	return text
}

// writeCSV writes values as CSV, after a header line.
func writeCSV(w io.Writer, header []string, rows [][]any) error {
	out := [][]string{header}
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, v := range row {
			if v != nil {
				cells[i] = fmt.Sprint(v)
			}
		}
		out = append(out, cells)
	}
	return render.CSV(w, out)
}

// writeJSON writes values as JSON objects, one per line.
func writeJSON(w io.Writer, v View, header []string, rows [][]any) error {
	list := make([]map[string]any, len(rows))
	for n, row := range rows {
		list[n] = map[string]any{"schema": "portsniff.top/1", "view": v.String()}
		for i, value := range row {
			if text, ok := value.(string); ok {
				value = textutil.Escape(text)
			}
			list[n][header[i]] = value
		}
	}
	return render.JSONLines(w, list)
}
