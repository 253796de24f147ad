package records_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/records"
)

// TestBytesOfFlowWithoutDuration checks that the bytes of a flow without duration are unset, as in
// Zeek. One nanosecond is enough.
func TestBytesOfFlowWithoutDuration(t *testing.T) {
	for took, want := range map[int64]any{0: nil, 1: 5.0, 2: 5.0} {
		r := records.Record{Client: flow.A, Payload: [3]uint64{flow.A: 5}}
		r.Proto, r.Start, r.End = decode.ProtoUDP, 1_700_000_000_000_000_000,
			1_700_000_000_000_000_000+took
		r.From = [3]flow.Count{flow.A: {Packets: 2, Bytes: 94}}
		var out bytes.Buffer
		w := records.NewZeekJSON(&out)
		if err := w.Record(&r); err != nil {
			t.Fatal(err)
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		var conn map[string]any
		if err := json.Unmarshal(out.Bytes(), &conn); err != nil {
			t.Fatal(err, out.String())
		}
		if conn["orig_bytes"] != want {
			t.Errorf("%d ns: orig_bytes %v, want %v", took, conn["orig_bytes"], want)
		}
	}
}
