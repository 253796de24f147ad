//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// TOUCH has one slot fetched.
#define TOUCH(i) \
	MOVL       (4*i)(BX), DX;  \
	SHRXL      CX, DX, DX;     \
	PREFETCHT0 (SI)(DX*4)

// func expectSlots(slots *uint32, bits uint, hash, near *uint32, n int, later *uint32, m int) (odd uint64)
TEXT ·expectSlots(SB), NOSPLIT, $32-64
	MOVQ   slots+0(FP), SI
	MOVQ   bits+8(FP), R14
	MOVQ   hash+16(FP), R8
	MOVQ   near+24(FP), R9
	MOVQ   later+40(FP), DI
	VMOVQ  R14, X10
	MOVL   $32, R15
	SUBL   R14, R15
	VMOVQ  R15, X11
	XORL   R14, R14
	MOVQ   R14, odd+56(FP)

	// Words that are all ones, all zero, the number of the last slot, and of the one before it.
	VPCMPEQD Y7, Y7, Y7
	VPXOR    Y12, Y12, Y12
	VPSRLD   X11, Y7, Y14
	VPADDD   Y7, Y14, Y13
	JMP      begin

later:
	CMPQ m+48(FP), R14
	JLE  now
	MOVQ R15, CX
	LEAQ (DI)(R14*4), BX
	TOUCH(0)
	TOUCH(1)
	TOUCH(2)
	TOUCH(3)
	TOUCH(4)
	TOUCH(5)
	TOUCH(6)
	TOUCH(7)

now:
	CMPQ n+32(FP), R14
	JLE  more
	VMOVDQU (R8)(R14*4), Y0
	VPSRLD  X11, Y0, Y1
	VPSLLD  X10, Y0, Y2

	// Each slot where to begin is read with the next one, Y4 and Y5; in place of the last slot, which has none, the one before it: such a packet is odd, Y6.
	VPCMPEQD    Y14, Y1, Y6
	VPMINUD     Y13, Y1, Y1
	VMOVDQU     Y1, slot-32(SP)
	MOVL        slot-32(SP), AX
	MOVL        slot-28(SP), BX
	MOVL        slot-24(SP), CX
	MOVL        slot-20(SP), DX
	MOVL        slot-16(SP), R10
	MOVL        slot-12(SP), R11
	MOVL        slot-8(SP), R12
	MOVL        slot-4(SP), R13
	VMOVQ       (SI)(AX*4), X4
	VPINSRQ     $1, (SI)(BX*4), X4, X4
	VMOVQ       (SI)(CX*4), X5
	VPINSRQ     $1, (SI)(DX*4), X5, X5
	VMOVQ       (SI)(R10*4), X8
	VPINSRQ     $1, (SI)(R11*4), X8, X8
	VMOVQ       (SI)(R12*4), X9
	VPINSRQ     $1, (SI)(R13*4), X9, X9
	VINSERTI128 $1, X8, Y4, Y8
	VINSERTI128 $1, X9, Y5, Y9
	VSHUFPS     $0x88, Y9, Y8, Y4
	VSHUFPS     $0xdd, Y9, Y8, Y5

	// Which first slots are empty, Y8, or have the hash, Y0; which second ones have it, Y3, or are empty, Y9. The rest is odd.
	VPCMPEQD  Y12, Y4, Y8
	VPCMPEQD  Y12, Y5, Y9
	VPXOR     Y2, Y4, Y4
	VPXOR     Y2, Y5, Y5
	VPSRLD    X10, Y4, Y0
	VPCMPEQD  Y12, Y0, Y0
	VPSRLD    X10, Y5, Y3
	VPCMPEQD  Y12, Y3, Y3
	VPOR      Y0, Y8, Y1
	VPOR      Y3, Y9, Y9
	VPOR      Y1, Y9, Y9
	VPANDN    Y7, Y9, Y9
	VPOR      Y6, Y9, Y9
	VMOVMSKPS Y9, AX
	MOVL      R14, CX
	SHLQ      CX, AX
	ORQ       AX, odd+56(FP)

	// The entry's number plus one.
	VPAND     Y5, Y3, Y3
	VPANDN    Y3, Y8, Y3
	VPBLENDVB Y0, Y4, Y3, Y3
	VMOVDQU   Y3, (R9)(R14*4)

more:
	ADDQ $8, R14

begin:
	CMPQ n+32(FP), R14
	JGT  later
	CMPQ m+48(FP), R14
	JGT  later
	VZEROUPPER
	RET
