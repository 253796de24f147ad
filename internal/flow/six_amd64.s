//go:build !purego

#include "go_asm.h"
#include "entry_amd64.h"
#include "textflag.h"

// NEAR makes the place of the entry that a packet in IPv6 is probably of, or goes on where there is none. R14 is where the packet's ends are.
#define NEAR(number, entry, none) \
	MOVQ six_slot(SI), R14;     \
	MOVL (BX)(R14*4), number;   \
	SHLQ $const_endsShift, R14; \
	ADDQ DI, R14;               \
	DECL number;                \
	CMPL number, R8;            \
	JCC  none;                  \
	ENTRY(R9, number, entry)

// ADDRS makes the place of an entry's addresses of its ends.a, or goes on where it is not in IPv6.
#define ADDRS(a, piece, none) \
	MOVQ a, piece;                \
	SHRQ $const_kindShift, piece; \
	ANDL $const_kindV6, piece;    \
	CMPL piece, $const_kindV6;    \
	JNE  none;                    \
	SHRQ $16, a;                  \
	MOVL a, piece;                \
	SHRL $const_pieceBits, piece; \
	ANDL $(const_pieceLen-1), a;  \
	MOVQ (R10)(piece*8), piece;   \
	SHLL $const_addrsShift, a;                 \
	ADDQ piece, a

// func same6(list *six, n int, x *ends, near *uint32, pieces **[pieceLen]entry, known uint32, addrs **[pieceLen][2][16]byte, v6 *[2][16]byte)
TEXT ·same6(SB), NOSPLIT, $0-64
	MOVQ x+16(FP), DI
	MOVQ near+24(FP), BX
	MOVQ pieces+32(FP), R9
	MOVL known+40(FP), R8
	MOVQ addrs+48(FP), R10
	MOVQ v6+56(FP), R11

	MOVQ list+0(FP), SI
	MOVQ n+8(FP), CX
	JMP  entries

entry:
	NEAR(DX, AX, nobody)
	PREFETCHT0 (AX)

nobody:
	ADDQ $six__size, SI

entries:
	DECQ CX
	JGE  entry

	MOVQ list+0(FP), SI
	MOVQ n+8(FP), CX
	JMP  addresses

address:
	NEAR(DX, AX, skip)
	MOVQ       entry_a(AX), AX
	ADDRS(AX, DX, skip)
	PREFETCHT0 (AX)

skip:
	ADDQ $six__size, SI

addresses:
	DECQ CX
	JGE  address

	MOVQ list+0(FP), SI
	MOVQ n+8(FP), CX
	JMP  compared

compare:
	NEAR(DX, R15, other)
	MOVQ    entry_a(R15), AX
	MOVQ    AX, R12
	ADDRS(AX, DX, other)
	VMOVDQU (AX), Y0
	MOVQ    ends_a(R14), R13
	MOVL    R13, DX
	MOVQ    R13, AX
	SHRQ    $16, AX
	MOVL    AX, AX
	SHLQ    $const_addrsShift, AX
	VPXOR   (R11)(AX*1), Y0, Y0
	VPTEST  Y0, Y0
	JNE     other

	// Ports and kind, too.
	MOVQ ends_b(R14), AX
	XORQ entry_b(R15), AX
	XORL R12, DX
	ORL  DX, AX
	TESTL $0xffff, AX
	JNE  other
	MOVQ R13, AX
	XORQ R12, AX
	SHRQ $const_kindShift, AX
	XORL $const_kindApart, AX
	TESTB AL, AL
	JNE  other
	MOVQ R13, six_own(SI)
	SHLQ $(64-const_factsShift), R12
	SHRQ $(64-const_factsShift), R12
	MOVQ R12, ends_a(R14)

other:
	ADDQ $six__size, SI

compared:
	DECQ CX
	JGE  compare
	VZEROUPPER
	RET
