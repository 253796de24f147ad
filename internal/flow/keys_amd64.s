//go:build !purego

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

// What the first loop leaves to the second.
#define ONE   0    // 64 factors
#define OTHER 512  // and 64 others
#define FOUR  1024 // which packets are in IPv4, a bit each
#define END   1032 // where the lists of words end

// ENDS makes the ends of the four packets from number 4*k on, R14 being four times the number of the first one.
#define ENDS(k) \
	VPMOVZXDQ    (16*k)(SI)(R14*1), Y0;                 \
	VPMOVZXDQ    (16*k)(BX)(R14*1), Y1;                 \
	VMOVDQU      (32*k)(CX)(R14*2), Y2;                 \
	VPSRLQ       $32, Y2, Y3;                           \
	VPSLLQ       $16, Y3, Y3;                           \
	VPSRLQ       $16, Y1, Y4;                           \
	VPOR         Y4, Y3, Y3;                            \
	VPSLLQ       $32, Y2, Y2;                           \
	VPSRLQ       $16, Y2, Y2;                           \
	VPAND        Y8, Y1, Y1;                            \
	VPOR         Y1, Y2, Y2;                            \
	VPCMPGTQ     Y2, Y3, Y4;                            \
	VPBLENDVB    Y4, Y2, Y3, Y5;                        \
	VPBLENDVB    Y4, Y3, Y2, Y6;                        \
	VPAND        Y9, Y0, Y1;                            \
	VPSRLQ       $const_whatFlags, Y0, Y0;              \
	VPSLLQ       $const_flagsShift, Y0, Y0;             \
	VPAND        Y10, Y4, Y4;                           \
	VPOR         Y4, Y0, Y0;                            \
	VPOR         Y6, Y0, Y0;                            \
	VPSLLQ       $const_kindShift, Y1, Y2;              \
	VPOR         Y5, Y2, Y2;                            \
	VPUNPCKLQDQ  Y0, Y2, Y3;                            \
	VPUNPCKHQDQ  Y0, Y2, Y4;                            \
	VMOVDQU      X3, (64*k)(DI)(R14*4);                 \
	VMOVDQU      X4, (64*k+16)(DI)(R14*4);              \
	VEXTRACTI128 $1, Y3, (64*k+32)(DI)(R14*4);          \
	VEXTRACTI128 $1, Y4, (64*k+48)(DI)(R14*4);          \
	VPXOR        Y11, Y5, Y5;                           \
	VMOVDQU      Y5, (ONE+32*k)(SP)(R14*2);             \
	VPSLLQ       $56, Y1, Y1;                           \
	VPXOR        Y12, Y6, Y6;                           \
	VPXOR        Y1, Y6, Y6;                            \
	VMOVDQU      Y6, (OTHER+32*k)(SP)(R14*2)

// func keysOf(what, ports *uint32, addrs *uint64, lengths *uint32, eights int, s *seed, to *ends, hash *uint32) (four, sum uint64)
TEXT ·keysOf(SB), 0, $1040-80
	NO_LOCAL_POINTERS
	MOVQ what+0(FP), SI
	MOVQ ports+8(FP), BX
	MOVQ addrs+16(FP), CX
	MOVQ lengths+24(FP), DX
	MOVQ s+40(FP), R9
	MOVQ to+48(FP), DI
	MOVQ hash+56(FP), R8
	MOVQ eights+32(FP), AX
	SHLQ $5, AX
	MOVQ AX, END(SP)

	// 16 and 8 bits of each eight bytes, a bit for who sent it, the place of the version in each word, and 4 there.
	VPCMPEQD     Y7, Y7, Y7
	VPSRLQ       $48, Y7, Y8
	VPSRLQ       $56, Y7, Y9
	VPSRLQ       $63, Y7, Y10
	VPSLLQ       $const_fromShift, Y10, Y10
	VPSRLD       $28, Y7, Y13
	VPSLLD       $const_whatVersion, Y13, Y13
	VPSRLD       $31, Y7, Y14
	VPSLLD       $(const_whatVersion+2), Y14, Y14
	VPBROADCASTQ 0(R9), Y11
	VPBROADCASTQ 8(R9), Y12
	VPXOR        Y15, Y15, Y15
	XORL         R14, R14

ends:
	ENDS(0)
	ENDS(1)
	VPAND     (SI)(R14*1), Y13, Y0
	VPCMPEQD  Y14, Y0, Y0
	VMOVMSKPS Y0, AX
	MOVL      R14, R10
	SHRL      $5, R10
	MOVB      AX, FOUR(SP)(R10*1)
	VPAND     (DX)(R14*1), Y0, Y0
	VPSRLQ    $32, Y0, Y1
	VPSLLQ    $32, Y0, Y0
	VPSRLQ    $32, Y0, Y0
	VPADDQ    Y0, Y15, Y15
	VPADDQ    Y1, Y15, Y15
	ADDQ      $32, R14
	CMPQ      R14, END(SP)
	JNE       ends

	VEXTRACTI128 $1, Y15, X0
	VPADDQ       X0, X15, X15
	VPSHUFD      $0xee, X15, X0
	VPADDQ       X0, X15, X15
	VMOVQ        X15, AX
	MOVQ         AX, sum+72(FP)
	MOVQ         FOUR(SP), AX
	MOVQ         AX, four+64(FP)
	VZEROUPPER

	// As seed.hash4 does it.
	MOVQ 16(R9), R10
	MOVQ 24(R9), R11
	ORQ  $1, R11
	MOVQ END(SP), CX
	XORL R14, R14

hash:
	MOVQ ONE(SP)(R14*2), AX
	MULQ OTHER(SP)(R14*2)
	XORQ DX, AX
	XORQ R10, AX
	MULQ R11
	XORQ DX, AX
	SHRQ $32, AX
	MOVL AX, (R8)(R14*1)
	MOVQ (ONE+8)(SP)(R14*2), AX
	MULQ (OTHER+8)(SP)(R14*2)
	XORQ DX, AX
	XORQ R10, AX
	MULQ R11
	XORQ DX, AX
	SHRQ $32, AX
	MOVL AX, 4(R8)(R14*1)
	ADDQ $8, R14
	CMPQ R14, CX
	JNE  hash
	RET

// func hashEntries(list *entry, n int, s *seed, hash *uint32) (six uint64)
TEXT ·hashEntries(SB), NOSPLIT, $0-40
	MOVQ list+0(FP), SI
	MOVQ n+8(FP), R13
	MOVQ s+16(FP), R15
	MOVQ hash+24(FP), DI
	MOVQ 0(R15), R8
	MOVQ 8(R15), R9
	MOVQ 16(R15), R10
	MOVQ 24(R15), R11
	ORQ  $1, R11
	MOVQ $const_endMask, R12
	XORL R14, R14
	XORL CX, CX
	JMP  begin

next:
	MOVQ entry_a(SI), AX
	MOVQ entry_b(SI), BX
	MOVQ AX, DX
	SHRQ $const_kindShift, DX
	MOVL DX, R15
	ANDL $const_kindV6, R15
	CMPL R15, $const_kindV6
	JNE  four
	BTSQ CX, R14

four:
	ANDQ R12, AX
	ANDQ R12, BX
	SHLQ $56, DX
	XORQ R8, AX
	XORQ R9, BX
	XORQ DX, BX
	MULQ BX
	XORQ DX, AX
	XORQ R10, AX
	MULQ R11
	XORQ DX, AX
	SHRQ $32, AX
	MOVL AX, (DI)(CX*4)
	ADDQ $entry__size, SI
	INCQ CX

begin:
	CMPQ CX, R13
	JLT  next
	MOVQ R14, six+32(FP)
	RET

// func keysOf6(data *byte, which uint64, what, ports *uint32, addrs *uint64, s *seed, to *ends, hash *uint32, v6 *[2][16]byte, number uint64)
TEXT ·keysOf6(SB), NOSPLIT, $0-80
	MOVQ data+0(FP), SI
	MOVQ which+8(FP), R15
	MOVQ addrs+32(FP), R8
	MOVQ s+40(FP), R9
	MOVQ to+48(FP), DI
	MOVQ v6+64(FP), R10
	MOVQ number+72(FP), R11
	SHLQ $16, R11
	JMP  begin

next:
	BSFQ    R15, CX
	LEAQ    -1(R15), AX
	ANDQ    AX, R15
	MOVQ    ports+24(FP), BX
	MOVL    (BX)(CX*4), DX
	MOVWLZX DX, AX
	SHRL    $16, DX

	// R12 is all ones if the source is above the destination, by its address, or by its port, DX above AX, where that is the same.
	MOVQ   (R8)(CX*8), BX
	ADDQ   SI, BX
	MOVQ   8(BX), R12
	MOVQ   24(BX), R13
	BSWAPQ R12
	BSWAPQ R13
	SUBQ   R12, R13
	MOVQ   0(BX), R12
	MOVQ   16(BX), R14
	BSWAPQ R12
	BSWAPQ R14
	SBBQ   R12, R14
	SBBQ   R12, R12
	ORQ    R14, R13
	JNE    order
	CMPL   AX, DX
	SBBQ   R12, R12

order:
	// Then they change places: DX is A's port, R13 is B's.
	MOVL         AX, R13
	XORL         DX, AX
	ANDL         R12, AX
	XORL         AX, DX
	XORL         AX, R13
	VMOVQ        R12, X2
	VPBROADCASTQ X2, X2
	VMOVDQU      0(BX), X0
	VMOVDQU      16(BX), X1
	VPXOR        X0, X1, X3
	VPAND        X2, X3, X3
	VPXOR        X3, X0, X0
	VPXOR        X3, X1, X1
	VMOVDQU      X0, 0(R10)
	VMOVDQU      X1, 16(R10)

	// The ends, R14 being the kind.
	MOVQ    what+16(FP), BX
	MOVL    (BX)(CX*4), BX
	ADDQ    CX, CX
	MOVBLZX BX, R14
	SHRL    $const_whatFlags, BX
	SHLQ    $const_flagsShift, BX
	ANDL    $1, R12
	SHLQ    $const_fromShift, R12
	ORQ     R12, BX
	ORQ     R13, BX
	MOVQ    BX, ends_b(DI)(CX*8)
	MOVL    R14, R12
	ORL     $const_kindApart, R12
	SHLQ    $const_kindShift, R12
	ORQ     R11, R12
	ORQ     DX, R12
	MOVQ    R12, ends_a(DI)(CX*8)

	// As seed.hash6 does it.
	MOVQ DX, AX
	XORQ 0(R9), AX
	SHLQ $56, R14
	XORQ 8(R9), R14
	XORQ R13, R14
	MULQ R14
	XORQ DX, AX
	XORQ 16(R9), AX
	XORQ 0(R10), AX
	MOVQ 8(R10), R14
	XORQ 24(R9), R14
	MULQ R14
	XORQ DX, AX
	XORQ 16(R9), AX
	XORQ 16(R10), AX
	MOVQ 24(R10), R14
	XORQ 24(R9), R14
	MULQ R14
	XORQ DX, AX
	XORQ 16(R9), AX
	MOVQ 24(R9), R14
	ORQ  $1, R14
	MULQ R14
	XORQ DX, AX
	SHRQ $32, AX
	MOVQ hash+56(FP), BX
	MOVL AX, (BX)(CX*2)
	ADDQ $32, R10
	ADDQ $(1<<16), R11

begin:
	TESTQ R15, R15
	JNE   next
	VZEROUPPER
	RET
