package render

import (
	"fmt"
	"strings"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/internal/flow"
)

// BucketSchema names the form of a bucket's JSON object.
const BucketSchema = "portsniff.bucket/1"

// sparkWidth is the most columns that a line of buckets takes.
const sparkWidth = 60

// sparkMarks are the heights of a bucket, nothing first.
func sparkMarks(unicode bool) []string {
	if unicode {
		return strings.Split(" ▁▂▃▄▅▆▇█", "")
	}
	return strings.Split(" .:-=+*#%@", "")
}

// shown are the buckets of the ports that are shown.
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

// sparks draws each port's packets over time: every row on a scale of its own.
func (v *PortView) sparks(width int, unicode bool) func(*flow.Port) string {
	list := v.shown()
	if len(list) == 0 {
		return func(*flow.Port) string { return "" }
	}
	first, span := list[0].Start, uint64(v.Buckets.Span)
	// right also for centuries, where the difference overflows
	since := func(b *flow.Bucket) uint64 { return uint64(b.Start-first) / span }
	buckets := since(&list[len(list)-1]) + 1
	each := (buckets-1)/uint64(width) + 1 // of them in a column
	sums := map[flow.PortKey][]uint64{}
	for i := range list {
		b := &list[i]
		if sums[b.PortKey] == nil {
			sums[b.PortKey] = make([]uint64, (buckets-1)/each+1)
		}
		sums[b.PortKey][since(b)/each] += b.Packets
	}
	return func(p *flow.Port) string { return spark(sums[p.PortKey], unicode) }
}

// spark draws numbers beside each other. What is above zero has a mark, however small it is.
func spark(list []uint64, unicode bool) string {
	most := uint64(0)
	for _, n := range list {
		most = max(most, n)
	}
	marks := sparkMarks(unicode)
	var b strings.Builder
	for _, n := range list {
		level := 0
		if n > 0 {
			level = 1 + int(float64(n)/float64(most)*float64(len(marks)-2)+0.5)
		}
		b.WriteString(marks[min(level, len(marks)-1)])
	}
	return strings.TrimRight(b.String(), " ")
}

// times says what the lines of buckets mean.
func (v *PortView) times() string {
	if v.Buckets == nil {
		return ""
	}
	var b strings.Builder
	if list := v.shown(); len(list) > 0 {
		span := v.Buckets.Span
		last := list[len(list)-1].Start
		n := uint64(last-list[0].Start)/uint64(span) + 1
		fmt.Fprintf(&b, "packets over time: %s of %s from %s on\n", count(n, "bucket"),
			time.Duration(span), time.Unix(0,
				list[0].Start).Format("2006-01-02 15:04:05.999999999"))
	}
	if v.Buckets.Left.Packets > 0 {
		fmt.Fprintf(&b, "in no bucket, without a time or for want of memory: %s\n",
			count(v.Buckets.Left.Packets, "packet"))
	}
	return b.String()
}

// bucketTable describes the buckets of the ports that are shown, as data.
func (v *PortView) bucketTable() *Table[flow.Bucket] {
	return &Table[flow.Bucket]{Schema: BucketSchema, Rows: Rows(v.shown()),
		Columns: []Column[flow.Bucket]{
			dataOnly("start", func(c *Cell, b *flow.Bucket) { c.Moment(b.Start) }),
			dataOnly("port", func(c *Cell, b *flow.Bucket) { c.Port(b.Port) }),
			words("proto", func(b *flow.Bucket) string { return b.Proto.String() }),
			words("service", func(b *flow.Bucket) string {
				return annotate.ServiceName(b.Proto, b.Port)
			}),
			numbers("packets", func(b *flow.Bucket) uint64 { return b.Packets }),
			numbers("bytes", func(b *flow.Bucket) uint64 { return b.Bytes }),
		}}
}
