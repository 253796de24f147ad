package explain

import (
	"fmt"
	"strings"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/hexdump"
)

// A mistake is an error in what the user typed.
type mistake struct{ error }

func (m mistake) Unwrap() error { return m.error }

// Mistake marks the error as a usage error for package cli.
func (mistake) Mistake() {}

func mistakef(format string, args ...any) error { return mistake{fmt.Errorf(format, args...)} }

// TooMany returns the error for more packets than are explained at once.
func TooMany(limit int) error {
	return fmt.Errorf("more than %d packets are not explained at once; --max-packets N allows more",
		limit)
}

// A Pasted holds the options for reading hexadecimal text.
type Pasted struct {
	As     string // name of the header that packets begin with, "" to guess it
	Frames string // numbers of the packets to draw, see ParseFrames
	Most   int    // greatest number of packets to draw
}

// Each calls draw with the packets of a text. It returns errors of draw unchanged, except for
// ErrFull.
func (p *Pasted) Each(text string, draw func(*Subject) error) error {
	blocks, err := hexdump.Parse(text)
	if strings.TrimSpace(text) == "" {
		return mistakef("nothing to explain: give bytes in hex or -r FILE, or try " +
			"--demo http")
	}
	if err != nil {
		return mistakef("no bytes to explain: %w", err)
	}
	wanted, err := ParseFrames(p.Frames)
	if err != nil {
		return mistake{err}
	}
	hexdump.ByContent(blocks, decode.BeginsPacket)
	found := 0
	for i, b := range blocks {
		if wanted != nil && !wanted.Has(int64(i+1)) {
			continue
		}
		if found++; found > p.Most {
			return TooMany(p.Most)
		}
		s, err := p.packet(b)
		if err != nil {
			return mistake{err}
		}
		if len(blocks) > 1 {
			s.Number = int64(i + 1)
		}
		if err := draw(s); err != nil {
			return notFull(err)
		}
	}
	if found == 0 {
		return mistakef("there is no packet %s: the text has %d", p.Frames, len(blocks))
	}
	return nil
}

// packet decodes bytes as a packet.
func (p *Pasted) packet(b hexdump.Block) (*Subject, error) {
	id, why := decode.GuessStart(b.Data)
	if p.As != "" {
		var ok bool
		if id, ok = decode.FindID(p.As); !ok {
			return nil, fmt.Errorf(
				"--as %q: no such header; use for example eth, ip, arp, tcp, udp, udplite, "+
					"sctp, dccp, icmp or icmpv6", p.As)
		}
		why = "requested by --as"
	}
	packet := new(decode.Packet)
	packet.DecodeAs(id, b.Data, len(b.Data))
	frame := &analysis.Frame{Packet: packet, Len: len(b.Data)}
	frame.AnnotateAlone()
	taken := fmt.Sprintf("Read as %s; taken to begin with %s: %s.", b.Form, id.Protocol().Name, why)
	return &Subject{Frame: frame, Taken: taken}, nil
}
