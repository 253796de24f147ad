package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/explain"
	"github.com/portsniff/portsniff/internal/hexdump"
)

// Bounds on pasted text, unless the flags say otherwise.
const (
	defaultText   = 8 << 20 // bytes
	defaultPasted = 100_000 // packets
)

// fromText gives draw the packets of hexadecimal text.
func (f *explainFlags) fromText(cmd *cobra.Command, in *input, text string,
	draw func(*explain.Subject) error) error {
	if err := in.confine(cmd, nil); err != nil {
		return err
	}
	if len(text) > int(f.maxBytes) {
		return cli.Wrongf("the text is longer than %s; --max-bytes SIZE reads more",
			f.maxBytes.String())
	}
	blocks, err := hexdump.Parse(text)
	if strings.TrimSpace(text) == "" {
		return cli.Wrongf("nothing to explain: give bytes in hex or -r FILE, or try " +
			"--demo http")
	}
	if err != nil {
		return cli.Wrongf("no bytes to explain: %w", err)
	}
	wanted, err := explain.ParseFrames(f.frames)
	if err != nil {
		return cli.Wrong(err)
	}
	found, most := 0, f.most(defaultPasted)
	for i, b := range blocks {
		if wanted != nil && !wanted.Has(int64(i+1)) {
			continue
		}
		if found++; found > most {
			return tooMany(most)
		}
		s, err := f.pasted(b)
		if err != nil {
			return cli.Wrong(err)
		}
		if len(blocks) > 1 {
			s.Number = int64(i + 1)
		}
		switch err := draw(s); {
		case errors.Is(err, explain.ErrFull):
			return nil
		case err != nil:
			return &outputError{Err: err}
		}
	}
	if found == 0 {
		return cli.Wrongf("there is no packet %s: the text has %d", f.frames, len(blocks))
	}
	return nil
}

// pasted makes a packet of bytes.
func (f *explainFlags) pasted(b hexdump.Block) (*explain.Subject, error) {
	id, why := decode.GuessStart(b.Data)
	if f.as != "" {
		var ok bool
		if id, ok = decode.FindID(f.as); !ok {
			return nil, fmt.Errorf(
				"--as %q: no header has that name; eth, ip, arp, tcp, udp, udplite, sctp, dccp, "+
					"icmp and icmpv6 do, for example", f.as)
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
