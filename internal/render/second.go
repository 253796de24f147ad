package render

import "time"

// A secondText writes times down to the second, which for most packets is the second of the one before: it keeps the text.
type secondText struct {
	layout string
	known  bool
	second int64
	text   []byte
}

// append writes a time in the layout and in the zone that it is in; every time must be in the same one.
func (s *secondText) append(out []byte, at time.Time) []byte {
	if sec := at.Unix(); !s.known || sec != s.second {
		s.known, s.second, s.text = true, sec, at.AppendFormat(s.text[:0], s.layout)
	}
	return append(out, s.text...)
}

// newSecondText makes one for appendNano.
func newSecondText() secondText { return secondText{layout: "2006-01-02T15:04:05"} }

// appendNano writes a time as timeLayout has it.
func (s *secondText) appendNano(out []byte, at time.Time) []byte {
	out = append(s.append(out, at.UTC()), '.')
	for unit, nanos := 100_000_000, at.Nanosecond(); unit > 0; unit /= 10 {
		out = append(out, byte('0'+nanos/unit%10))
	}
	return append(out, 'Z')
}
