package ipfix

import (
	"errors"
	"fmt"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
	"github.com/portsniff/portsniff/internal/textutil"
)

// Parts of a message (RFC 7011 section 3.1).
const (
	version   = 10
	headerLen = 16
	setLen    = 4 // the header of a set
	domain    = 1 // the only observation domain
)

// How often templates are sent again over UDP, where they may be lost (RFC 7011 section 8.4).
const (
	resendTime     = 5 * time.Minute
	resendMessages = 100
)

// An Exporter sends records of flows to a collector. It must be used by one goroutine at a time.
type Exporter struct {
	Unsent   uint64 // flows without IP addresses, for which there is no template
	Messages uint64 // all messages
	Refused  uint64 // messages that UDP reports as not delivered

	// Ignored returns the number of packets that were lost before they were counted; nil for none.
	Ignored func() uint64

	to         *Connection
	biflow     bool
	ipv4, ipv6 *template
	now        func() time.Time

	message  []byte
	set      int       // offset of the current data set in message, 0 for none
	open     *template // template of the current data set
	records  uint32    // data records in message
	flows    tally     // flow records in message
	before   tally     // flow records in the message before this one
	made     tally     // flow records in all messages before this one
	unsent   tally     // flow records in refused messages
	reported time.Time // time when the options records were last added
	sequence uint32    // data records in all messages before this one
	resent   time.Time // time when the templates were last sent
	since    int       // messages since resent; -1 before the first message
	broken   bool      // a stream ended with an error
}

// A tally counts flow records, their packets and bytes (octets), and the bytes of their messages
// (length).
type tally struct{ flows, packets, octets, length uint64 }

func (t *tally) add(o tally) {
	t.flows, t.packets, t.octets = t.flows+o.flows, t.packets+o.packets, t.octets+o.octets
	t.length += o.length
}

// NewExporter returns an exporter to a connection. With biflow, one record covers both directions
// (RFC 5103). Otherwise each direction that has packets is a record.
func NewExporter(to *Connection, biflow bool) *Exporter {
	e := &Exporter{to: to, biflow: biflow, now: time.Now, since: -1}
	e.ipv4, e.ipv6 = newTemplates(biflow)
	return e
}

// Sent returns the number of records of flows in all messages that were not refused.
func (e *Exporter) Sent() uint64 { return e.made.flows - e.unsent.flows }

// Record adds a flow. It is sent as soon as a message is full, or by Flush.
func (e *Exporter) Record(r *records.Record) error {
	t := e.ipv4
	switch {
	case !r.A.Addr.IsValid():
		e.Unsent++
		return nil
	case r.A.Addr.Is6():
		t = e.ipv6
	}
	if e.biflow {
		return e.add(t, r, r.Client)
	}
	for _, from := range []flow.Side{r.Client, r.Server()} {
		if r.From[from].Packets == 0 {
			continue
		}
		if err := e.add(t, r, from); err != nil {
			return err
		}
	}
	return nil
}

func (e *Exporter) add(t *template, r *records.Record, from flow.Side) error {
	if len(e.message)+setLen+t.size > e.to.size {
		if err := e.Flush(); err != nil {
			return err
		}
	}
	if len(e.message) == 0 {
		e.begin()
	}
	if e.open != t {
		e.endSet()
		e.set, e.open = len(e.message), t
		e.message = be.AppendUint16(be.AppendUint16(e.message, t.number), 0)
	}
	e.message = t.record(e.message, r, from)
	e.records++
	n := tally{flows: 1, packets: r.From[from].Packets, octets: r.IP[from]}
	if e.biflow {
		n.packets, n.octets = n.packets+r.From[from.Other()].Packets, n.octets+r.IP[from.Other()]
	}
	e.flows.add(n)
	return nil
}

// begin begins a message. It adds the templates and the options records if they are due.
func (e *Exporter) begin() {
	e.message = append(e.message[:0], make([]byte, headerLen)...)
	now := e.now()
	again := e.to.datagrams && (e.since >= resendMessages || now.Sub(e.resent) >= resendTime)
	if e.since >= 0 && !again {
		if now.Sub(e.reported) >= reportTime {
			e.report(now)
		}
		return
	}
	e.resent, e.since = now, 0
	at := len(e.message)
	e.message = be.AppendUint16(be.AppendUint16(e.message, templateSet), 0)
	e.message = e.ipv6.describe(e.ipv4.describe(e.message))
	be.PutUint16(e.message[at+2:], uint16(len(e.message)-at))
	e.message = describeOptions(e.message)
	e.report(now)
}

// endSet writes the length of the current data set.
func (e *Exporter) endSet() {
	if e.set > 0 {
		be.PutUint16(e.message[e.set+2:], uint16(len(e.message)-e.set))
	}
	e.set, e.open = 0, nil
}

// Flush sends the waiting records.
func (e *Exporter) Flush() error {
	if len(e.message) == 0 {
		return nil
	}
	e.endSet()
	m := e.message
	be.PutUint16(m, version)
	be.PutUint16(m[2:], uint16(len(m)))
	be.PutUint32(m[4:], uint32(e.now().Unix()))
	be.PutUint32(m[8:], e.sequence)
	be.PutUint32(m[12:], domain)
	before, flows := e.before, e.flows
	flows.length = uint64(len(m))
	e.sequence += e.records
	e.message, e.records, e.flows, e.before = e.message[:0], 0, tally{}, flows
	e.made.add(flows)
	e.since++
	e.Messages++
	if !e.to.datagrams {
		return e.ended(e.to.sendStream(m))
	}
	lost, err := e.to.sendDatagram(m)
	if lost {
		e.refused(before)
	}
	if err != nil {
		e.refused(flows)
	}
	return nil
}

// ended notes that a stream ended with an error, and adds the collector to it.
func (e *Exporter) ended(err error) error {
	if err == nil {
		return nil
	}
	e.broken = true
	return fmt.Errorf("IPFIX to %s: %w", e.to, err)
}

// refused counts a message that UDP reports as not delivered. The next message contains the
// templates again, because the collector may have restarted.
func (e *Exporter) refused(n tally) {
	e.Refused++
	e.unsent.add(n)
	e.since = resendMessages
}

// Close sends the waiting records and closes the connection. It returns an error if losses were
// reported: by UDP, or by a collector that closed a stream early.
func (e *Exporter) Close() error {
	err := e.finish()
	if closed := e.to.conn.Close(); !e.broken {
		err = errors.Join(err, closed)
	}
	if e.Refused > 0 {
		err = errors.Join(err, fmt.Errorf("IPFIX to %s: %d of %s refused", e.to, e.Refused,
			textutil.Plural(e.Messages, "message")))
	}
	return err
}

// finish sends the last report and waits for answers to it. After an error of a stream, which Flush
// has returned, there is nothing to send.
func (e *Exporter) finish() error {
	if e.broken {
		return nil
	}
	if err := e.lastReport(); err != nil {
		return err
	}
	switch {
	case !e.to.datagrams:
		return e.ended(e.to.endStream())
	case e.Messages > 0 && e.to.answer(e.to.wait) != nil: // an ICMP error
		e.refused(e.before)
	}
	return nil
}
