package selection

import (
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/net/bpf"

	"github.com/portsniff/portsniff/capture/live"
	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/term"
	"github.com/portsniff/portsniff/linktype"
)

// KernelFilters reports whether live filters run on a Linux packet socket. On other systems a
// filter sees a frame as in a file.
const KernelFilters = runtime.GOOS == "linux"

// A KernelFilter passes the capture filter to the kernel if the kernel can run it.
type KernelFilter struct {
	Expr     string
	filter   *CaptureFilter
	attached bool // the kernel runs it
}

// Kernel returns nil if there is no capture filter.
func (f *PacketFilter) Kernel() *KernelFilter {
	if f == nil || f.capture == nil || f.capture.Expr == "" {
		return nil
	}
	return &KernelFilter{Expr: f.capture.Expr, filter: f.capture}
}

// Without returns the filter without the part that the kernel runs.
func (f *PacketFilter) Without(k *KernelFilter) *PacketFilter {
	if k == nil || !k.attached {
		return f
	}
	if f.where == nil && f.flow == nil {
		return nil
	}
	return &PacketFilter{where: f.where, flow: f.flow} // dropped packets cannot be counted
}

// Compile compiles the filter for the kernel, for use as capture.LiveOptions.Filter. The program
// accepts all packets if the kernel cannot run the filter, or if the filter examines a cooked
// header that only portsniff makes. Then the PacketFilter selects packets. Errors are *Error.
func (k *KernelFilter) Compile(link linktype.Type, snapLen int) ([]bpf.RawInstruction, error) {
	opt := k.filter.options(link)
	opt.SnapLen, opt.Live = uint32(snapLen), KernelFilters
	p, err := filter.Compile(k.Expr, opt)
	if err != nil {
		return k.acceptAll(opt, snapLen, err)
	}
	raw, err := p.Raw()
	if err != nil {
		return k.acceptAll(opt, snapLen, err)
	}
	k.attached = true
	return raw, nil
}

// ReportNone writes why the number of missed packets is unknown in a capture without packets.
func (k *KernelFilter) ReportNone(w io.Writer) {
	if k == nil || !k.attached {
		return
	}
	n := newFalseNegatives(k.filter)
	if n == nil {
		return
	}
	term.Notice(w, "the kernel ran the filter; --where '%s' also finds ports after tags, in "+
		"tunnels and in fragments", n.where())
}

// acceptAll leaves filtering to the PacketFilter, which sees frames as in a file: with VLAN tags
// and cooked headers, but without metadata of the kernel. A filter that needs both is an error.
func (k *KernelFilter) acceptAll(opt filter.Options, snapLen int, cause error) (
	[]bpf.RawInstruction, error) {
	opt.Live = false
	_, err := filter.Compile(k.Expr, opt)
	switch {
	case err == nil:
		return live.AcceptAll(snapLen), nil
	case errors.Is(cause, filter.ErrLoop) || errors.Is(cause, filter.ErrLong):
		return nil, filterError(fmt.Errorf("%w; but %w", cause, err))
	}
	return nil, filterError(cause)
}
