package selection

import (
	"context"
	"errors"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// A CaptureFilter is a filter in tcpdump's language. A capture can have several link types, so each
// has its own program.
type CaptureFilter struct {
	Expr string

	names    *nameTable // nil if no names are looked up
	programs map[linktype.Type]compiledFilter
	compiled bool  // a program was compiled for at least one link type
	skipped  int64 // number of frames of link types that the filter does not support
}

// A compiledFilter is the program for one link type.
type compiledFilter struct {
	*filter.Program      // nil matches nothing
	unsupported     bool // the filter cannot be compiled for this link type
}

// ParseCaptureFilter checks the syntax of a filter and looks up the names in it. Without a resolver
// names are an error. Errors are *Error.
func ParseCaptureFilter(ctx context.Context, expr string, r *Resolver) (*CaptureFilter, error) {
	f := &CaptureFilter{Expr: expr, programs: map[linktype.Type]compiledFilter{}}
	names, err := filter.Names(expr)
	switch {
	case err != nil:
	case len(names) == 0:
		return f, nil
	case r == nil:
		err = &filter.Error{Expr: expr, At: names[0].At, End: names[0].End,
			Problem: "names are looked up only with --resolve; give the address"}
	default:
		f.names, err = r.lookUp(ctx, expr, names)
	}
	if err != nil {
		return nil, filterError(err)
	}
	return f, nil
}

// Compile compiles the filter for a link type. Errors are *Error.
func (f *CaptureFilter) Compile(link linktype.Type, snapLen uint32, live bool) (*filter.Program,
	error) {
	opt := f.options(link)
	opt.SnapLen, opt.Live = snapLen, live
	p, err := filter.Compile(f.Expr, opt)
	if err != nil {
		return nil, filterError(err)
	}
	return p, nil
}

func (f *CaptureFilter) options(link linktype.Type) filter.Options {
	opt := filter.Options{Link: link, Services: annotate.FilterServices}
	if f.names != nil {
		opt.Resolve, opt.Network, opt.Ether = f.names.host, f.names.network, f.names.ether
	}
	return opt
}

// match reports whether a packet passes. The filter must support the link type of the first packet.
// Later frames of link types that it does not support are counted and left out.
func (f *CaptureFilter) match(r *capture.Record) (bool, error) {
	c, ok := f.programs[r.Link]
	if !ok {
		p, err := filter.Compile(f.Expr, f.options(r.Link))
		if err != nil && !f.compiled {
			return false, filterError(err)
		}
		f.compiled = f.compiled || err == nil
		c = compiledFilter{p, err != nil && !errors.Is(err, filter.ErrNothing)}
		f.programs[r.Link] = c
	}
	if c.unsupported {
		f.skipped++
	}
	return c.Program != nil && c.Match(r.Data, int(r.Length)), nil
}
