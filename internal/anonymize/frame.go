// Package anonymize makes frames safe to share: it replaces addresses, removes payload and updates
// checksums.
package anonymize

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// frames holds buffers that an Anonymizer reuses for each frame.
type frames struct {
	before, after decode.Packet
	fields        []decode.Field
	keep          []bool // per byte: true if a field that stays covers it
	out           []byte
}

// Frame returns an anonymized copy of a frame, valid until the next call. It keeps bytes of fields
// of known headers, except text, option data and addresses. It replaces addresses and sets all
// other bytes to zero, and also checksums that cannot be checked. If cut is true, it removes
// everything after the last header. wireLen is the length on the wire in bytes.
func (a *Anonymizer) Frame(link linktype.Type, data []byte, wireLen int, cut bool) []byte {
	a.out = append(a.out[:0], data...)
	a.keep = append(a.keep[:0], make([]bool, len(data))...)
	a.before.Decode(link, data, wireLen)
	headers := 0
	for i, l := range a.before.Layers {
		a.fields = a.before.AppendFields(a.fields[:0], i)
		for j := range a.fields {
			a.field(&a.fields[j])
		}
		headers = max(headers, min(l.At+l.Len, len(data)))
	}
	for i, keep := range a.keep {
		if !keep {
			a.out[i] = 0
		}
	}
	a.mend(link, wireLen)
	if cut {
		return a.out[:headers]
	}
	return a.out
}

// identities are the keys of numbers that identify a host or a person. They become zero.
var identities = map[string]bool{
	"ap1394.dst": true, "ap1394.src": true, // EUI-64 contains a hardware address

	"gtp.tid": true, // the tunnel identifier contains the IMSI of a phone (GSM 09.60 section 6)

	"hip.hit_rcvr": true, "hip.hit_sndr": true, // hashes of public keys

	"ipfc.nh.da": true, "ipfc.nh.sa": true, // world wide names contain hardware addresses

	"teredo.orig.addr": true, // an IPv4 address with inverted bits
}

// field replaces the bytes of an address field in the copy, and marks the bytes to keep.
func (a *Anonymizer) field(f *decode.Field) {
	from, to := f.At/8, (f.At+f.Width+7)/8
	if f.Cut || from < 0 || to > len(a.out) || from > to || identities[f.Key] {
		return
	}
	b := a.out[from:to]
	switch f.Show {
	case decode.ShowAddr:
		addr, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		copy(b, a.Addr(addr).AsSlice())
	case decode.ShowMAC:
		if len(b) != 6 {
			return
		}
		mac := a.MAC([6]byte(b))
		copy(b, mac[:])
	case decode.ShowBytes, decode.ShowText:
		return
	}
	for i := from; i < to; i++ {
		a.keep[i] = true
	}
}

// mend updates the checksums for the new bytes, innermost first, because outer checksums cover
// inner ones. A wrong checksum stays wrong.
func (a *Anonymizer) mend(link linktype.Type, wireLen int) {
	a.after.Decode(link, a.out, wireLen)
	for i := len(a.after.Layers) - 1; i >= 0; i-- {
		a.fields = a.after.AppendFields(a.fields[:0], i)
		at := slices.IndexFunc(a.fields, func(f decode.Field) bool {
			return f.Show == decode.ShowSum && !f.Cut
		})
		if at < 0 {
			continue
		}
		was := decode.Good
		if i < len(a.before.Layers) && a.before.Layers[i].ID == a.after.Layers[i].ID {
			was = a.before.Checksum(i)
		}
		if was == decode.NoSum || was == decode.Absent {
			continue
		}
		sum := a.after.Check(i).Want
		switch was {
		case decode.Unknowable:
			sum = 0
		case decode.Bad:
			sum ^= 1
		}
		f := &a.fields[at]
		put(a.out[f.At/8:(f.At+f.Width)/8], sum)
		a.after.Decode(link, a.out, wireLen)
	}
}

func put(b []byte, sum uint32) {
	switch len(b) {
	case 2:
		binary.BigEndian.PutUint16(b, uint16(sum))
	case 4:
		binary.BigEndian.PutUint32(b, sum)
	}
}
