package render

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/textutil"
)

// A Cell writes the value of one column of one row in the format of the table.
type Cell struct {
	format Format
	style  Style
	out    []byte
	times  [2]timeCache // latest times of even and odd calls: tables have pairs of times
	odd    int
}

func newCell(f Format, style Style) *Cell {
	return &Cell{format: f, style: style, times: [2]timeCache{newTimeCache(), newTimeCache()}}
}

// JSON reports whether the table is written as JSON.
func (c *Cell) JSON() bool { return c.format == FormatJSON }

// Words writes a text. It escapes whatever controls a terminal or a spreadsheet.
func (c *Cell) Words(s string) {
	switch {
	case c.format == FormatJSON:
		c.out = appendText(c.out, s)
	case c.format == FormatCSV:
		c.out = appendField(c.out, s)
	case plainText(s):
		c.out = append(c.out, s...)
	default:
		c.out = append(c.out, textutil.Escape(s)...)
	}
}

// Escaped writes a text that was already escaped for a terminal.
func (c *Cell) Escaped(s string) {
	if c.format != FormatText {
		c.Words(s)
		return
	}
	c.out = append(c.out, s...)
}

// List writes texts: an array in JSON, else the texts with a separator between them.
func (c *Cell) List(list []string, separator string) {
	if c.format != FormatJSON {
		var all []byte
		for i, s := range list {
			if i > 0 {
				all = append(all, separator...)
			}
			all = append(all, s...)
		}
		c.Words(string(all))
		return
	}
	c.raw("[")
	for i, s := range list {
		if i > 0 {
			c.raw(",")
		}
		c.Words(s)
	}
	c.raw("]")
}

// Number writes a number.
func (c *Cell) Number(n uint64) {
	if c.format == FormatText {
		c.out = c.style.appendNumber(c.out, n)
		return
	}
	c.out = strconv.AppendUint(c.out, n, 10)
}

// ID writes a number that identifies something, for example a frame or a process.
func (c *Cell) ID(n int64) { c.out = strconv.AppendInt(c.out, n, 10) }

// Port writes a port.
func (c *Cell) Port(n uint16) { c.out = strconv.AppendUint(c.out, uint64(n), 10) }

// Bool writes true or false.
func (c *Cell) Bool(b bool) { c.out = strconv.AppendBool(c.out, b) }

// Addr writes an address, or an empty text if there is none.
func (c *Cell) Addr(a netip.Addr) {
	if c.format != FormatJSON {
		c.out = appendAddr(c.out, a)
		return
	}
	c.raw(`"`)
	c.out = appendAddr(c.out, a)
	c.raw(`"`)
}

// Moment writes a time as data: nanoseconds since 1970. An unknown time is null or empty.
func (c *Cell) Moment(nanos int64) {
	c.odd ^= 1
	if nanos == flow.NoTime {
		c.None()
		return
	}
	if c.format != FormatJSON {
		c.out = c.times[c.odd].appendNano(c.out, time.Unix(0, nanos))
		return
	}
	c.raw(`"`)
	c.out = c.times[c.odd].appendNano(c.out, time.Unix(0, nanos))
	c.raw(`"`)
}

// None writes a missing value: null in JSON, else nothing.
func (c *Cell) None() {
	if c.format == FormatJSON {
		c.raw("null")
	}
}

func (c *Cell) raw(s string) { c.out = append(c.out, s...) }

// words, numbers and ids make columns with the same value in all formats.
func words[R any](name string, get func(r *R) string) Column[R] {
	return Column[R]{Key: name, Head: name, Value: func(c *Cell, r *R) { c.Words(get(r)) }}
}

func numbers[R any](name string, get func(r *R) uint64) Column[R] {
	return Column[R]{Key: name, Head: name, Right: true,
		Value: func(c *Cell, r *R) { c.Number(get(r)) }}
}

func ids[R any](name string, get func(r *R) int64) Column[R] {
	return Column[R]{Key: name, Head: name, Right: true,
		Value: func(c *Cell, r *R) { c.ID(get(r)) }}
}

// textOnly makes a column of words for the text format only.
func textOnly[R any](head string, value func(c *Cell, r *R)) Column[R] {
	return Column[R]{Head: head, In: InText, Value: value}
}

// dataOnly makes a column for JSON and CSV only.
func dataOnly[R any](key string, value func(c *Cell, r *R)) Column[R] {
	return Column[R]{Key: key, In: InData, Value: value}
}

// with returns the column limited to some formats.
func (c Column[R]) with(in In) Column[R] {
	c.In = in
	return c
}
