package render

import "time"

// A timeCache writes times down to the second. Most packets have the same second as the previous
// one, so it keeps the text.
type timeCache struct {
	layout string
	known  bool
	second int64
	text   []byte
}

// newTimeCache returns a cache for appendNano.
func newTimeCache() timeCache { return timeCache{layout: "2006-01-02T15:04:05"} }

// append writes a time in the cache's layout. All times must be in the same zone.
func (c *timeCache) append(out []byte, at time.Time) []byte {
	if sec := at.Unix(); !c.known || sec != c.second {
		c.known, c.second, c.text = true, sec, at.AppendFormat(c.text[:0], c.layout)
	}
	return append(out, c.text...)
}

// appendNano writes a time in timeLayout.
func (c *timeCache) appendNano(out []byte, at time.Time) []byte {
	out = append(c.append(out, at.UTC()), '.')
	for unit, nanos := 100_000_000, at.Nanosecond(); unit > 0; unit /= 10 {
		out = append(out, byte('0'+nanos/unit%10))
	}
	return append(out, 'Z')
}
