//go:build !purego

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

// What the first loop leaves to the second.
#define PLACE 0   // 64 places in a table: of what a packet's port sent, or was sent
#define COUNT 256 // which packets are to be counted, a bit each
#define END   264 // where the lists end

// func countPorts(what, list *uint32, eights, n int, low uint32, bytes *uint32, nanos *int64, tcp, udp *[ports]cell) (counted, sum uint64)
TEXT ·countPorts(SB), 0, $272-88
	NO_LOCAL_POINTERS
	MOVQ what+0(FP), SI
	MOVQ list+8(FP), BX
	MOVQ eights+16(FP), AX
	SHLQ $5, AX
	MOVQ AX, END(SP)
	MOVQ $0, COUNT(SP)

	// Which of the two ports has no bit of low where the other one has: it is the one that counts, but not if it is 0.
	MOVL         low+32(FP), AX
	VMOVD        AX, X15
	VPBROADCASTD X15, Y15
	VPXOR        Y14, Y14, Y14
	VPCMPEQD     Y13, Y13, Y13
	VPSRLD       $31, Y13, Y11
	VPSLLD       $const_sentShift, Y11, Y12
	XORL         R14, R14

choose:
	VMOVDQU   (BX)(R14*1), Y0
	VMOVDQU   (SI)(R14*1), Y6
	VPSRLD    $16, Y0, Y1
	VPSLLD    $16, Y0, Y2
	VPSRLD    $16, Y2, Y2
	VPAND     Y15, Y1, Y3
	VPAND     Y15, Y2, Y4
	VPCMPEQD  Y3, Y4, Y4
	VPCMPEQD  Y14, Y3, Y3
	VPBLENDVB Y3, Y1, Y2, Y5
	VPCMPEQD  Y14, Y5, Y7
	VPOR      Y7, Y4, Y4
	VPCMPEQD  Y14, Y6, Y7
	VPOR      Y7, Y4, Y4
	VPXOR     Y13, Y4, Y4
	VMOVMSKPS Y4, AX
	MOVL      R14, CX
	SHRL      $5, CX
	MOVB      AX, COUNT(SP)(CX*1)

	// A port's place, the next Count's where the packet was sent to it, and 1 more for TCP.
	VPSLLD  $const_cellShift, Y5, Y5
	VPANDN  Y12, Y3, Y3
	VPOR    Y3, Y5, Y5
	VPAND   Y11, Y6, Y6
	VPOR    Y6, Y5, Y5
	VMOVDQU Y5, PLACE(SP)(R14*1)
	ADDQ    $32, R14
	CMPQ    R14, END(SP)
	JNE     choose
	VZEROUPPER

	MOVQ  n+24(FP), CX
	MOVQ  COUNT(SP), R8
	MOVQ  $-1, AX
	NEGQ  CX
	ADDQ  $64, CX
	SHRQ  CX, AX
	ANDQ  AX, R8
	MOVQ  R8, counted+72(FP)
	MOVQ  bytes+40(FP), R9
	MOVQ  nanos+48(FP), R10
	MOVQ  tcp+56(FP), R11
	MOVQ  udp+64(FP), R12
	XORL  R13, R13
	TESTQ R8, R8
	JEQ   done

next:
	BSFQ    R8, CX
	LEAQ    -1(R8), DX
	ANDQ    DX, R8
	MOVL    PLACE(SP)(CX*4), AX
	MOVQ    R12, DI
	BTRL    $0, AX
	CMOVQCS R11, DI
	MOVL    (R9)(CX*4), DX
	ADDQ    DX, R13
	ADDQ    $1, Count_Packets(DI)(AX*1)
	ADDQ    DX, Count_Bytes(DI)(AX*1)
	ANDL    $~(1<<const_cellShift-1), AX
	ADDQ    AX, DI
	MOVQ    (R10)(CX*8), BX
	BTCQ    $63, BX
	MOVQ    cell_late(DI), DX
	CMPQ    DX, BX
	CMOVQCS BX, DX
	MOVQ    DX, cell_late(DI)
	NEGQ    BX
	MOVQ    cell_early(DI), DX
	CMPQ    DX, BX
	CMOVQCS BX, DX
	MOVQ    DX, cell_early(DI)
	TESTQ   R8, R8
	JNE     next

done:
	MOVQ R13, sum+80(FP)
	RET
