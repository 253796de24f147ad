package filter

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/bpf"
)

// Listing is the format of Dump, as in tcpdump with one, two or three -d.
type Listing int

// The listings.
const (
	Assembly Listing = 1 + iota // one instruction per line, with its number
	CArray                      // the elements of a C array
	Decimal                     // the number of instructions, then each as four decimal numbers
)

// Dump writes the program in a format of tcpdump.
func (p *Program) Dump(w io.Writer, how Listing) error {
	var b strings.Builder
	if how == Decimal {
		fmt.Fprintf(&b, "%d\n", len(p.code))
	}
	for i, in := range p.code {
		switch how {
		case Assembly:
			fmt.Fprintln(&b, assembly(in, i))
		case CArray:
			fmt.Fprintf(&b, "{ 0x%x, %d, %d, 0x%08x },\n", in.Op, in.Jt, in.Jf, in.K)
		default:
			fmt.Fprintf(&b, "%d %d %d %d\n", in.Op, in.Jt, in.Jf, in.K)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// assembly formats an instruction with its number, such as
// "(001) jeq      #0x800           jt 2 jf 10".
func assembly(in bpf.RawInstruction, at int) string {
	name, operand := mnemonic(in, at)
	line := fmt.Sprintf("(%03d) %-8s %s", at, name, operand)
	if in.Op&7 == classJmp && in.Op != classJmp|jmpAlways {
		line = fmt.Sprintf("(%03d) %-8s %-16s jt %d\tjf %d", at, name, operand, at+1+int(in.Jt), at+
			1+int(in.Jf))
	}
	return line
}

// aluNames are the names of arithmetic operations.
var aluNames = map[uint16]string{aluAdd: "add", aluSub: "sub", aluMul: "mul", aluDiv: "div",
	aluMod: "mod", aluAnd: "and", aluOr: "or",
	aluXor: "xor", aluLsh: "lsh", aluRsh: "rsh", aluNeg: "neg"}

// ancillaryNames are the names of Linux's ancillary data.
var ancillaryNames = map[uint32]string{ancProtocol: "[proto]", ancPktType: "[type]",
	ancIfIndex: "[ifidx]", ancVLANTCI: "[vlan_tci]", ancVLANHere: "[vlanp]"}

// mnemonic returns the name and the operand of an instruction.
func mnemonic(in bpf.RawInstruction, at int) (name, operand string) {
	switch in.Op & 7 {
	case classLd, classLdx:
		return loadMnemonic(in)
	case classSt, classStx:
		return map[uint16]string{classSt: "st", classStx: "stx"}[in.Op&7],
			fmt.Sprintf("M[%d]", in.K)
	case classRet:
		return "ret", fmt.Sprintf("#%d", in.K)
	case classMisc:
		return map[uint16]string{miscTax: "tax", miscTxa: "txa"}[in.Op&0xf8], ""
	case classALU:
		return aluMnemonic(in)
	}
	if in.Op == classJmp|jmpAlways {
		return "ja", fmt.Sprint(at + 1 + int(int32(in.K)))
	}
	name = map[uint16]string{jmpEq: "jeq", jmpGt: "jgt", jmpGe: "jge", jmpSet: "jset"}[in.Op&0xf0]
	if in.Op&srcX != 0 {
		return name, "x"
	}
	return name, fmt.Sprintf("#0x%x", in.K)
}

// aluMnemonic is mnemonic for arithmetic. Masks are hexadecimal, all other numbers decimal.
func aluMnemonic(in bpf.RawInstruction) (name, operand string) {
	op := in.Op & 0xf0
	switch {
	case op == aluNeg:
		return aluNames[op], ""
	case in.Op&srcX != 0:
		return aluNames[op], "x"
	case op == aluAnd || op == aluOr || op == aluXor:
		return aluNames[op], fmt.Sprintf("#0x%x", in.K)
	}
	return aluNames[op], fmt.Sprintf("#%d", in.K)
}

func loadMnemonic(in bpf.RawInstruction) (name, operand string) {
	name = map[uint16]string{sizeB: "ldb", sizeH: "ldh", sizeW: "ld"}[in.Op&0x18]
	if in.Op&7 == classLdx {
		name = "ldx"
	}
	switch in.Op & 0xe0 {
	case modeAbs:
		if anc, ok := ancillaryNames[in.K]; ok {
			return name, anc
		}
		return name, fmt.Sprintf("[%d]", int32(in.K))
	case modeInd:
		return name, fmt.Sprintf("[x + %d]", int32(in.K))
	case modeLen:
		return name, "#pktlen"
	case modeMem:
		return name, fmt.Sprintf("M[%d]", in.K)
	case modeMsh:
		return "ldxb", fmt.Sprintf("4*([%d]&0xf)", in.K)
	}
	return name, fmt.Sprintf("#0x%x", in.K)
}
