package records

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"time"
)

// A Writer writes records one by one.
type Writer interface {
	// Begin writes the text before the first record.
	Begin() error
	Record(r *Record) error
	// End writes the text after the last record.
	End() error
}

// A column is the name and type of a value in a format. value returns the value of a record, nil if
// it is not known.
type column struct {
	name, kind string
	value      func(r *Record) any
}

func zeekColumns() (list []column) {
	for _, n := range Mapping() {
		if n.Zeek != "" {
			list = append(list, column{n.Zeek, n.ZeekType, values[n.Portsniff]})
		}
	}
	return list
}

func (c *column) of(r *Record) any {
	if c.value == nil {
		return nil
	}
	return c.value(r)
}

// zeekTSV writes Zeek's conn.log as text with tabs.
type zeekTSV struct {
	w       io.Writer
	now     func() time.Time
	columns []column
	out     []byte
}

// NewZeekTSV returns a writer of Zeek's conn.log as text with tabs. It calls now for the times in
// the first and the last line.
func NewZeekTSV(w io.Writer, now func() time.Time) Writer {
	return &zeekTSV{w: w, now: now, columns: zeekColumns()}
}

func (z *zeekTSV) Begin() error {
	names, kinds := "#fields", "#types"
	for _, c := range z.columns {
		names, kinds = names+"\t"+c.name, kinds+"\t"+c.kind
	}
	_, err := fmt.Fprintf(z.w, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"+
		"#unset_field\t-\n#path\tconn\n#open\t%s\n%s\n%s\n", z.stamp(), names, kinds)
	return err
}

func (z *zeekTSV) stamp() string { return z.now().Format("2006-01-02-15-04-05") }

func (z *zeekTSV) Record(r *Record) error {
	z.out = z.out[:0]
	for i := range z.columns {
		if i > 0 {
			z.out = append(z.out, '\t')
		}
		v := z.columns[i].of(r)
		if v == nil {
			z.out = append(z.out, '-')
			continue
		}
		z.out = appendZeek(z.out, v)
	}
	z.out = append(z.out, '\n')
	_, err := z.w.Write(z.out)
	return err
}

func (z *zeekTSV) End() error {
	_, err := fmt.Fprintf(z.w, "#close\t%s\n", z.stamp())
	return err
}

// appendZeek writes a value as Zeek does: times and durations in seconds with six digits.
func appendZeek(out []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(out, v...)
	case uint16:
		return strconv.AppendUint(out, uint64(v), 10)
	case uint64:
		return strconv.AppendUint(out, v, 10)
	case netip.Addr:
		return v.AppendTo(out)
	case time.Time:
		return appendMicros(out, v.UnixMicro())
	case time.Duration:
		return appendMicros(out, v.Microseconds())
	}
	panic(fmt.Sprintf("records: a value of type %T", v))
}

func appendMicros(out []byte, n int64) []byte {
	const second = 1_000_000
	if n < 0 {
		out, n = append(out, '-'), -n
	}
	return fmt.Appendf(out, "%d.%06d", n/second, n%second)
}

// zeekJSON writes Zeek's conn.log as JSON, one object per line, without unknown values.
type zeekJSON struct {
	w       io.Writer
	columns []column
	out     []byte
}

// NewZeekJSON returns a writer of Zeek's conn.log as JSON, one object per line.
func NewZeekJSON(w io.Writer) Writer { return &zeekJSON{w: w, columns: zeekColumns()} }

func (z *zeekJSON) Begin() error { return nil }
func (z *zeekJSON) End() error   { return nil }

func (z *zeekJSON) Record(r *Record) error {
	z.out = append(z.out[:0], '{')
	for i := range z.columns {
		v := z.columns[i].of(r)
		if v == nil {
			continue
		}
		if len(z.out) > 1 {
			z.out = append(z.out, ',')
		}
		z.out = append(strconv.AppendQuote(z.out, z.columns[i].name), ':')
		switch v := v.(type) {
		case string: // only letters, digits and signs that need no escape
			z.out = strconv.AppendQuote(z.out, v)
		case netip.Addr:
			z.out = strconv.AppendQuote(z.out, v.String())
		default:
			z.out = appendZeek(z.out, v)
		}
	}
	z.out = append(z.out, "}\n"...)
	_, err := z.w.Write(z.out)
	return err
}
