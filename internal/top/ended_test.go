package top_test

import (
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

// The end of an input stays on the screen, with its reason if it is an error.
func TestEndedInput(t *testing.T) {
	for _, c := range []struct{ why, want string }{{"", ``},
		{"a.pcap: packet 3 at byte 900: cut short", `a\.pcap: packet 3 at byte 900: cut short`}} {
		v := open(t, "http", func(o *top.Options) { o.Piped = true })
		v.has(`READING`)
		v.hasNot(`END`)
		v.Update(top.Ended{Why: c.why})
		v.clock = v.clock.Add(time.Minute)
		v.Update(top.Tick)
		v.has(`END`)
		v.hasNot(`READING`)
		v.has(c.want)
		v.has(`80/tcp`)
	}
}

// After the end of a capture, its time does not go on.
func TestEndedCapture(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, "", "")
	live := &terminal{t: t, engine: s.engine, clock: s.at}
	live.Model = top.New(top.Options{Engine: s.engine, Locked: func(f func()) { f() }, Live: true,
		Now: func() time.Time { return live.clock }})
	live.clock = s.at.Add(5 * time.Second)
	live.Update(top.Tick)
	live.has(`00:00:05 .*LIVE`)
	live.Update(top.Ended{})
	live.clock = s.at.Add(time.Hour)
	live.Update(top.Tick)
	live.has(`00:00:05 .*END`)
}

// An input without packets is named as such, not as one that is still read.
func TestEndedWithoutPackets(t *testing.T) {
	s := newScene(t)
	v := s.shown(80, 20)
	v.has(`no packet yet`)
	v.Update(top.Ended{})
	v.has(`the input has ended without a packet`)
}

// The error of a file that was read in part is wrapped, and the time line stays whole.
func TestPartOfFile(t *testing.T) {
	v := open(t, "http", func(o *top.Options) { o.Player = cut{} })
	v.size(80, 24)
	v.has(`^ cut\.pcap: packet 52 at byte 4820: record claims 1530 bytes, the file has 180$`)
	v.has(`^ bytes left$`)
	v.has(`● 00:00:09 `)
}

// cut is a player of a file that was cut short.
type cut struct{ still }

func (cut) Position() top.Position {
	return top.Position{First: 1e9, Now: 10e9, Last: 10e9, Speed: 1, Err: "cut.pcap: packet 52 " +
		"at byte 4820: record claims 1530 bytes, the file has 180 bytes left"}
}
