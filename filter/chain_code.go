package filter

import "golang.org/x/net/bpf"

// Protocol numbers of the headers that the walk skips, IANA's registry.
const (
	hdrHopByHop = 0
	hdrRouting  = 43
	hdrFragment = 44
	hdrAH       = 51
	hdrNone     = 59
	hdrOptions  = 60
)

// instructions returns the program of the walk. It leaves the protocol of the last header in the
// accumulator. It may use register m.
//
// After an Authentication Header (RFC 4302 section 2) libpcap 1.10 does not add the header's length
// to the position, but continues at the length itself. This walk does the same, to get libpcap's
// results.
func (c *chain) instructions(m uint32) []bpf.RawInstruction {
	if c.v6 {
		return c.instructions6(m)
	}
	code := []bpf.RawInstruction{
		{Op: classLd | modeAbs | sizeB, K: c.net + ipv4Proto},
		{Op: classLdx | modeMsh | sizeB, K: c.net},
		// 2: is it the requested protocol, the end, or an Authentication Header?
		{Op: classJmp | jmpEq, K: c.proto, Jt: 14},
		{Op: classJmp | jmpEq, K: hdrNone, Jt: 13},
		{Op: classJmp | jmpEq, K: hdrAH, Jf: 12},
	}
	code = append(code, c.pastAH(m)...)
	return append(code, bpf.RawInstruction{Op: classJmp | jmpAlways, K: backTo(len(code), 2)})
}

// pastAH returns the eleven instructions that skip an Authentication Header.
func (c *chain) pastAH(m uint32) []bpf.RawInstruction {
	return []bpf.RawInstruction{
		{Op: classMisc | miscTxa},
		{Op: classLd | modeInd | sizeB, K: c.net},
		{Op: classSt, K: m},
		{Op: classMisc | miscTxa},
		{Op: classALU | aluAdd, K: 1},
		{Op: classMisc | miscTax},
		{Op: classLd | modeInd | sizeB, K: c.net},
		{Op: classALU | aluAdd, K: 2},
		{Op: classALU | aluMul, K: 4},
		{Op: classMisc | miscTax},
		{Op: classLd | modeMem, K: m},
	}
}

// instructions6 is instructions for IPv6 (RFC 8200 section 4). It also skips extension headers with
// a length in units of eight bytes, and treats Fragment headers like these.
func (c *chain) instructions6(m uint32) []bpf.RawInstruction {
	code := []bpf.RawInstruction{
		{Op: classLd | modeAbs | sizeB, K: c.net + ipv6Next},
		{Op: classLdx | modeImm, K: ipv6Len},
		// 2: is it the requested protocol, the end, or a header to skip?
		{Op: classJmp | jmpEq, K: c.proto, Jt: 27},
		{Op: classJmp | jmpEq, K: hdrNone, Jt: 26},
		{Op: classJmp | jmpEq, K: hdrHopByHop, Jt: 3},
		{Op: classJmp | jmpEq, K: hdrOptions, Jt: 2},
		{Op: classJmp | jmpEq, K: hdrRouting, Jt: 1},
		{Op: classJmp | jmpEq, K: hdrFragment, Jf: 9},
		{Op: classLd | modeInd | sizeB, K: c.net},
		{Op: classSt, K: m},
		{Op: classLd | modeInd | sizeB, K: c.net + 1},
		{Op: classALU | aluAdd, K: 1},
		{Op: classALU | aluMul, K: 8},
		{Op: classALU | aluAdd | srcX},
		{Op: classMisc | miscTax},
		{Op: classLd | modeMem, K: m},
		{Op: classJmp | jmpAlways, K: backTo(16, 2)},
		{Op: classJmp | jmpEq, K: hdrAH, Jf: 12},
	}
	code = append(code, c.pastAH(m)...)
	return append(code, bpf.RawInstruction{Op: classJmp | jmpAlways, K: backTo(len(code), 2)})
}

// backTo returns the distance of a jump from one instruction back to another.
func backTo(from, to int) uint32 { return uint32(int32(to - from - 1)) }
