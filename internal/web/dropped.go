package web

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
)

// Bounds on a dropped capture.
const (
	// packets with all their fields: the browser has them beside its own
	servedLimit  = 20_000
	servedMemory = 64 << 20 // bytes for its flows
)

// droppedName is what a dropped capture is called: a browser may not say where it came from.
const droppedName = "the dropped capture"

// newDropped makes a pipeline and a page of a capture that comes from a browser: without signals,
// which are for the one that the command line names. unpack is the number of bytes that it may
// decompress to, 0 for no limit.
func newDropped(ctx context.Context, r io.Reader, unpack int64, program string) (
	*pipeline.Pipeline, *page.Builder, error) {
	src, err := pcapfile.NewReader(r, droppedName,
		pcapfile.Options{Context: ctx, MaxDecompressed: unpack})
	if err != nil {
		return nil, nil, err
	}
	p := pipeline.New(pipeline.Options{Source: src, Ahead: true,
		Table: flow.Options{Memory: servedMemory, Hosts: true, Proofs: true, TCP: true}})
	opt := page.Options{Program: program, Source: droppedName, Flags: "-r FILE",
		Limit: servedLimit, Seed: page.DefaultSeed, Store: true}
	return p, page.NewBuilder(opt, p.Analyzer.Flows), nil
}

// decodeDropped decodes a capture that somebody dropped on the page, until ctx ends: nothing of it
// is written anywhere. It returns what writes the page's data.
func decodeDropped(ctx context.Context, r io.Reader, unpack int64, program string) (
	*Shown, error) {
	p, b, err := newDropped(ctx, r, unpack, program)
	if err != nil {
		return nil, err
	}
	err = p.Each(func(f *analysis.Frame) error { return b.Add(f, p.Interface().Name) })
	var full *pipeline.OutputError
	if errors.As(err, &full) {
		err = full.Err
	}
	err = errors.Join(err, p.Close())
	var large *http.MaxBytesError
	if err != nil && (p.Packets() == 0 || errors.As(err, &large)) {
		return nil, err
	}
	if err != nil {
		b.Stopped(err)
	}
	return &Shown{Data: b.WriteJSON, Packets: b}, nil
}
