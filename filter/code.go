package filter

// Parts of the code of a classic BPF instruction, as in Linux's include/uapi/linux/bpf_common.h and
// filter.h.
const (
	classLd   = 0x00
	classLdx  = 0x01
	classSt   = 0x02
	classStx  = 0x03
	classALU  = 0x04
	classJmp  = 0x05
	classRet  = 0x06
	classMisc = 0x07

	sizeW = 0x00
	sizeH = 0x08
	sizeB = 0x10

	modeImm = 0x00
	modeAbs = 0x20
	modeInd = 0x40
	modeMem = 0x60
	modeLen = 0x80
	modeMsh = 0xa0

	aluAdd = 0x00
	aluSub = 0x10
	aluMul = 0x20
	aluDiv = 0x30
	aluOr  = 0x40
	aluAnd = 0x50
	aluLsh = 0x60
	aluRsh = 0x70
	aluNeg = 0x80
	aluMod = 0x90
	aluXor = 0xa0

	jmpAlways = 0x00
	jmpEq     = 0x10
	jmpGt     = 0x20
	jmpGe     = 0x30
	jmpSet    = 0x40

	srcK = 0x00
	srcX = 0x08

	miscTax = 0x00
	miscTxa = 0x80
)

// registers is the number of 32-bit registers besides the accumulator and the index.
const registers = 16

// kernelInstructions is the longest program that the kernel accepts, BPF_MAXINSNS. maxInstructions
// is the longest program of this package.
const (
	kernelInstructions = 4096
	maxInstructions    = 1 << 15
)

// Linux provides ancillary data at these offsets beyond any frame, include/uapi/linux/filter.h.
const (
	ancillary   = 0xfffff000
	ancProtocol = ancillary
	ancPktType  = ancillary + 4
	ancIfIndex  = ancillary + 8
	ancVLANTCI  = ancillary + 44
	ancVLANHere = ancillary + 48
)
