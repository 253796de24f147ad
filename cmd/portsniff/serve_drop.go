package main

import (
	"context"
	"io"

	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/pipeline"
)

// droppedName is what a dropped capture is called: a browser may not say where it came from.
const droppedName = "the dropped capture"

// newDropped makes a pipeline and a page of a capture that comes from a browser: without signals,
// which are for the one that the command line names. unpack is how many bytes it may decompress to,
// 0 for no limit.
func newDropped(ctx context.Context, r io.Reader, unpack cli.SizeLimit) (*pipeline.Pipeline,
	*page.Builder, error) {
	src, err := pcapfile.NewReader(r, droppedName,
		pcapfile.Options{Context: ctx, MaxDecompressed: int64(unpack)})
	if err != nil {
		return nil, nil, err
	}
	p := pipeline.New(pipeline.Options{Source: src, Ahead: true,
		Table: flow.Options{Memory: servedMemory, Hosts: true, Proofs: true, TCP: true}})
	opt := page.Options{Program: programName(), Source: droppedName, Flags: "-r FILE",
		Limit: servedLimit, Seed: page.DefaultSeed}
	return p, page.NewBuilder(opt, p.Analyzer.Flows), nil
}
