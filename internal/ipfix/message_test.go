package ipfix_test

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/ipfix"
	"github.com/portsniff/portsniff/internal/records"
)

// made returns a flow whose directions differ in every value.
func made() *records.Record {
	span := func(start, end time.Duration) records.Span {
		return records.Span{Start: int64(start), End: int64(end)}
	}
	r := &records.Record{Client: flow.A, Why: flow.EndIdle,
		IP: [3]uint64{flow.A: 111, flow.B: 222},
		Times: [3]records.Span{flow.A: span(time.Second, 4*time.Second),
			flow.B: span(2*time.Second, 3*time.Second)}}
	r.Proto = decode.ProtoTCP
	r.A = flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: 40000}
	r.B = flow.Endpoint{Addr: netip.MustParseAddr("192.0.2.2"), Port: 80}
	r.From = [3]flow.Count{flow.A: {Packets: 3}, flow.B: {Packets: 2}}
	r.Flags = [3]uint8{flow.A: decode.FlagSYN, flow.B: decode.FlagRST | decode.FlagACK}
	return r
}

// A collector is a socket that receives messages.
type collector struct {
	net.PacketConn
	t *testing.T
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return &collector{l, t}
}

func (c *collector) exporter(biflow bool) *ipfix.Exporter {
	c.t.Helper()
	to, err := ipfix.Dial(c.t.Context(), "udp://"+c.LocalAddr().String())
	if err != nil {
		c.t.Fatal(err)
	}
	return ipfix.NewExporter(to, biflow)
}

// send sends records in one message and returns the message.
func (c *collector) send(e *ipfix.Exporter, list ...*records.Record) []byte {
	c.t.Helper()
	for _, r := range list {
		if err := e.Record(r); err != nil {
			c.t.Fatal(err)
		}
	}
	if err := e.Flush(); err != nil {
		c.t.Fatal(err)
	}
	return c.receive()
}

// receive returns the next message.
func (c *collector) receive() []byte {
	c.t.Helper()
	b := make([]byte, 1<<16)
	n, _, err := c.ReadFrom(b)
	if err != nil {
		c.t.Fatal(err)
	}
	return b[:n]
}

// Each direction has its own values, both in records of one direction and in those of both
// directions.
func TestDirectionsAgainstTshark(t *testing.T) {
	unopened, old := made(), made()
	opened := made()
	opened.Asked = flow.A
	old.Times[flow.A] = records.Span{Start: -int64(time.Second), End: flow.NoTime}
	c := newCollector(t)
	defer c.Close()
	one, both := c.exporter(false), c.exporter(true)
	rows := corpustest.Fields(t, frames([][]byte{c.send(one, opened), c.send(both, opened),
		c.send(both, unopened), c.send(one, old)}), []string{"cflow.flowset_id", "cflow.srcaddr",
		"cflow.srcport", "cflow.octets", "cflow.packets", "cflow.abstimestart",
		"cflow.abstimeend", "cflow.tcpflags", "cflow.flow_end_reason", "cflow.biflow_direction"})
	at := func(seconds string) string {
		return "Jan  1, 1970 00:00:0" + seconds + ".000000000 UTC"
	}
	starts, ends := at("1")+","+at("2"), at("4")+","+at("3")
	for i, want := range [][]string{
		{"2,3,260,261,262,263,256", "192.0.2.1,192.0.2.2", "40000,80", "111,222", "3,2", starts,
			ends, "0x02,0x14",
			"1,1", ""},
		{"2,3,260,261,262,263,258", "192.0.2.1", "40000", "111,222", "3,2", starts, ends,
			"0x02,0x14", "1", "1"},
		{"258", "192.0.2.1", "40000", "111,222", "3,2", starts, ends, "0x02,0x14", "1", "0"},
		{"256", "192.0.2.1,192.0.2.2", "40000,80", "111,222", "3,2", at("0") + "," + at("2"),
			at("0") + "," + at("3"), "0x02,0x14", "1,1", ""},
	} {
		if got := strings.Join(rows[i], "|"); got != strings.Join(want, "|") {
			t.Errorf("message %d:\n%s\nwant\n%s", i, got, strings.Join(want, "|"))
		}
	}
}

// Over UDP, templates are sent again after 100 messages and after 5 minutes. A message contains the
// time when it is sent (RFC 7011 section 3.1).
func TestTemplatesAreRepeated(t *testing.T) {
	const templates = 2 // number of the set of templates, after the header of 16 bytes
	synctest.Test(t, func(t *testing.T) {
		c := newCollector(t)
		defer c.Close()
		e := c.exporter(false)
		send := func(what string, want bool) {
			m := c.send(e, made())
			if got := binary.BigEndian.Uint16(m[16:]) == templates; got != want {
				t.Errorf("%s: templates %v", what, got)
			}
			if sent := binary.BigEndian.Uint32(m[4:]); int64(sent) != time.Now().Unix() {
				t.Errorf("%s: sent at %d, it is %d", what, sent, time.Now().Unix())
			}
		}
		for n := range 201 {
			send("message", n%100 == 0)
		}
		time.Sleep(5*time.Minute - time.Second)
		send("almost 5 minutes", false)
		time.Sleep(time.Second)
		send("5 minutes", true)
		send("the next one", false)
	})
}

// A stream loses no data, so it contains the templates only once.
func TestStreamHasTemplatesOnce(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	messages := split(t, receive(t, l, func() {
		to, err := ipfix.Dial(t.Context(), "tcp://"+l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		e := ipfix.NewExporter(to, false)
		for range 150 {
			if err := errors.Join(e.Record(made()), e.Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}))
	for i, m := range messages {
		if has := binary.BigEndian.Uint16(m[16:]) == 2; has != (i == 0) {
			t.Errorf("message %d: templates %v", i, has)
		}
	}
	if len(messages) != 151 { // the last one has options records only
		t.Errorf("%d messages", len(messages))
	}
}

// A flow without addresses is counted but not sent.
func TestWithoutAddresses(t *testing.T) {
	c := newCollector(t)
	defer c.Close()
	e := c.exporter(false)
	if err := e.Record(&records.Record{Client: flow.A}); err != nil {
		t.Fatal(err)
	}
	c.send(e, made())
	if err := e.Close(); err != nil || e.Unsent != 1 || e.Sent() != 2 || e.Messages != 2 {
		t.Errorf("%d unsent, %d records in %d messages, %v", e.Unsent, e.Sent(), e.Messages, err)
	}
}

// If nothing listens on the port, Close returns an error. It counts every message, including the
// last one with the options records.
func TestNoCollector(t *testing.T) {
	for messages, want := range map[int]string{1: ": 2 of 2 messages refused",
		3: ": 4 of 4 messages refused"} {
		c := newCollector(t)
		e := c.exporter(false)
		c.Close()
		for range messages {
			if err := errors.Join(e.Record(made()), e.Flush()); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d messages: %v", messages, err)
		}
	}
}

// An address without a port gets IANA's port.
func TestDefaultPorts(t *testing.T) {
	for address, want := range map[string]string{"tcp://127.0.0.1": "127.0.0.1:4739",
		"tls://127.0.0.1": "127.0.0.1:4740"} {
		if _, err := ipfix.Dial(t.Context(), address); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
