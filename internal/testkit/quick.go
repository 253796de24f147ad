package testkit

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// Quick returns what the quick walk finds in a packet.
func Quick(r *capture.Record) *decode.Quick {
	q := &decode.Quick{}
	q.Decode(r.Link, r.Data, int(r.Length))
	return q
}
