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
