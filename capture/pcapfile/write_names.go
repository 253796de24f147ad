package pcapfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dated reports whether a name contains a conversion of the time, so that the files of a rotation
// by time have different names.
func Dated(name string) bool {
	return expandTime(name, time.Unix(0, 0)) != expandTime(name, time.Unix(1<<28, 0))
}

// Names returns an expression that matches the names of the files of NewRotatingWriter. An invalid
// UTF-8 byte matches any invalid byte, as in package regexp.
func (r Rotation) Names(name string) *regexp.Regexp {
	stem, suffix := splitCompression(string([]rune(name)))
	stem, suffix = regexp.QuoteMeta(stem), regexp.QuoteMeta(suffix)
	if r.Every > 0 {
		stem = conversion.ReplaceAllStringFunc(stem, func(c string) string {
			if c == "%%" {
				return "%"
			}
			return "-?[0-9]+" // a year and seconds since 1970 may be negative
		})
	}
	return regexp.MustCompile("^" + stem + "[0-9]*" + suffix + "$")
}

// conversion matches the conversions that expandTime replaces.
var conversion = regexp.MustCompile("%[YmdHMSs%]")

// fileName returns the name of the next file of this slot, with tcpdump's numbering. A number
// follows the name from the second file on. With a fixed number of files, the first also has a
// number, and numbers have leading zeros. The compression suffix stays last.
func (w *RotatingWriter) fileName() string {
	n := w.turn
	stem, suffix := splitCompression(w.slot)
	switch {
	case w.rotate.Size > 0 && w.rotate.Files > 0:
		return stem + fmt.Sprintf("%0*d", len(strconv.Itoa(w.rotate.Files-1)), n%w.rotate.Files) +
			suffix
	case n > 0:
		return stem + strconv.Itoa(n) + suffix
	}
	return w.slot
}

// expandTime replaces the conversions of strftime in a name, in the local time zone. Others do not
// change.
func expandTime(name string, t time.Time) string {
	t = t.Local()
	var out strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '%' || i+1 == len(name) {
			out.WriteByte(name[i])
			continue
		}
		i++
		switch name[i] {
		case 'Y', 'm', 'd', 'H', 'M', 'S':
			layouts := map[byte]string{'Y': "2006", 'm': "01", 'd': "02", 'H': "15", 'M': "04",
				'S': "05"}
			out.WriteString(t.Format(layouts[name[i]]))
		case 's':
			out.WriteString(strconv.FormatInt(t.Unix(), 10))
		case '%':
			out.WriteByte('%')
		default:
			out.WriteString(name[i-1 : i+1])
		}
	}
	return out.String()
}
