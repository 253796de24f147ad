package flow

import (
	"encoding/binary"
	"net/netip"

	"github.com/portsniff/portsniff/decode"
)

// A Filter says what counts.
type Filter struct {
	Proto      decode.Proto // only this protocol, ProtoNone for all
	Host       netip.Addr   // only what this address sent or was sent, all if it is not valid
	Start, End int64        // only packets from Start on and before End, in nanoseconds since 1970; both NoTime for all. A packet without a time passes neither.
}

// time tells whether a packet of that time counts.
func (f *Filter) time(nanos int64) bool {
	if f.Start == NoTime && f.End == NoTime {
		return true
	}
	return nanos != NoTime && nanos >= f.Start && (f.End == NoTime || nanos < f.End)
}

// ends tells whether the filter asks something of transport headers, so that packets without ports don't count.
func (f *Filter) ends() bool { return f.Proto != decode.ProtoNone || f.Host.IsValid() }

// item tells whether a transport header counts.
func (f *Filter) item(q *decode.Quick, data []byte) bool {
	if f.Proto != decode.ProtoNone && f.Proto != q.Proto {
		return false
	}
	switch {
	case !f.Host.IsValid():
		return true
	case q.Version == 4 && f.Host.Is4():
		src, dst := q.Addrs4(data)
		a := f.Host.As4()
		want := binary.BigEndian.Uint32(a[:])
		return src == want || dst == want
	case q.Version == 6 && f.Host.Is6():
		src, dst := q.Addrs6(data)
		want := f.Host.As16()
		return *src == want || *dst == want
	}
	return false
}

// passes tells whether a packet counts in which the quick walk found that.
func (f *Filter) passes(q *decode.Quick, data []byte, nanos int64) bool {
	if !f.time(nanos) {
		return false
	}
	if q.Proto == decode.ProtoNone {
		return !f.ends()
	}
	return f.item(q, data)
}
