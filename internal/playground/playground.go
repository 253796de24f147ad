// Package playground decodes bytes that are pasted or dropped into a page without a server. The
// browser runs it: cmd/playground compiles this package to WebAssembly.
package playground

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hexdump"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/linktype"
	"github.com/portsniff/portsniff/pcaps"
)

// Limits of one decoding, for the memory of a browser tab.
const (
	limit        = 5000      // packets with all their fields
	memory       = 64 << 20  // bytes of the flow table
	decompressed = 512 << 20 // greatest decompressed size of a capture, in bytes
	maxText      = 8 << 20   // greatest size of pasted text, in bytes
)

// Decode returns the page's data for a capture, or for hexadecimal text in any form that explain
// reads. If the capture ends early, the data contains the packets before that point and the error.
func Decode(data []byte, name string) ([]byte, error) {
	src, err := open(data, name)
	if err != nil {
		return nil, err
	}
	a := analysis.New(flow.Options{Memory: memory, Hosts: true, Proofs: true, TCP: true})
	b := page.NewBuilder(page.Options{Program: "portsniff in this browser", Source: name,
		Flags: "-r FILE", Limit: limit, Seed: page.DefaultSeed}, a.Flows)
	for n := 0; ; n++ {
		var p capture.Packet
		if err := src.Next(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil && n == 0 {
			return nil, err
		} else if err != nil {
			b.Stopped(err)
			break
		}
		if err := b.Add(a.Packet(&p), ""); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	err = b.WriteJSON(&out)
	return out.Bytes(), err
}

// Sample returns the page's data for one of portsniff's samples.
func Sample(name string) ([]byte, error) {
	f, err := pcaps.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return Decode(data, name+" (a sample of portsniff)")
}

// A source returns packets, like a reader of a file.
type source interface {
	Next(*capture.Packet) error
}

// open reads data as a capture, or as hexadecimal text if it is text.
func open(data []byte, name string) (source, error) {
	if hexdump.IsText(data) {
		return paste(data)
	}
	return pcapfile.NewReader(bytes.NewReader(data), name,
		pcapfile.Options{MaxDecompressed: decompressed})
}

// A pasted returns the packets of hexadecimal text.
type pasted struct {
	blocks []hexdump.Block
	n      int64
}

func paste(text []byte) (*pasted, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the text is longer than %d MiB", maxText>>20)
	}
	blocks, err := hexdump.Parse(string(text))
	if err == nil && len(blocks) == 0 {
		err = errors.New("the text has no bytes in hex")
	}
	hexdump.ByContent(blocks, decode.BeginsPacket)
	return &pasted{blocks: blocks}, err
}

// Next sets p to the next packet, or returns io.EOF.
func (s *pasted) Next(p *capture.Packet) error {
	if s.n == int64(len(s.blocks)) {
		return io.EOF
	}
	data := s.blocks[s.n].Data
	s.n++
	id, _ := decode.GuessStart(data)
	link, ok := map[decode.ProtocolID]linktype.Type{decode.IDEthernet: linktype.Ethernet,
		decode.IDIPv4: linktype.IPv4, decode.IDIPv6: linktype.IPv6}[id]
	if !ok {
		return fmt.Errorf("packet %d: the bytes begin with %s; here they must begin with Ethernet "+
			"or IP", s.n, id.Protocol().Name)
	}
	*p = capture.Packet{Number: s.n, Link: link, Data: data, FCSLen: -1}
	p.CaptureLength, p.Length = len(data), len(data)
	return nil
}
