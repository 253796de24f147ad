// Package anonymize makes frames that can be shown to others: addresses are replaced, payload is
// removed, checksums fit again.
package anonymize

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/linktype"
)

// frames is what an Anonymizer needs for frames, reused for each.
type frames struct {
	before, after decode.Packet
	fields        []decode.Field
	keep          []bool // for each byte: it is of a field that stays
	out           []byte
}

// Frame returns an anonymized copy of a frame, valid until the next call. Bytes stay if a field of
// a known header has them and they are no text, no data of options and no address. All others are
// zero, and so is a checksum that could not be checked. cut leaves out what follows the last
// header. wireLen is the length on the wire in bytes.
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

// field replaces a field's bytes in the copy, and marks those that stay.
func (a *Anonymizer) field(f *decode.Field) {
	from, to := f.At/8, (f.At+f.Width+7)/8
	if f.Cut || from < 0 || to > len(a.out) || from > to {
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

// mend writes the checksums that belong to the new bytes, innermost first, as outer ones cover
// inner ones. One that was wrong stays wrong.
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
