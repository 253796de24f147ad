package page

import (
	"encoding/json"
	"net"
)

// updateBytes is the approximate limit of one update, in bytes, for the packets and for each table
// that they share. A browser that stops reading retains at most one update.
const updateBytes = 2 << 20

// sharedTables is the number of tables that packets refer to.
const sharedTables = 4

// places holds the lengths of those tables.
type places struct {
	Specs  int64 `json:"specs"`
	Kinds  int64 `json:"kinds"`
	Shapes int64 `json:"shapes"`
	Texts  int64 `json:"texts"`
}

// A Position says how much a browser has received. The zero value is the beginning.
type Position struct {
	sent    int64 // packets sent to it
	next    int64 // number of the next packet in the log
	version int
	at      [sharedTables]int64 // lengths of its tables
}

// Update returns the data since a position as one JSON object, in pieces that must not be modified,
// and advances the position. more reports that further data is available.
func (l *Live) Update(p *Position) (pieces net.Buffers, more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := &l.now
	var body net.Buffers
	at := p.at
	for i, name := range [sharedTables]string{"specs", "kinds", "shapes", "texts"} {
		list, next := l.shared[i].since(p.at[i], now.shared[i], updateBytes)
		body = appendList(body, name, list)
		p.at[i] = next
	}
	complete := p.at == now.shared
	var list [][]byte
	if complete { // else packets would refer to data that the browser does not have yet
		from := max(p.next, l.packets.base)
		list, p.next = l.packets.since(from, now.packets, updateBytes)
		p.sent += p.next - from
	}
	body = appendList(body, "packets", list)
	if p.version != now.version && len(now.tables) > 0 {
		body = append(body, []byte(","), now.tables)
	}
	p.version = now.version
	head := struct {
		counted
		At     places `json:"at"`
		Lost   Lost   `json:"lost"`
		Chosen Chosen `json:"chosen"`
	}{now.counted, places{at[0], at[1], at[2], at[3]}, now.lost, now.chosen}
	head.Lost.Page = now.counted.Frames - p.sent
	text, err := json.Marshal(head)
	if err != nil {
		return nil, false, err
	}
	pieces = append(append(net.Buffers{text[:len(text)-1]}, body...), []byte("}"))
	return pieces, !complete || p.next < now.packets, nil
}

// appendList adds a member whose value is a list.
func appendList(pieces net.Buffers, name string, list [][]byte) net.Buffers {
	pieces = append(pieces, []byte(`,"`+name+`":[`))
	return append(append(pieces, list...), []byte("]"))
}
