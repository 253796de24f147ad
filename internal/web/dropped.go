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
	// packets with all their fields; the browser holds them in addition to its own page
	servedLimit  = 20_000
	servedMemory = 64 << 20 // bytes of its flow table
)

// droppedName is the name of a dropped capture. A browser does not reveal where a file came from.
const droppedName = "the dropped capture"

// newDropped returns a pipeline and a page for a capture from a browser. The pipeline handles no
// signals; they are for the capture of the command line. unpack limits the decompressed size in
// bytes; 0 means no limit.
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

// decodeDropped decodes a capture that was dropped on the page, until ctx ends. It writes nothing
// to disk. It returns a function that writes the page's data.
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
