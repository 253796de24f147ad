package pcapfile

import (
	"bytes"

	"github.com/portsniff/portsniff/capture"
)

// Options follow a block's fixed fields: code and length, two bytes each, and the value, padded to
// four bytes.
const (
	optionHeadLen = 4

	optEnd     = 0
	optComment = 1

	optIfName   = 2
	optIfDescr  = 3
	optIfTsres  = 9
	optIfFilter = 11
	optIfOS     = 12
	optIfFCSLen = 13
	optIfTsoff  = 14
	optIfHW     = 15

	optPacketFlags = 2 // epb_flags, and pack_flags of the obsolete block

	// In epb_flags: octets of frame check sequence, 0 for unknown.
	flagsFCSShift = 5
	flagsFCSMask  = 15

	// maxComments and maxCommentText limit the comments that are kept for one packet: their number
	// and their total bytes.
	maxComments    = 1000
	maxCommentText = 1 << 20
	// maxString is the number of bytes kept of one interface string.
	maxString = 4096
)

// option removes the next option from a list. A list may end without an end mark.
//
// An option that claims more than is left ends the list and is recorded as a soft fault. The
// block's own lengths agree, so all other data is still valid.
func (f *pcapngFile) option(b *buffer, op string, list []byte) (code uint16, value, rest []byte) {
	if len(list) < optionHeadLen {
		return optEnd, nil, nil
	}
	code, n := f.order.u16(list), int(f.order.u16(list[2:]))
	if code == optEnd {
		return optEnd, nil, nil
	}
	list = list[optionHeadLen:]
	if n > len(list) {
		f.fault(b, op, ErrLength, "option %d claims %s, its block has %s left", code, bytesOf(n),
			bytesOf(len(list)))
		return optEnd, nil, nil
	}
	return code, list[:n], list[min((n+3)&^3, len(list)):]
}

// fault records a fault in a block that can still be read.
func (f *pcapngFile) fault(b *buffer, op string, cause error, format string, args ...any) {
	if f.soft.first != nil {
		f.soft.more++
		return
	}
	f.soft.first = b.fail(op, cause, format, args...)
	f.soft.first.soft, f.soft.first.Packet = true, f.count
}

// interfaceOptions are those of an Interface Description Block; the strings point into the block.
type interfaceOptions struct {
	name, description, filter, os, hardware []byte

	res        capture.Resolution
	timeOffset int64 // seconds
	fcs        int   // octets, -1 if absent
}

// interfaceOptions reads an Interface Description Block's options. If an option occurs twice, the
// last one counts.
func (f *pcapngFile) interfaceOptions(b *buffer, list []byte) interfaceOptions {
	opt := interfaceOptions{res: capture.Microseconds, fcs: -1}
	for {
		code, v, rest := f.option(b, opInterface, list)
		list = rest
		switch code {
		case optEnd:
			return opt
		case optIfName:
			opt.name = v
		case optIfDescr:
			opt.description = v
		case optIfOS:
			opt.os = v
		case optIfHW:
			opt.hardware = v
		case optIfFilter:
			if len(v) > 0 && v[0] == 0 { // a filter as text; 1 is BPF code
				opt.filter = v[1:]
			}
		case optIfTsres:
			if f.fixed(b, code, v, 1) {
				opt.res = capture.Resolution(v[0])
			}
		case optIfTsoff:
			if f.fixed(b, code, v, 8) {
				opt.timeOffset = int64(f.order.u64(v))
			}
		case optIfFCSLen:
			if f.fixed(b, code, v, 1) {
				opt.fcs = fcsOctets(v[0])
			}
		}
	}
}

// fixed reports whether an interface option has its required length, and records a fault if not.
func (f *pcapngFile) fixed(b *buffer, code uint16, v []byte, n int) bool {
	if len(v) != n {
		f.fault(b, opInterface, ErrLength, "option %d has %s, it must have %d", code,
			bytesOf(len(v)), n)
		return false
	}
	return true
}

// fcsOctets reads if_fcslen. The draft says it counts bits, but its example, 4, only makes sense in
// octets. Writers use both.
func fcsOctets(v byte) int {
	if v >= 8 {
		return int(v) / 8
	}
	return int(v)
}

// packetOptions reads a packet block's options: flags and comments.
func (f *pcapngFile) packetOptions(b *buffer, list []byte, p *capture.Packet) {
	f.comments = f.comments[:0]
	size := 0
	for {
		code, v, rest := f.option(b, opPacket, list)
		list = rest
		switch code {
		case optEnd:
			return
		case optPacketFlags:
			if len(v) == 4 {
				p.Flags = f.order.u32(v)
				if n := p.Flags >> flagsFCSShift & flagsFCSMask; n != 0 {
					p.FCSLen = int(n)
				}
			}
		case optComment:
			if size += len(v); len(f.comments) == maxComments || size > maxCommentText {
				f.fault(b, opPacket, ErrTooLarge, "more than %s comments or %s of them",
					grouped(maxComments), bytesOf(maxCommentText))
				return
			}
			f.comments = append(f.comments, bytes.TrimRight(v, "\x00"))
			p.Comments = f.comments
		}
	}
}
