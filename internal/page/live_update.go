package page

import (
	"encoding/json"
	"net"
)

// updateBytes is about how much of the packets, and of each of the tables that they share, one
// update has, in bytes. A browser that has stopped reading keeps no more than one update from being
// freed.
const updateBytes = 2 << 20

// sharedTables is how many tables packets point into.
const sharedTables = 4

// places are the lengths of those tables.
type places struct {
	Specs  int64 `json:"specs"`
	Kinds  int64 `json:"kinds"`
	Shapes int64 `json:"shapes"`
	Texts  int64 `json:"texts"`
}

// A Position is how far a browser has come. The zero value is the beginning.
type Position struct {
	sent    int64 // packets that it was sent
	next    int64 // of those that were ever kept
	version int
	at      [sharedTables]int64 // lengths of the tables as it has them
}

// Update returns what is new since a position, as one JSON object in pieces that nobody may change,
// and moves the position on. more says that it has not all.
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
	if complete { // else packets would point to what the browser has not yet
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
