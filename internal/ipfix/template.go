package ipfix

import (
	"slices"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
)

// Numbers of sets (RFC 7011 section 3.3.2) and of templates, which begin at 256.
const (
	templateSet  = 2
	firstOwnSet  = 256
	enterpriseID = 1 << 15 // marks an element with an enterprise number
)

// A template is a list of elements with a number.
type template struct {
	number   uint16
	elements []element
	size     int // bytes of a record
}

func newTemplate(number uint16, elements ...[]element) *template {
	t := &template{number: number, elements: slices.Concat(elements...)}
	for _, e := range t.elements {
		t.size += int(e.size)
	}
	return t
}

// newTemplates returns the templates for IPv4 and IPv6. A biflow has both directions in a record.
func newTemplates(biflow bool) (ipv4, ipv6 *template) {
	var rest []element
	if biflow {
		for _, e := range common {
			if slices.Contains(reversible, e.id) {
				rest = append(rest, e.reverse())
			}
		}
		rest = append(rest, biflowDirection)
	}
	first := uint16(firstOwnSet)
	if biflow {
		first += 2 // each number always has the same meaning for a collector
	}
	return newTemplate(first, []element{address(8, 4, false), address(12, 4, true)}, common, rest),
		newTemplate(first+1, []element{address(27, 16, false), address(28, 16, true)}, common, rest)
}

// describe appends the template record (RFC 7011 section 3.4.1).
func (t *template) describe(out []byte) []byte {
	out = be.AppendUint16(be.AppendUint16(out, t.number), uint16(len(t.elements)))
	for _, e := range t.elements {
		id := e.id
		if e.pen != 0 {
			id |= enterpriseID
		}
		out = be.AppendUint16(be.AppendUint16(out, id), e.size)
		if e.pen != 0 {
			out = be.AppendUint32(out, e.pen)
		}
	}
	return out
}

// record appends a data record.
func (t *template) record(out []byte, r *records.Record, from flow.Side) []byte {
	for _, e := range t.elements {
		out = e.add(out, r, from)
	}
	return out
}
