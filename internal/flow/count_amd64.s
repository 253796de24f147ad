//go:build !purego

#include "go_asm.h"
#include "entry_amd64.h"
#include "textflag.h"

// Above end B and the flags, that is from bit flagsShift on, stand the opening, whether there is a payload, and who sent the packet.
#define OPENS   (3<<(const_opensShift-const_flagsShift))
#define PAYLOAD (1<<(const_payloadShift-const_flagsShift))

// func countRun(pieces **[pieceLen]entry, known uint32, x *ends, near *uint32, nanos *int64, bytes *uint32, from, to int) (next int, spoke uint64)
TEXT ·countRun(SB), NOSPLIT, $0-80
	MOVQ pieces+0(FP), DI
	MOVL known+8(FP), R8
	MOVQ x+16(FP), SI
	MOVQ near+24(FP), BX
	MOVQ nanos+32(FP), R9
	MOVQ bytes+40(FP), R10
	MOVQ from+48(FP), AX
	MOVQ AX, CX
	SHLQ $const_endsShift, CX
	ADDQ CX, SI
	MOVQ $0, spoke+72(FP)
	JMP  begin

next:
	// The entry of a later packet is fetched.
	MOVL (4*const_fetchAhead)(BX)(AX*4), DX
	FETCH(DI, R8, DX, CX)

	// Is the packet of the entry that it probably is of? R12.
	MOVL (BX)(AX*4), DX
	DECL DX
	CMPL DX, R8
	JCC  done
	ENTRY(DI, DX, R12)
	MOVQ (SI), DX
	MOVQ 8(SI), CX
	MOVQ entry_b(R12), R13
	XORQ entry_a(R12), DX
	SHLQ $(64-const_factsShift), DX
	MOVQ CX, R15
	XORQ R13, R15
	SHLQ $(64-const_flagsShift), R15
	ORQ  DX, R15
	JNE  done

	// Is it earlier than the first one, or has that no time?
	MOVQ (R9)(AX*8), R14
	BTCQ $63, R14
	MOVQ entry_start(R12), R15
	DECQ R15
	CMPQ R14, R15
	JLS  done

	// Who sent it, DX, has room for one more? CX is what it says.
	SHRQ $const_flagsShift, CX
	MOVL CX, DX
	SHRL $(const_fromShift-const_flagsShift), DX
	ANDL $1, DX
	MOVL entry_packets(R12)(DX*4), R15
	ADDL $1, R15
	JCS  done
	MOVL R15, entry_packets(R12)(DX*4)
	MOVL (R10)(AX*4), R15
	ADDQ R15, entry_bytes(R12)(DX*8)

	MOVQ    entry_end(R12), R15
	CMPQ    R14, R15
	CMOVQCS R15, R14
	MOVQ    R14, entry_end(R12)

	MOVBLZX CX, R15
	LEAL    const_flagsShift(DX*8), R14
	SHLXQ   R14, R15, R15
	ORQ     R15, R13
	MOVQ    R13, entry_b(R12)

	// Does it open something, or is there a payload, the side's first one? R13 has the facts.
	MOVQ  entry_a(R12), R13
	MOVQ  R13, R14
	SHRQ  $const_factsShift, R14
	SHRXL DX, R14, R15
	SHLL  $(const_payloadShift-const_flagsShift-const_spokeShift), R15
	NOTL  R15
	ORL   $OPENS, R15
	ANDL  CX, R15
	TESTL $(OPENS|PAYLOAD), R15
	JNE   says

counted:
	ADDQ $ends__size, SI
	INCQ AX

begin:
	CMPQ AX, to+56(FP)
	JLT  next

done:
	MOVQ AX, next+64(FP)
	RET

says:
	// If nobody is known to have asked, or answered, this is who did.
	MOVL  CX, R15
	SHRL  $(const_opensShift-const_flagsShift), R15
	ANDL  $3, R15
	JEQ   payload
	ANDL  $2, R15                   // const_askedShift or const_answeredShift
	SHRXL R15, R14, R11
	TESTL $3, R11
	JNE   payload
	LEAL  1(DX), R11
	ADDL  $const_factsShift, R15
	SHLXQ R15, R11, R11
	ORQ   R11, R13

payload:
	TESTL $PAYLOAD, CX
	JEQ   said
	LEAL  const_spokeShift(DX), R15
	BTL   R15, R14
	JCS   said
	ADDL  $const_factsShift, R15
	BTSQ  R15, R13
	MOVQ  spoke+72(FP), R15
	BTSQ  AX, R15
	MOVQ  R15, spoke+72(FP)

said:
	MOVQ R13, entry_a(R12)
	JMP  counted

// func fetch(pieces **[pieceLen]entry, known uint32, near *uint32, n int)
TEXT ·fetch(SB), NOSPLIT, $0-32
	MOVQ pieces+0(FP), DI
	MOVL known+8(FP), R8
	MOVQ near+16(FP), BX
	MOVQ n+24(FP), R11
	XORL AX, AX
	JMP  begin

next:
	MOVL (BX)(AX*4), DX
	FETCH(DI, R8, DX, CX)
	INCQ AX

begin:
	CMPQ AX, R11
	JLT  next
	RET
