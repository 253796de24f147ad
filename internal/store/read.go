package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// A Store is a folder or a database that is read.
type Store struct {
	folder string
	remote *remote      // nil for a folder
	only   *flow.Filter // nil for all
	inputs map[string]*input
	dates  [2]string           // first and last date folder that may have matching rows
	listed map[string][]string // files by table, in the order of dates
	read   bool                // the table inputs was read

	Inputs  int   // number of inputs
	Crossed int64 // parts of flows that begin before the filter's time range or end after it
	Unknown int64 // parts of flows of schema 1, which lacks evidence about ports
	Partial int   // inputs of the filter's time range that could not be read to their end
	Dropped int64 // packets that the kernel lost in the inputs of that time range
}

// An input is a row of the table inputs.
type input struct {
	id, source  string
	first, last int64
	frames      int64
	place       int   // position among all inputs, in the order of time
	before      int64 // frames in all inputs before this one
}

// ErrNoStore is the error of a folder without the table inputs.
var ErrNoStore = errors.New("not a store: it has no folder inputs")

// Open lists the files of a store but reads none of them. The times of a filter are whole minutes.
func Open(folder string, only *flow.Filter) (*Store, error) {
	s := &Store{folder: folder, only: only, inputs: map[string]*input{},
		listed: map[string][]string{}}
	s.dates = [2]string{"", "date=~"}
	if only != nil && only.Start != noTime {
		s.dates[0] = dateOf(dayOf(only.Start))
	}
	if only != nil && only.End != noTime {
		s.dates[1] = dateOf(dayOf(only.End - 1))
	}
	if _, err := os.Stat(filepath.Join(folder, Inputs)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: %w", folder, ErrNoStore)
		}
		return nil, err
	}
	for _, table := range Tables() {
		from := s.dates[0]
		switch {
		case table == Inputs: // an input that began days earlier may have matching rows
			from = ""
		case table == Flows && only != nil && only.Start != noTime:
			from = dateOf(dayOf(only.Start) - 1) // no part lasts longer than a day
		}
		if err := s.list(table, from); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// readInputs reads the table inputs, once.
func (s *Store) readInputs() error {
	if s.read {
		return nil
	}
	s.read = true
	c := newColumns([]string{"first_ns", "last_ns", "frames", "complete", "dropped"},
		[]string{"input", "source"})
	if s.remote == nil {
		c = newColumns(append(c.intNames, "schema"), c.textNames)
	}
	add := func(name string) error { return s.addInputs(c, name) }
	if s.remote != nil {
		if err := s.remoteGroups(Inputs, c, add); err != nil {
			return err
		}
	}
	for _, name := range s.listed[Inputs] {
		if err := c.readFile(name, func() error { return add(name) }); err != nil {
			return err
		}
	}
	s.number()
	return nil
}

func (s *Store) addInputs(c *columns, name string) error {
	for i, id := range c.texts[0] {
		if s.remote == nil && c.ints[5][i] > schemaVersion {
			return fmt.Errorf("%s: schema %d of a later portsniff; this one reads up to %d", name,
				c.ints[5][i], schemaVersion)
		}
		in := &input{
			id: id, source: c.texts[1][i],
			first: c.ints[0][i], last: c.ints[1][i], frames: c.ints[2][i],
		}
		if s.inputs[id] == nil && s.covers(in) {
			if c.ints[3][i] == 0 {
				s.Partial++
			}
			s.Dropped += max(c.ints[4][i], 0) // noTime: a file
		}
		s.inputs[id] = in
	}
	return nil
}

// covers reports whether an input may have packets in the filter's time range.
func (s *Store) covers(in *input) bool {
	return s.only == nil || in.first == noTime ||
		(s.only.End == noTime || in.first < s.only.End) &&
			(s.only.Start == noTime || in.last >= s.only.Start)
}

// number sorts the inputs by time and sets, for each input, the number of frames in earlier inputs.
func (s *Store) number() {
	frames := int64(0)
	for i, in := range slices.SortedFunc(maps.Values(s.inputs), func(x, y *input) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.last, y.last),
			strings.Compare(x.source, y.source), strings.Compare(x.id, y.id))
	}) {
		in.place, in.before = i, frames
		frames += in.frames
	}
	s.Inputs = len(s.inputs)
}

// list lists the files of a table, starting with a date folder.
func (s *Store) list(table, from string) error {
	folders, err := os.ReadDir(filepath.Join(s.folder, table))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, d := range folders {
		if !d.IsDir() || d.Name() < from || d.Name() > s.dates[1] {
			continue
		}
		names, err := os.ReadDir(filepath.Join(s.folder, table, d.Name()))
		if err != nil {
			return err
		}
		for _, n := range names {
			if strings.HasSuffix(n.Name(), ".parquet") {
				name := filepath.Join(s.folder, table, d.Name(), n.Name())
				s.listed[table] = append(s.listed[table], name)
			}
		}
	}
	return nil
}

// files returns the files of a table in the order of inputs and dates. Files that portsniff did not
// write may contain several inputs and are last.
func (s *Store) files(table string) ([]string, error) {
	if err := s.readInputs(); err != nil {
		return nil, err
	}
	var list []string
	place := map[string]int{}
	for _, name := range s.listed[table] {
		place[name] = math.MaxInt
		if id, ok := inputOf(name); ok {
			in := s.inputs[id]
			if in == nil {
				continue // not complete
			}
			place[name] = in.place
		}
		list = append(list, name)
	}
	slices.SortStableFunc(list, func(x, y string) int { return cmp.Compare(place[x], place[y]) })
	return list, nil
}

// groups reads each row group of a table into c, in the order of inputs, and then calls yield. name
// is the name of the file or of the database's table.
func (s *Store) groups(table string, c *columns, yield func(name string) error) error {
	if s.remote != nil {
		return s.remoteGroups(table, c, yield)
	}
	files, err := s.files(table)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := c.readFile(name, func() error { return yield(name) }); err != nil {
			return err
		}
	}
	return nil
}

// Flows calls yield for each flow, or part of a flow, that passes the filter. Parts of a flow come
// in order. Frames are numbered as if the inputs were read one after the other.
func (s *Store) Flows(yield func(*flow.Flow)) error {
	return s.flows(newFlowReader(s, false), yield)
}

func (s *Store) flows(r *flowReader, yield func(*flow.Flow)) error {
	return s.groups(Flows, r.columns, func(string) error { return r.group(yield) })
}

// Ports calls yield for each row of the table ports that passes the filter. It ignores the filter's
// host.
func (s *Store) Ports(yield func(*flow.MinutePort)) error {
	c := newColumns([]string{"minute", "port", "packets_to", "packets_from", "bytes_to",
		"bytes_from", "first_ns", "last_ns"}, []string{"input", "proto", "no_ports"})
	return s.minuteRows(Ports, c, func(i int, minute int64, proto decode.Transport) error {
		reason, ok := reasonOf(c.texts[2][i])
		if !ok {
			return fmt.Errorf("no_ports %q is unknown", c.texts[2][i])
		}
		n := func(column int) uint64 { return uint64(c.ints[column][i]) }
		yield(&flow.MinutePort{
			Minute:  minute,
			PortKey: flow.PortKey{Proto: proto, Port: uint16(n(1))},
			Reason:  reason,
			To:      flow.Count{Packets: n(2), Bytes: n(4)},
			From:    flow.Count{Packets: n(3), Bytes: n(5)},
			First:   c.ints[6][i], Last: c.ints[7][i],
		})
		return nil
	})
}

// Totals adds up all packets that pass the filter. It ignores the filter's host. A packet in a
// tunnel, which has several ports, counts once.
func (s *Store) Totals(t *flow.Totals) error {
	return s.Minutes(func(m *Minute) {
		t.Total.Plus(m.Total)
		t.Nested.Plus(m.Nested)
		t.Seen(m.First, m.Last)
	})
}

// A Minute is the number of packets in a minute. Nested counts packets with several transport
// headers. Times are in nanoseconds since 1970, or flow.NoTime if no packet has a time.
type Minute struct {
	Start, First, Last int64
	Total, Nested      flow.Count
}

// Minutes calls yield for each minute that passes the filter. It ignores the filter's host.
func (s *Store) Minutes(yield func(*Minute)) error {
	c := newColumns([]string{"minute", "packets", "bytes", "nested_packets", "nested_bytes",
		"first_ns", "last_ns"},
		[]string{"input", "proto"})
	want := decode.ProtoNone
	if s.only != nil {
		want = s.only.Proto
	}
	return s.minuteRows(Minutes, c, func(i int, minute int64, proto decode.Transport) error {
		if proto != want {
			return nil
		}
		n := func(column int) uint64 { return uint64(c.ints[column][i]) }
		yield(&Minute{Start: minute, First: c.ints[5][i], Last: c.ints[6][i],
			Total:  flow.Count{Packets: n(1), Bytes: n(2)},
			Nested: flow.Count{Packets: n(3), Bytes: n(4)}})
		return nil
	})
}

// minuteRows calls yield for the rows of a table by minute that pass the filter. The first number
// column must be minute, and the first text columns must be input and proto.
func (s *Store) minuteRows(table string, c *columns,
	yield func(i int, minute int64, proto decode.Transport) error) error {
	return s.groups(table, c, func(name string) error {
		for i, minute := range c.ints[0] {
			if minute != noTime {
				minute *= int64(time.Microsecond)
			}
			proto, ok := protoOf(c.texts[1][i])
			if !ok {
				return fmt.Errorf("%s: proto %q is unknown", name, c.texts[1][i])
			}
			complete := s.remote != nil || s.inputs[c.texts[0][i]] != nil && s.in(minute, minute)
			if !complete || table == Ports && !s.passes(proto) {
				continue
			}
			if err := yield(i, minute, proto); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// passes reports whether a protocol counts.
func (s *Store) passes(proto decode.Transport) bool {
	return s.only == nil || s.only.Proto == decode.ProtoNone || s.only.Proto == proto
}

// in reports whether the time from first to last overlaps the filter's time range.
func (s *Store) in(first, last int64) bool {
	if s.only == nil || s.only.Start == noTime && s.only.End == noTime {
		return true
	}
	return first != noTime && (s.only.Start == noTime || last >= s.only.Start) &&
		(s.only.End == noTime || first < s.only.End)
}

// whole reports whether the time from first to last is within the filter's time range.
func (s *Store) whole(first, last int64) bool {
	return s.only == nil || first >= s.only.Start && (s.only.End == noTime || last < s.only.End)
}

func protoOf(name string) (decode.Transport, bool) {
	if name == "" {
		return decode.ProtoNone, true
	}
	i := slices.IndexFunc(decode.Protos(), func(p decode.Transport) bool {
		return p.String() == name
	})
	if i < 0 {
		return decode.ProtoNone, false
	}
	return decode.Protos()[i], true
}

func reasonOf(name string) (decode.Reason, bool) {
	for r := range decode.Reason(decode.Reasons) {
		if r.String() == name {
			return r, true
		}
	}
	return 0, false
}
