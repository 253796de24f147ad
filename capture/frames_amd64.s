//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func recordsLittle(data *byte, size, from uint, max int, limit uint32, unit int64, f *Frames) (n int, next uint)
TEXT ·recordsLittle(SB), NOSPLIT, $0-72
	MOVQ data+0(FP), SI
	MOVQ size+8(FP), R8
	MOVQ from+16(FP), AX
	MOVQ max+24(FP), R11
	MOVL limit+32(FP), R9
	MOVQ unit+40(FP), R10
	MOVQ f+48(FP), DI
	XORL CX, CX
	JMP  begin

next:
	// The header has to be there, up to BX.
	LEAQ const_pcapRecordLen(AX), BX
	CMPQ BX, R8
	JHI  done
	MOVQ 0(SI)(AX*1), DX
	MOVQ 8(SI)(AX*1), R12

	// What lies ahead is fetched.
	PREFETCHT0 const_touchAhead(SI)(AX*1)
	PREFETCHT0 (const_touchAhead+64)(SI)(AX*1)

	// And so has the packet, which is R13 bytes long, up to R15.
	MOVL R12, R13
	CMPL R13, R9
	JHI  done
	LEAQ (BX)(R13*1), R15
	CMPQ R15, R8
	JHI  done

	MOVL  BX, Frames_At(DI)(CX*4)
	MOVL  R13, Frames_Len(DI)(CX*4)
	SHRQ  $32, R12
	MOVL  R12, Frames_Wire(DI)(CX*4)
	MOVL  DX, R12
	IMULQ $const_second, R12
	SHRQ  $32, DX
	IMULQ R10, DX
	ADDQ  DX, R12
	MOVQ  R12, Frames_Nanos(DI)(CX*8)
	MOVQ  R15, AX
	INCQ  CX

begin:
	CMPQ CX, R11
	JLT  next

done:
	MOVQ CX, n+56(FP)
	MOVQ AX, next+64(FP)
	RET
