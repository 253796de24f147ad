package sockets

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

func TestWire(t *testing.T) {
	flows := []Flow{{decode.ProtoTCP, end("192.0.2.1:80"), end("198.51.100.7:5000")},
		{decode.ProtoDCCP, end("[2001:db8::1]:1"), end("[2001:db8::2]:65535")}}
	var b bytes.Buffer
	if err := writeQuestion(&b, flows); err != nil || b.Len() != 4+2*37 {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	if got, err := readQuestion(&b); err != nil || !reflect.DeepEqual(got, flows) {
		t.Errorf("%v, %v", got, err)
	}
	owners := []Owner{{Process{PID: 1 << 22, Name: "a\nb", User: "me", UID: 1<<32 - 2}, 3,
		Listener}, {Confidence: Gone}, {}, {Process: Process{Name: strings.Repeat("x", 255)},
		Confidence: Exact}}
	if err := writeAnswer(&b, owners); err != nil {
		t.Fatal(err)
	}
	if got, err := readAnswer(&b, len(owners)); err != nil || !reflect.DeepEqual(got, owners) {
		t.Errorf("%v, %v", got, err)
	}
	if err := writeAnswer(&b, []Owner{{Process: Process{Name: strings.Repeat("x", 300),
		User: "u"}}}); err != nil {
		t.Fatal(err)
	}
	if got, err := readAnswer(&b, 1); err != nil || len(got[0].Name) != 255 || got[0].User != "u" {
		t.Errorf("a long name: %v, %v", got, err)
	}
}

func TestWireNonsense(t *testing.T) {
	// 1025 flows
	if _, err := readQuestion(bytes.NewReader([]byte{0, 0, 4, 1})); !errors.Is(err, errWire) {
		t.Errorf("too long a question: %v", err)
	}
	if _, err := readAnswer(bytes.NewReader([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0}),
		1); !errors.Is(err, errWire) {
		t.Errorf("unknown confidence: %v", err)
	}
}

// FuzzWire checks that each side reads or rejects arbitrary input.
func FuzzWire(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add(append([]byte{0, 0, 0, 1, 6}, make([]byte, 36)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if flows, err := readQuestion(bytes.NewReader(b)); err == nil &&
			len(flows) > len(b)/flowSize {
			t.Errorf("%d flows from %d bytes", len(flows), len(b))
		}
		if owners, err := readAnswer(bytes.NewReader(b), 2); err == nil && len(owners) != 2 {
			t.Errorf("%d owners", len(owners))
		}
	})
}
