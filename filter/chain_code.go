package filter

import "golang.org/x/net/bpf"

// Protocol numbers of headers that the walk passes, IANA's registry.
const (
	hdrHopByHop = 0
	hdrRouting  = 43
	hdrFragment = 44
	hdrAH       = 51
	hdrNone     = 59
	hdrOptions  = 60
)

// instructions are the walk, which ends with the protocol of the header that it stopped at in the
// accumulator. Register m is free to use.
//
// After an Authentication Header (RFC 4302 section 2) libpcap 1.10 does not add the header's
// length to the place but continues at the length itself; this walk does the same, for its verdicts
// are to be libpcap's.
func (c *chain) instructions(m uint32) []bpf.RawInstruction {
	if c.v6 {
		return c.instructions6(m)
	}
	code := []bpf.RawInstruction{
		{Op: classLd | modeAbs | sizeB, K: c.net + ipv4Proto},
		{Op: classLdx | modeMsh | sizeB, K: c.net},
		// 2: is it the protocol, the end, or an Authentication Header?
		{Op: classJmp | jmpEq, K: c.proto, Jt: 14},
		{Op: classJmp | jmpEq, K: hdrNone, Jt: 13},
		{Op: classJmp | jmpEq, K: hdrAH, Jf: 12},
	}
	code = append(code, c.pastAH(m)...)
	return append(code, bpf.RawInstruction{Op: classJmp | jmpAlways, K: backTo(len(code), 2)})
}

// pastAH are the eleven instructions that pass an Authentication Header.
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

// instructions6 pass IPv6's extension headers too, RFC 8200 section 4: those with a length in units
// of eight bytes, and Fragment headers as if they were.
func (c *chain) instructions6(m uint32) []bpf.RawInstruction {
	code := []bpf.RawInstruction{
		{Op: classLd | modeAbs | sizeB, K: c.net + ipv6Next},
		{Op: classLdx | modeImm, K: ipv6Len},
		// 2: is it the protocol, the end, or a header to pass?
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

// backTo is the distance of a jump at one instruction back to another.
func backTo(from, to int) uint32 { return uint32(int32(to - from - 1)) }
