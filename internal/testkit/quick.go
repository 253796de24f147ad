package testkit

import (
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
)

// Quick returns the result of the quick walk for a packet.
func Quick(r *capture.Record) *decode.Quick {
	q := &decode.Quick{}
	q.Decode(r.Link, r.Data, int(r.Length))
	return q
}
