package main

import (
	"context"
	"errors"
	"io"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/page"
	"github.com/portsniff/portsniff/internal/term"
)

// droppedName is what a dropped capture is called: a browser may not say where it came from.
const droppedName = "the dropped capture"

// newDropped makes a session of a capture that comes from a browser: without signals, which are for
// the one that the command line names. unpack is how many bytes it may decompress to, 0 for no
// limit.
func newDropped(ctx context.Context, r io.Reader, unpack sizeLimit) (*session, *page.Builder,
	error) {
	src, err := capture.NewReader(r, droppedName,
		capture.Options{Context: ctx, MaxDecompressed: int64(unpack)})
	if err != nil {
		return nil, nil, err
	}
	s := &session{src: src, progress: term.NewProgress(nil, src),
		analyzer: analysis.New(flow.Options{Memory: servedMemory, Hosts: true})}
	opt := page.Options{Program: programName(), Source: droppedName, Flags: "-r FILE",
		Limit: servedLimit, Seed: page.DefaultSeed}
	return s, page.NewBuilder(opt, s.analyzer.Flows), nil
}

// drain takes every packet into a page, and closes the source.
func (s *session) drain(b *page.Builder) (err error) {
	defer func() { err = errors.Join(err, s.src.Close()) }()
	for {
		switch err := s.src.Next(&s.read); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if err := b.Add(s.take(), s.about().Name); err != nil {
			return err
		}
	}
}
