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

// ProtoNames are the names that Counted.Proto may have.
func ProtoNames() (names []string) {
	for _, p := range decode.Protos() {
		names = append(names, p.String())
	}
	return names
}

// A Counted says which packets count, as the flags --proto, --host and --between have it.
type Counted struct{ Proto, Host, Between string }

// Filter is c for a table, nil if everything counts. Its errors name the flags.
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
	f.Start, err1 = moment(from)
	f.End, err2 = moment(to)
	if err := cmp.Or(err1, err2); !ok || err != nil {
		return nil, fmt.Errorf("--between %q: use two times with a comma between them: %w",
			c.Between, cmp.Or(err, errNoComma))
	}
	if f.Start != flow.NoTime && f.End != flow.NoTime && f.End <= f.Start {
		return nil, fmt.Errorf("--between %q: no time is from the first on and before the second",
			c.Between)
	}
	return f, nil
}

var errNoComma = fmt.Errorf("there is no comma")

// moment reads a time, in nanoseconds since 1970; none is NoTime.
func moment(s string) (int64, error) {
	if s == "" {
		return flow.NoTime, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05",
		time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t.UnixNano(), nil
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
