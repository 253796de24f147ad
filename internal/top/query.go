package top

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A View is one of the program's tables.
type View uint8

// The views.
const (
	Ports View = iota
	Flows
	Hosts
	Processes
	Packets
	AlertList
	views
)

// String returns the name of a view.
func (v View) String() string {
	return [...]string{"Ports", "Flows", "Hosts", "Processes", "Packets", "Alerts"}[v]
}

// Views returns all views.
func Views() (list []View) {
	for v := range views {
		list = append(list, v)
	}
	return list
}

// A Scope narrows a view to the rows that the user entered. The zero value includes everything.
type Scope struct {
	Port    *PortID
	Flow    *flow.Key
	Host    netip.Addr
	Process string
}

// A PortID identifies a row of ports. None is the row of packets without ports.
type PortID struct {
	flow.PortKey
	None bool
}

// A Query selects rows of an Engine.
type Query struct {
	View
	Scope
	Window
	Sort    int // index in the Sorts of the view
	Reverse bool
	Keep    []any // identities of rows that keep their order; nil to sort all rows
	Unicode bool
	Width   int      // columns of a row
	Columns []string // names of the columns to show, in order; nil for all
}

// maxRows is the maximum number of rows in a page.
const maxRows = 1000

// A Page is the result of a query: rows in order.
type Page struct {
	Columns []Column
	Order   []any // identities of the rows; comparable values
	Total   int   // number of all rows, including those above maxRows
	Failed  error // error of the filter

	spark int // width of sparklines, in columns
	items []item
	cells func(*item) []string
}

// Row returns the cells of a row, safe for a terminal. The caller must still hold the lock under
// which it called Rows.
func (p *Page) Row(i int) []string { return p.cells(&p.items[i]) }

// An item is a row before it is converted to text.
type item struct {
	id    any
	stat  *stat
	rate  rate
	rank  int // position before the rows that are sorted, 0 for those
	flows int
	hosts int
	text  string // text of one cell: reasons or ports
	what  string // processes
	ports int
}

// Rows returns the page for a query.
func (e *Engine) Rows(q *Query) *Page {
	p := &Page{Failed: e.failed, Columns: columns[q.View]}
	switch q.View {
	case Ports:
		e.portRows(q, p)
	case Flows:
		e.flowRows(q, p)
	case Hosts:
		e.hostRows(q, p)
	case Processes:
		e.processRows(q, p)
	case Packets:
		e.packetRows(q, p)
	case AlertList:
		e.alertRows(q, p)
	}
	p.choose(q.Columns, e.columnNames(q.View))
	p.fitSpark(q.Width, e.stored)
	p.match(e.filter)
	p.Total = len(p.items)
	p.order(q)
	if q.View == Packets && len(p.items) > maxRows {
		p.items = p.items[len(p.items)-maxRows:]
	}
	p.items = p.items[:min(len(p.items), maxRows)]
	p.Order = make([]any, len(p.items))
	for i := range p.items {
		p.Order[i] = p.items[i].id
	}
	return p
}

// match keeps the rows that contain the word of a filter.
func (p *Page) match(f *Filter) {
	if f == nil || f.word == "" {
		return
	}
	p.items = slices.DeleteFunc(p.items, func(x item) bool {
		return !strings.Contains(strings.ToLower(strings.Join(p.cells(&x), " ")), f.word)
	})
}

// Functions that compare rows for a Sort.
func byName(x, y *item) int    { return compareIDs(x.id, y.id) }
func byBits(x, y *item) int    { return cmp.Compare(y.rate.sum(), x.rate.sum()) }
func byUp(x, y *item) int      { return cmp.Compare(y.rate.bits[0], x.rate.bits[0]) }
func byDown(x, y *item) int    { return cmp.Compare(y.rate.bits[1], x.rate.bits[1]) }
func byPackets(x, y *item) int { return cmp.Compare(y.rate.packets, x.rate.packets) }
func byFlows(x, y *item) int   { return cmp.Compare(y.flows, x.flows) }
func byHosts(x, y *item) int   { return cmp.Compare(y.hosts, x.hosts) }
func byPorts(x, y *item) int   { return cmp.Compare(y.ports, x.ports) }
func byTotal(x, y *item) int {
	return cmp.Compare(y.stat.both().Bytes, x.stat.both().Bytes)
}

// compareIDs compares identities of rows of the same view.
func compareIDs(x, y any) int {
	switch x := x.(type) {
	case PortID:
		return x.compare(y.(PortID))
	case flow.Key:
		y := y.(flow.Key)
		return cmp.Or(x.A.AddrPort().Compare(y.A.AddrPort()),
			x.B.AddrPort().Compare(y.B.AddrPort()), cmp.Compare(x.Proto, y.Proto))
	case netip.Addr:
		return x.Compare(y.(netip.Addr))
	case string:
		return strings.Compare(x, y.(string))
	}
	return 0 // packets and alerts are in order
}

// compare compares ports by number. The row of packets without ports is the last.
func (k PortID) compare(o PortID) int {
	if k.None != o.None {
		if k.None {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(k.Port, o.Port), strings.Compare(k.Proto.String(), o.Proto.String()))
}

// A Sort is a way to order the rows of a view.
type Sort struct {
	Name  string
	Heads []string // the columns that show the order: two for their sum
	order func(x, y *item) int
}

// upDown and sentReceived are the columns whose sum is the traffic of a flow and of a host.
var (
	upDown       = []string{"↑ BIT/S", "↓ BIT/S"}
	sentReceived = []string{"SENT BIT/S", "RECV BIT/S"}
)

var sorts = [views][]Sort{
	Ports: {{"bit/s", one("BIT/S"), byBits}, {"packet/s", one("PKT/S"), byPackets},
		{"flows", one("FLOWS"), byFlows}, {"hosts", one("HOSTS"), byHosts},
		{"bytes", one("BYTES"), byTotal}, {"port", one("PORT"), byName}},
	Flows: {{"bit/s", upDown, byBits}, {"packet/s", one("PKT/S"), byPackets},
		{"bytes", one("BYTES"), byTotal}, {"client", one("CLIENT"), byName}},
	Hosts: {{"bit/s", sentReceived, byBits}, {"sent", sentReceived[:1], byUp},
		{"received", sentReceived[1:], byDown}, {"packet/s", one("PKT/S"), byPackets},
		{"flows", one("FLOWS"), byFlows}, {"ports", one("PORTS"), byPorts},
		{"bytes", one("BYTES"), byTotal}, {"host", one("HOST"), byName}},
	Processes: {{"bit/s", one("BIT/S"), byBits}, {"packet/s", one("PKT/S"), byPackets},
		{"flows", one("FLOWS"), byFlows}, {"process", one("PROCESS"), byName}},
	Packets:   {{"time", nil, nil}},
	AlertList: {{"time", nil, nil}},
}

func one(head string) []string { return []string{head} }

// Sorts returns the ways to order a view.
func (v View) Sorts() []Sort { return sorts[v] }

// order sorts the rows and keeps the first maxRows. Rows of q.Keep keep their order, and new rows
// follow. The capture waits meanwhile, so order never sorts more than 2*maxRows rows at once.
func (p *Page) order(q *Query) {
	by := sorts[q.View][q.Sort].order
	if by == nil {
		return
	}
	p.rank(q.Keep)
	sign := 1
	if q.Reverse {
		sign = -1
	}
	compare := func(x, y *item) int {
		if n := cmp.Compare(x.rank, y.rank); n != 0 {
			return n
		}
		if n := sign * by(x, y); n != 0 {
			return n
		}
		return byName(x, y)
	}
	first, full := make([]*item, 0, 2*maxRows), false // full: the first maxRows are sorted
	for i := range p.items {
		x := &p.items[i]
		if full && compare(x, first[maxRows-1]) > 0 {
			continue
		}
		if first = append(first, x); len(first) == 2*maxRows {
			slices.SortFunc(first, compare)
			first, full = first[:maxRows], true
		}
	}
	slices.SortFunc(first, compare)
	items := make([]item, min(len(first), maxRows))
	for i := range items {
		items[i] = *first[i]
	}
	p.items = items
}

// rank sets the ranks of rows that keep their order.
func (p *Page) rank(keep []any) {
	place := make(map[any]int, len(keep))
	for i, id := range keep {
		place[id] = i - len(keep) // below the 0 of new rows
	}
	if len(keep) > 0 {
		for i := range p.items {
			p.items[i].rank = place[p.items[i].id]
		}
	}
}

// escaped makes texts safe for a terminal, in place, and returns them.
func escaped(cells ...string) []string {
	for i := range cells {
		cells[i] = textutil.Escape(cells[i])
	}
	return cells
}
