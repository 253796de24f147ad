package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/hexdump"
)

// fromText takes packets from hexadecimal text.
func (f *explainFlags) fromText(cmd *cobra.Command, in *input, text string) ([]*explain.Subject, error) {
	if err := in.confine(cmd, nil); err != nil {
		return nil, err
	}
	blocks, err := hexdump.Parse(text)
	if err != nil {
		return nil, &usageError{fmt.Errorf("no bytes to explain: %w", err), cmd.CommandPath()}
	}
	wanted, err := parseFrames(f.frames)
	if err != nil {
		return nil, &usageError{err, cmd.CommandPath()}
	}
	var out []*explain.Subject
	for i, b := range blocks {
		if wanted != nil && !wanted.has(int64(i+1)) {
			continue
		}
		s, err := f.pasted(b)
		if err != nil {
			return nil, &usageError{err, cmd.CommandPath()}
		}
		if len(blocks) > 1 {
			s.Number = int64(i + 1)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, &usageError{fmt.Errorf("there is no packet %s: the text has %d", f.frames, len(blocks)), cmd.CommandPath()}
	}
	return out, nil
}

// pasted makes a packet of bytes.
func (f *explainFlags) pasted(b hexdump.Block) (*explain.Subject, error) {
	id, why := decode.GuessStart(b.Data)
	if f.as != "" {
		var ok bool
		if id, ok = decode.FindID(f.as); !ok {
			return nil, fmt.Errorf("--as %q: no header has that name; eth, ip, arp, tcp, udp, udplite, sctp, dccp, icmp and icmpv6 do, for example", f.as)
		}
		why = "as told"
	}
	p := new(decode.Packet)
	p.DecodeAs(id, b.Data, len(b.Data))
	frame := &analysis.Frame{Packet: p, Len: len(b.Data)}
	frame.AnnotateAlone()
	taken := fmt.Sprintf("Read as %s; taken to begin with %s: %s.", b.Form, id.Protocol().Name, why)
	return &explain.Subject{Frame: frame, Taken: taken}, nil
}
