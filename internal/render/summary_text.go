package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
)

// summary returns the total with its duration and rates, and what the table leaves out.
func summary(t *flow.Totals, evicted flow.Evicted, style Style) string {
	var b strings.Builder
	items := []string{style.count(t.Total.Packets, "packet"),
		style.count(t.Total.Bytes, "byte") + " on the wire"}
	b.WriteString(style.listed("", append(items, rates(t.Total, t.Duration(), style)...)))
	var reasons []string
	for r := decode.HasPorts + 1; r < decode.Reasons; r++ {
		if n := t.NoPorts[r]; n.Packets > 0 {
			reasons = append(reasons, r.String()+" "+style.number(n.Packets))
		}
	}
	if len(reasons) > 0 {
		b.WriteString(style.listed("without ports of their own: ", reasons))
	}
	if t.Nested.Packets > 0 {
		b.WriteString(style.wrap("counted once for each of several transport headers: " +
			style.count(t.Nested.Packets, "packet")))
	}
	if evicted.Flows > 0 {
		b.WriteString(style.wrap(fmt.Sprintf(
			"evicted (memory full): %s with %s, still counted by port",
			style.count(evicted.Flows, "idle flow"), style.count(evicted.Packets, "packet"))))
	}
	return b.String()
}

// leastRated is the shortest duration for which rates are shown. For shorter ones they are
// meaningless.
const leastRated = 100 * time.Millisecond

// rates returns a duration, and packets and bits per second. It returns nil if the duration is
// unknown or zero.
func rates(n flow.Count, d time.Duration, style Style) []string {
	if d <= 0 {
		return nil
	}
	items := []string{"in " + durationText(d)}
	if d < leastRated {
		return items
	}
	packets, bits := float64(n.Packets)/d.Seconds(), 8*float64(n.Bytes)/d.Seconds()
	rate := strconv.FormatFloat(packets, 'f', 1, 64)
	switch {
	case packets >= 100:
		rate = style.number(uint64(packets + 0.5))
	case packets < 1:
		rate = strconv.FormatFloat(packets, 'g', 1, 64)
	}
	return append(items, rate+" packets/s", si(bits, "bit/s"))
}

// Rate returns a line about the packets of the latest interval of a live capture.
func Rate(n flow.Count, d time.Duration, style Style) string {
	items := rates(n, d, style)
	if len(items) < 2 {
		return ""
	}
	return style.listed("now: ", items[1:])
}

// durationText writes a duration in seconds below a minute, else as hours, minutes and seconds.
func durationText(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%.6f s", d.Seconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.3f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int64(d / time.Second)
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
