package ipfix_test

import (
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/ipfix"
)

// optionFields are tshark's names for the fields of the options records: messages, flows and bytes
// sent; packets that were lost before they were counted; flows, packets and bytes that were not
// sent; the selector.
var optionFields = []string{"cflow.packetsexp", "cflow.flowsexp", "cflow.octetsexp",
	"cflow.ignore_packets", "cflow.notsent_flows", "cflow.notsent_packets",
	"cflow.notsent_octets", "cflow.selector_id", "cflow.selector_algorithm",
	"cflow.sampling_packet_interval", "cflow.sampling_packet_space", "_ws.malformed"}

// options returns the values of the options records of each message.
func options(t *testing.T, messages ...[]byte) (rows []string) {
	t.Helper()
	for _, row := range corpustest.Fields(t, frames(messages), optionFields) {
		rows = append(rows, strings.Join(row, " "))
	}
	return rows
}

// none is the result of options for a message without options records.
var none = strings.Repeat(" ", len(optionFields)-1)

// The first message shows that there is no sampling. The last one shows what was sent before it and
// what was lost.
func TestOptionsAgainstTshark(t *testing.T) {
	c := newCollector(t)
	defer c.Close()
	for _, biflow := range []bool{false, true} {
		e := c.exporter(biflow)
		e.Ignored = func() uint64 { return 7 }
		first, second := c.send(e, made()), c.send(e, made())
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		flows := map[bool]string{false: "4", true: "2"}[biflow]
		got := options(t, first, second, c.receive())
		for i, want := range []string{"0 0 0 7 0 0 0 1 1 1 0 ", none,
			"2 " + flows + " " + strconv.Itoa(len(first)+len(second)) + " 7 0 0 0 1 1 1 0 "} {
			if got[i] != want {
				t.Errorf("biflow %v, message %d has %q, want %q", biflow, i+1, got[i], want)
			}
		}
	}
}

// A flow in a message that UDP reports as not delivered counts once as not sent. The flow of made
// has 3 packets with 111 bytes in one direction and 2 packets with 222 bytes in the other.
func TestOptionsOfLosses(t *testing.T) {
	for _, biflow := range []bool{false, true} {
		c := newCollector(t)
		e := c.exporter(biflow)
		first := c.send(e, made())
		c.Close()
		if err := errors.Join(e.Record(made()), e.Flush()); err != nil { // not delivered
			t.Fatal(err)
		}
		again, err := net.ListenPacket("udp", c.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		c = &collector{again, t}
		third := c.send(e, made()) // this write returns the error of the second message
		flows, both := "2", "4"
		if biflow {
			flows, both = "1", "2"
		}
		sent := strconv.Itoa(len(first) + len(third))
		want := "2 " + both + " " + sent + " 0 " + flows + " 5 333 1 1 1 0 "
		got := options(t, first, third, c.send(e, made()))
		if got[1] != none || got[2] != want {
			t.Errorf("biflow %v: %q, want %q", biflow, got[1:], want)
		}
	}
}

// A stream contains the options records again every 5 minutes.
func TestOptionsAreRepeated(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all := receive(t, l, func() {
		synctest.Test(t, func(t *testing.T) {
			to, err := ipfix.Dial(t.Context(), "tcp://"+l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			e := ipfix.NewExporter(to, false)
			for _, pause := range []time.Duration{0, 5*time.Minute - 1, 1, 0} {
				time.Sleep(pause)
				if err := errors.Join(e.Record(made()), e.Flush()); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		})
	})
	for i, row := range options(t, split(t, all)...) {
		if want := i == 0 || i == 2 || i == 4; (row != none) != want {
			t.Errorf("message %d has %q", i+1, row)
		}
	}
}
