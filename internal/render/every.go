package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// BucketSchema names the schema of a bucket's JSON object.
const BucketSchema = "portsniff.bucket/1"

// A timeline is at most sparkWidth columns wide. Other columns of the table are left out until it
// has at least sparkLeast.
const (
	sparkWidth = 60
	sparkLeast = 20
)

// sparkMarks returns the marks of a bucket by height. The first is for an empty bucket.
func sparkMarks(blocks bool) []string {
	if blocks {
		return strings.Split(" ▁▂▃▄▅▆▇█", "")
	}
	return strings.Split(" .:-=+*#%@", "")
}

// shown returns the buckets of the ports that are shown.
func (v *PortView) shown() (list []flow.Bucket) {
	rows := map[flow.PortKey]bool{}
	for i := range v.Ports {
		rows[v.Ports[i].PortKey] = true
	}
	for _, b := range v.Buckets.All() {
		if rows[b.PortKey] {
			list = append(list, b)
		}
	}
	return list
}

// A timeline counts the packets of the shown ports over time. Each column is one or more buckets,
// and all ports share one scale.
type timeline struct {
	first   int64 // beginning of the first column, in ns since 1970
	span    int64 // length of a column, in ns
	sums    map[flow.PortKey][]uint64
	largest uint64 // packets of the fullest column
	length  int    // number of columns
}

// timeline combines the buckets into at most width columns. It returns nil if there are none.
func (v *PortView) timeline(width int) *timeline {
	list := v.shown()
	if len(list) == 0 {
		return nil
	}
	first, span := list[0].Start, uint64(v.Buckets.Span)
	// unsigned, because for centuries the signed difference overflows
	since := func(b *flow.Bucket) uint64 { return uint64(b.Start-first) / span }
	buckets := since(&list[len(list)-1]) + 1
	each := (buckets-1)/uint64(width) + 1 // buckets per column
	t := &timeline{first: first, span: int64(span * each), sums: map[flow.PortKey][]uint64{},
		length: int((buckets-1)/each + 1)}
	for i := range list {
		b := &list[i]
		if t.sums[b.PortKey] == nil {
			t.sums[b.PortKey] = make([]uint64, t.length)
		}
		sum := &t.sums[b.PortKey][since(b)/each]
		*sum += b.Packets
		t.largest = max(t.largest, *sum)
	}
	return t
}

// tickWidth is the distance between the times above a timeline, in columns.
const tickWidth = 15

// ticks returns times of day, each above the column that begins then.
func (t *timeline) ticks(width int) string {
	layout := time.TimeOnly
	switch total := t.span * int64(t.length); {
	case t.span < int64(time.Second):
		layout = "15:04:05.000"
	case total <= 0 || total > int64(24*time.Hour):
		layout = "01-02 15:04"
	}
	var b strings.Builder
	for at := 0; at < t.length && at+len("|")+len(layout) <= width; at += tickWidth {
		text := "|" + time.Unix(0, t.first+int64(at)*t.span).Format(layout)
		fmt.Fprintf(&b, "%-*s", tickWidth, text)
	}
	return strings.TrimRight(b.String(), " ")
}

// legend explains the marks.
func (t *timeline) legend(style Style) string {
	marks := sparkMarks(style.Blocks)
	return style.wrap(fmt.Sprintf(
		"packets over time: %s is up to %s, a column is %s, from %s on",
		marks[len(marks)-1], style.count(t.largest, "packet"), time.Duration(t.span),
		time.Unix(0, t.first).Format("2006-01-02 15:04:05.999999999")))
}

// spark draws a mark for each number, on a scale up to largest. Every number above zero has a mark.
func spark(list []uint64, largest uint64, blocks bool) string {
	marks := sparkMarks(blocks)
	var b strings.Builder
	for _, n := range list {
		level := 0
		if n > 0 {
			level = 1 + int(float64(n)/float64(largest)*float64(len(marks)-2)+0.5)
		}
		b.WriteString(marks[min(level, len(marks)-1)])
	}
	return strings.TrimRight(b.String(), " ")
}

// noBucket returns a line about the packets that are in no bucket.
func (v *PortView) noBucket(style Style) string {
	if v.Buckets == nil || v.Buckets.Left.Packets == 0 {
		return ""
	}
	return style.wrap("in no bucket (no time, or memory full): " +
		style.count(v.Buckets.Left.Packets, "packet"))
}

// bucketTable describes the buckets of the shown ports, as data.
func (v *PortView) bucketTable() *Table[flow.Bucket] {
	return &Table[flow.Bucket]{Schema: BucketSchema, Rows: Rows(v.shown()),
		Columns: []Column[flow.Bucket]{
			dataOnly("start", func(c *Cell, b *flow.Bucket) { c.Moment(b.Start) }),
			dataOnly("port", func(c *Cell, b *flow.Bucket) { c.Port(b.Port) }),
			words("proto", func(b *flow.Bucket) string { return b.Proto.String() }),
			words("service", func(b *flow.Bucket) string {
				return annotate.Registered(b.Proto, b.Port).Name
			}),
			numbers("packets", func(b *flow.Bucket) uint64 { return b.Packets }),
			numbers("bytes", func(b *flow.Bucket) uint64 { return b.Bytes }),
		}}
}
