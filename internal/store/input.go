package store

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path/filepath"
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// ID is the identity of an input. The same sensor and content always give the same ID.
func ID(sensor string, content io.Reader) (string, error) {
	h := sha256.New()
	h.Write([]byte(sensor + "\x00"))
	if _, err := io.Copy(h, content); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// A Folder is a store that inputs are written to.
type Folder struct {
	Path        string
	Sensor      string // name of the sensor that captured the inputs
	CommunityID bool   // flows get a Community ID
	Files       Files
	Spool       *Spool // the folder's files; nil for a store without a size limit
}

// A Summary describes an input as a whole.
type Summary struct {
	Source   string // file or interface
	Frames   int64  // number of packets that were read
	Filter   string // "" if all packets count
	Complete bool
	Live     *Live // nil for a file

	Version, Registry string
}

// Live counts the packets of a live capture.
type Live struct{ Received, Dropped int64 }

// An Input writes the rows of one capture. It must be used by one goroutine at a time.
type Input struct {
	folder      *Folder
	source      source
	flows       table[ended, flowRow]
	ports       table[flow.MinutePort, portRow]
	minutes     table[flow.MinuteTotal, minuteRow]
	first, last int64
	packets     flow.Count
	noPorts     uint64 // packets without ports
	evicted     int64  // evicted flows
	quoted      int64  // flows without packets
	before      int64  // packets of a live capture that were read before this input
	err         error  // the first error
}

// NewInput returns a new input. id has 32 hexadecimal digits, see ID.
func (d *Folder) NewInput(id string) *Input {
	return d.newInput(id, 0)
}

// NextInput returns an input for the next interval of a live capture. packets is the number of
// packets before it.
func (d *Folder) NextInput(packets int64) (*Input, error) {
	id := make([]byte, idLength/2)
	if _, err := rand.Read(id); err != nil {
		return nil, err
	}
	return d.newInput(hex.EncodeToString(id), packets), nil
}

func (d *Folder) newInput(id string, before int64) *Input {
	w := &Input{folder: d, source: source{id, d.Sensor, d.CommunityID}, before: before,
		first: noTime, last: noTime}
	w.flows = table[ended, flowRow]{
		name: Flows, row: w.source.flowRow,
		nanos: func(f *ended) int64 { return f.Start },
		key:   func(f *ended) uint64 { return portOrder(f.port, 0) },
	}
	w.ports = table[flow.MinutePort, portRow]{
		name: Ports, row: w.source.portRow,
		nanos: func(p *flow.MinutePort) int64 { return p.Minute },
		key:   func(p *flow.MinutePort) uint64 { return portOrder(p.PortKey, p.Reason) },
	}
	w.minutes = table[flow.MinuteTotal, minuteRow]{
		name: Minutes, row: w.source.minuteRow,
		nanos: func(m *flow.MinuteTotal) int64 { return m.Minute },
		key: func(m *flow.MinuteTotal) uint64 {
			return portOrder(flow.PortKey{Proto: m.Proto}, 0)
		},
	}
	place(&w.flows, d, id)
	place(&w.ports, d, id)
	place(&w.minutes, d, id)
	return w
}

// portOrder returns a key that sorts rows by the protocol's name, by port and by reason.
func portOrder(k flow.PortKey, r decode.Reason) uint64 {
	before := uint64(min(k.Proto, 1)) // number of names before this one; no protocol comes first
	for _, p := range decode.Protos() {
		if p.String() < k.Proto.String() {
			before++
		}
	}
	return before<<32 | uint64(k.Port)<<8 | uint64(r)
}

// place sets the location of a table's files.
func place[E, R any](t *table[E, R], d *Folder, id string) {
	t.folder, t.base, t.files = filepath.Join(d.Path, t.name), id, d.Files
}

// Flow adds a flow. It is a callback for flow.Table.OnEnd, with flow.Options.Proofs. A flow without
// packets, which only ICMP errors quote, also gets a row, because it shows something about a port.
func (w *Input) Flow(f *flow.Flow, why flow.EndReason) {
	if f.Total().Packets == 0 {
		w.quoted++
	}
	if w.err == nil {
		part := ended{*f, f.ServicePort(), why}
		part.FirstFrame -= w.before
		for i := range part.Proofs {
			part.Proofs[i].Frame -= w.before
		}
		w.err = w.flows.add(&part)
	}
	if why == flow.EndEvicted {
		w.evicted++
	}
}

// Take moves the rows of m into the input. flow.Minutes.Full may call it.
func (w *Input) Take(m *flow.Minutes) {
	ports, totals := m.Take()
	for i := range ports {
		p := &ports[i]
		if p.First != noTime {
			if w.first == noTime || p.First < w.first {
				w.first = p.First
			}
			w.last = max(w.last, p.Last)
		}
		if p.Reason != decode.HasPorts {
			w.noPorts += p.To.Packets
		}
		w.err = cmp.Or(w.err, w.ports.add(p))
	}
	for i := range totals {
		if totals[i].Proto == decode.ProtoNone {
			w.packets.Plus(totals[i].Total)
		}
		w.err = cmp.Or(w.err, w.minutes.add(&totals[i]))
	}
}

// Flows returns the number of flows with packets, or parts of flows, that were added.
func (w *Input) Flows() int64 { return w.flows.total - w.quoted }

// Empty reports whether the input has no flows and no packets.
func (w *Input) Empty() bool { return w.flows.total == 0 && w.packets.Packets == 0 }

// Err returns the first error of writing.
func (w *Input) Err() error { return w.err }

// Close writes everything to the disk. It then names the files, that of the table inputs last. It
// removes files that an earlier run wrote for the same input.
func (w *Input) Close(sum *Summary) error {
	for _, finish := range []func() error{w.flows.finish, w.ports.finish, w.minutes.finish} {
		if w.err == nil {
			w.err = finish()
		}
	}
	if w.err != nil {
		return errors.Join(w.err, w.Discard())
	}
	all := slices.Concat(w.flows.all, w.ports.all, w.minutes.all)
	row := w.row(sum)
	var size int64
	for _, f := range all {
		size += f.size
	}
	row.LostInputs, row.LostBytes, w.err = w.folder.Spool.makeRoom(w.folder.Files, w.source.input,
		size)
	last, err := w.writeRow(row)
	if err = cmp.Or(w.err, err); err != nil {
		return errors.Join(err, w.Discard())
	}
	all = append(all, last)
	for _, f := range all {
		if err := f.file.Commit(); err != nil {
			return errors.Join(err, discard(all))
		}
	}
	return w.folder.Spool.replace(w.folder.Files, w.source.input, all)
}

// Discard removes all files of the input.
func (w *Input) Discard() error {
	return errors.Join(w.flows.discard(), w.ports.discard(), w.minutes.discard())
}

func (w *Input) row(sum *Summary) inputRow {
	opt := &optional{}
	r := inputRow{
		Input: w.source.input, Sensor: w.source.sensor, Source: sum.Source,
		FirstNS: opt.nanos(w.first), LastNS: opt.nanos(w.last),
		Frames: sum.Frames, Packets: int64(w.packets.Packets), Bytes: int64(w.packets.Bytes),
		NoPorts: int64(w.noPorts), Flows: w.flows.total, EvictedFlows: w.evicted,
		Filter: sum.Filter, Complete: sum.Complete, Version: sum.Version, Registry: sum.Registry,
		Schema: schemaVersion,
	}
	if l := sum.Live; l != nil {
		r.Received, r.Dropped = opt.int(l.Received), opt.int(l.Dropped)
	}
	return r
}

// writeRow writes the file of the table inputs.
func (w *Input) writeRow(row inputRow) (*stored, error) {
	date := dateOf(dayOf(w.first))
	p, err := newPart[inputRow](w.folder.Files, Inputs, date,
		filepath.Join(w.folder.Path, Inputs, date, w.source.input+".parquet"))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(p.write([]inputRow{row}), p.finish()); err != nil {
		return nil, errors.Join(err, p.file.Discard())
	}
	return p.stored, nil
}
