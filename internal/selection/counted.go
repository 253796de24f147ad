package selection

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/selection/where"
)

// ProtoNames returns the names that Counted.Proto accepts.
func ProtoNames() (names []string) {
	for _, p := range decode.Protos() {
		names = append(names, p.String())
	}
	return names
}

// A Counted selects the packets that count, by the flags --proto, --host and --between.
type Counted struct{ Proto, Host, Between string }

// Filter returns the flags as a filter for a table, or nil if all packets count. Errors name the
// flags.
func (c *Counted) Filter() (*flow.Filter, error) {
	f := &flow.Filter{Start: flow.NoTime, End: flow.NoTime}
	if c.Proto == "" && c.Host == "" && c.Between == "" {
		return nil, nil
	}
	if c.Proto != "" {
		names := ProtoNames()
		i := slices.Index(names, c.Proto)
		if i < 0 {
			return nil, fmt.Errorf("--proto %q: use %s or %s", c.Proto,
				strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
		}
		f.Proto = decode.Protos()[i]
	}
	if c.Host != "" {
		host, err := where.ParseNetwork(c.Host)
		if err != nil {
			return nil, fmt.Errorf("--host %q: not an address or a network, such as 10.0.0.1 or "+
				"10.0.0.0/8", c.Host)
		}
		f.Host = host
	}
	if c.Between == "" {
		return f, nil
	}
	from, to, ok := strings.Cut(c.Between, ",")
	var err1, err2 error
	f.Start, err1 = moment(from, -1)
	f.End, err2 = moment(to, 1)
	err := cmp.Or(err1, err2)
	if !ok {
		err = errNoComma
	}
	if err != nil {
		return nil, fmt.Errorf("--between %q: %w; use two times with a comma between them, such "+
			"as 2026-11-23T03:06:13,2026-11-23T03:06:20", c.Between, err)
	}
	if f.Start != flow.NoTime && f.End != flow.NoTime && f.End <= f.Start {
		return nil, fmt.Errorf("--between %q: the second time must be after the first",
			c.Between)
	}
	return f, nil
}

var errNoComma = fmt.Errorf("there is no comma")

// moment parses a time and returns nanoseconds since 1970, or NoTime for an empty text. At the end
// of summer time a local time can occur twice; side -1 selects the earlier one, 1 the later one.
func moment(s string, side time.Duration) (int64, error) {
	if s == "" {
		return flow.NoTime, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		time.DateOnly} {
		t, err := time.ParseInLocation(layout, s, time.Local)
		if err == nil && layout == time.RFC3339 { // the text contains the zone
			return t.UnixNano(), nil
		} else if err == nil {
			return twin(t, side).UnixNano(), nil
		}
	}
	sec, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(sec, 10, 64)
	ns, fracErr := strconv.ParseUint((frac + "000000000")[:9], 10, 32)
	if err != nil || fracErr != nil || len(frac) > 9 || n < 0 || n > math.MaxInt64/1_000_000_000-1 {
		return 0, fmt.Errorf("%q is not a time", s)
	}
	return n*1_000_000_000 + int64(ns), nil
}

// twin returns the earlier (-1) or later (1) time with the same local clock time, or t.
func twin(t time.Time, side time.Duration) time.Time {
	for _, shift := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if u := t.Add(side * shift); u.Format(time.DateTime) == t.Format(time.DateTime) {
			return u
		}
	}
	return t
}
