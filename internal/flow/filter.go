package flow

import (
	"encoding/binary"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A Filter selects the packets that count.
type Filter struct {
	Proto decode.Transport // only this protocol; ProtoNone for all
	Host  netip.Prefix     // only packets from or to its addresses; all if it is not valid

	// Only packets from Start on and before End, in nanoseconds since 1970; NoTime for no limit. A
	// packet without a time passes no limit.
	Start, End int64
}

// time reports whether a packet of that time counts.
func (f *Filter) time(nanos int64) bool {
	if f.Start == NoTime && f.End == NoTime {
		return true
	}
	return nanos != NoTime && nanos >= f.Start && (f.End == NoTime || nanos < f.End)
}

// headers reports whether the filter depends on transport headers. Packets without ports do not
// pass such a filter.
func (f *Filter) headers() bool { return f.Proto != decode.ProtoNone || f.Host.IsValid() }

// header reports whether a transport header counts.
func (f *Filter) header(q *decode.Quick, frame []byte) bool {
	if f.Proto != decode.ProtoNone && f.Proto != q.Proto {
		return false
	}
	switch {
	case !f.Host.IsValid():
		return true
	case q.Version == 4 && f.Host.Addr().Is4():
		src, dst := q.Addrs4(frame)
		a := f.Host.Addr().As4()
		want, host := binary.BigEndian.Uint32(a[:]), 32-f.Host.Bits()
		return (src^want)>>host == 0 || (dst^want)>>host == 0
	case q.Version == 6 && f.Host.Addr().Is6():
		src, dst := q.Addrs6(frame)
		return f.Host.Contains(netip.AddrFrom16(*src)) || f.Host.Contains(netip.AddrFrom16(*dst))
	}
	return false
}

// plain reports whether a packet counts. q is what the quick walk found in it. A nil filter passes
// all packets.
func (f *Filter) plain(q *decode.Quick, frame []byte, nanos int64) bool {
	switch {
	case f == nil:
		return true
	case !f.time(nanos):
		return false
	case q.Proto == decode.ProtoNone:
		return !f.headers()
	}
	return f.header(q, frame)
}
