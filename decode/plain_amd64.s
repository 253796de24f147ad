//go:build !purego

#include "go_asm.h"
#include "funcdata.h"
#include "textflag.h"

// PLACES has the places of eight frames in registers.
#define PLACES(list) \
	MOVL list+0(SP)(R14*1), AX;   \
	MOVL list+4(SP)(R14*1), BX;   \
	MOVL list+8(SP)(R14*1), CX;   \
	MOVL list+12(SP)(R14*1), DX;  \
	MOVL list+16(SP)(R14*1), R10; \
	MOVL list+20(SP)(R14*1), R11; \
	MOVL list+24(SP)(R14*1), R12; \
	MOVL list+28(SP)(R14*1), R13

// ROWS loads 16 bytes from one place of each of eight frames: of the first four into the lower halves of registers, of the others into their upper halves.
#define ROWS(place, y0, x0, y1, x1, y2, x2, y3, x3) \
	VMOVDQU     place(SI)(AX*1), x0;          \
	VMOVDQU     place(SI)(BX*1), x1;          \
	VMOVDQU     place(SI)(CX*1), x2;          \
	VMOVDQU     place(SI)(DX*1), x3;          \
	VINSERTI128 $1, place(SI)(R10*1), y0, y0; \
	VINSERTI128 $1, place(SI)(R11*1), y1, y1; \
	VINSERTI128 $1, place(SI)(R12*1), y2, y2; \
	VINSERTI128 $1, place(SI)(R13*1), y3, y3

// COLUMNS turns them into the frames' first, second, third and fourth words. It takes four more registers.
#define COLUMNS(y0, y1, y2, y3, t0, t1, t2, t3) \
	VPUNPCKLDQ  y1, y0, t0; \
	VPUNPCKHDQ  y1, y0, t1; \
	VPUNPCKLDQ  y3, y2, t2; \
	VPUNPCKHDQ  y3, y2, t3; \
	VPUNPCKLQDQ t2, t0, y0; \
	VPUNPCKHQDQ t2, t0, y1; \
	VPUNPCKLQDQ t3, t1, y2; \
	VPUNPCKHQDQ t3, t1, y3

// What one loop leaves to the next, each a list of 64 words.
#define PLACE  0    // where to begin
#define LATER  256  // and for what follows IP
#define HAS    512  // how much was captured from there on
#define LOOK   768  // which frames to look at
#define THERE  1024 // how much there is of the transport header and what follows
#define TCP    1280 // which are TCP
#define UDP    1536 // and UDP
#define SIX    1792 // and in IPv6
#define PLAIN  2048 // which are plain, a bit each
#define END    2056 // where the lists end

// func plainEights(data *byte, last uint32, eights int, at, caplen *[RunLen]uint32, found *Headers, w *lanes) (plain uint64)
TEXT ·plainEights(SB), 0, $2064-64
	NO_LOCAL_POINTERS
	MOVQ         data+0(FP), SI
	MOVL         last+8(FP), AX
	VMOVD        AX, X13
	VPBROADCASTD X13, Y13
	MOVQ         eights+16(FP), AX
	SHLQ         $5, AX
	MOVQ         AX, END(SP)
	MOVQ         at+24(FP), R8
	MOVQ         caplen+32(FP), R9
	MOVQ         found+40(FP), DI
	MOVQ         w+48(FP), R15

	// First, which frames can be read in all places that are read below; in their stead the first byte of data is looked at.
	XORL         R14, R14
	VMOVDQU      lanes_reach(R15), Y6
	VPADDD       Y6, Y13, Y6

within:
	VMOVDQU  (R8)(R14*1), Y0
	VMOVDQU  (R9)(R14*1), Y2
	VPMINUD  Y13, Y0, Y1
	VPCMPEQD Y0, Y1, Y3
	VPAND    Y3, Y0, Y0
	VPSUBD   Y0, Y6, Y1
	VPMINUD  Y1, Y2, Y1
	VPCMPEQD Y2, Y1, Y1
	VPAND    Y1, Y3, Y3
	VMOVDQU  Y0, PLACE(SP)(R14*1)
	VMOVDQU  Y3, LOOK(SP)(R14*1)
	ADDQ     $32, R14
	CMPQ     R14, END(SP)
	JNE      within

	// A tag is stepped over: then a frame begins behind that, but for its first addresses. Enough has to be captured.
	XORL    R14, R14
	VMOVDQU lanes_lower(R15), Y6
	VMOVDQU lanes_vlan(R15), Y7
	VMOVDQU lanes_tag(R15), Y8
	VMOVDQU lanes_least(R15), Y9

tags:
	PLACES(PLACE)
	VMOVD       const_rowType(SI)(AX*1), X1
	VPINSRD     $1, const_rowType(SI)(BX*1), X1, X1
	VPINSRD     $2, const_rowType(SI)(CX*1), X1, X1
	VPINSRD     $3, const_rowType(SI)(DX*1), X1, X1
	VMOVD       const_rowType(SI)(R10*1), X2
	VPINSRD     $1, const_rowType(SI)(R11*1), X2, X2
	VPINSRD     $2, const_rowType(SI)(R12*1), X2, X2
	VPINSRD     $3, const_rowType(SI)(R13*1), X2, X2
	VINSERTI128 $1, X2, Y1, Y1
	VPAND       Y6, Y1, Y1
	VPCMPEQD    Y7, Y1, Y1
	VPAND       Y8, Y1, Y1
	VMOVDQU     (R9)(R14*1), Y0
	VPADDD      Y9, Y1, Y2
	VPMAXUD     Y2, Y0, Y2
	VPCMPEQD    Y0, Y2, Y2
	VPAND       LOOK(SP)(R14*1), Y2, Y2
	VMOVDQU     Y2, LOOK(SP)(R14*1)
	VPSUBD      Y1, Y0, Y0
	VMOVDQU     Y0, HAS(SP)(R14*1)
	VPADDD      PLACE(SP)(R14*1), Y1, Y1
	VMOVDQU     Y1, PLACE(SP)(R14*1)
	ADDQ        $32, R14
	CMPQ        R14, END(SP)
	JNE         tags

	XORL    R14, R14
	VMOVDQU lanes_etherType(R15), Y8
	VMOVDQU lanes_ipv4(R15), Y9
	VMOVDQU lanes_swap(R15), Y10
	VPXOR   Y12, Y12, Y12

ip:
	PLACES(PLACE)
	VMOVDQU HAS(SP)(R14*1), Y14
	VMOVDQU LOOK(SP)(R14*1), Y15

	// IPv4 without options and not in pieces: Y5. IPv6: Y11.
	ROWS(const_rowLink, Y0, X0, Y1, X1, Y2, X2, Y3, X3)
	COLUMNS(Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7)
	VPAND    Y8, Y0, Y0
	VPXOR    Y9, Y0, Y5
	VPXOR    lanes_version(R15), Y1, Y4
	VPAND    lanes_first(R15), Y4, Y4
	VPOR     Y4, Y5, Y5
	VPAND    lanes_pieces(R15), Y2, Y4
	VPOR     Y4, Y5, Y5
	VPCMPEQD Y12, Y5, Y5
	VPAND    Y15, Y5, Y5
	VPCMPEQD lanes_ipv6(R15), Y0, Y0
	VPAND    lanes_digits(R15), Y1, Y4
	VPCMPEQD lanes_version6(R15), Y4, Y4
	VPAND    Y4, Y0, Y0
	VPMAXUD  lanes_least6(R15), Y14, Y4
	VPCMPEQD Y14, Y4, Y4
	VPAND    Y4, Y0, Y0
	VPAND    Y15, Y0, Y11

	// TCP: Y4, UDP: Y5; Y2: how much there is of the transport header and what follows.
	VPOR      Y5, Y11, Y0
	VPSRLD    $8, Y2, Y4
	VPBLENDVB Y11, Y4, Y3, Y3
	VPAND     lanes_protocol(R15), Y3, Y3
	VPCMPEQD  lanes_tcp(R15), Y3, Y4
	VPCMPEQD  lanes_udp(R15), Y3, Y5
	VPAND     Y0, Y4, Y4
	VPAND     Y0, Y5, Y5
	VPSHUFB   Y10, Y1, Y1
	VPAND     lanes_lower(R15), Y1, Y1
	VPSHUFB   Y10, Y2, Y2
	VPSRLD    $16, Y2, Y2
	VPSUBD    lanes_ethernet(R15), Y14, Y14
	VPMINUD   Y14, Y1, Y1
	VPSUBD    lanes_ip(R15), Y1, Y1
	VPSUBD    lanes_ip6(R15), Y14, Y14
	VPMINUD   Y14, Y2, Y2
	VPBLENDVB Y11, Y2, Y1, Y2
	VPCMPGTD  lanes_belowTCP(R15), Y2, Y1
	VPAND     Y1, Y4, Y4
	VPCMPGTD  lanes_belowUDP(R15), Y2, Y1
	VPAND     Y1, Y5, Y5
	VMOVDQU   Y2, THERE(SP)(R14*1)
	VMOVDQU   Y4, TCP(SP)(R14*1)
	VMOVDQU   Y5, UDP(SP)(R14*1)
	VMOVDQU   Y11, SIX(SP)(R14*1)

	// In IPv6 all that follows is later.
	VPAND   lanes_later(R15), Y11, Y0
	VPADDD  PLACE(SP)(R14*1), Y0, Y0
	VMOVDQU Y0, LATER(SP)(R14*1)
	ADDQ    $32, R14
	CMPQ    R14, END(SP)
	JNE     ip

	XORL R14, R14

transport:
	PLACES(LATER)
	VMOVDQU THERE(SP)(R14*1), Y2
	VMOVDQU TCP(SP)(R14*1), Y4
	VMOVDQU UDP(SP)(R14*1), Y5
	VMOVDQU SIX(SP)(R14*1), Y11
	VMOVDQU PLACE(SP)(R14*1), Y12

	// Source Y6, destination Y7, ports Y8, and the word behind them Y9; then the word with TCP's control bits, Y0.
	ROWS(const_rowAddrs, Y6, X6, Y7, X7, Y8, X8, Y9, X9)
	COLUMNS(Y6, Y7, Y8, Y9, Y0, Y1, Y3, Y10)
	ROWS(const_rowTCP, Y0, X0, Y1, X1, Y3, X3, Y10, X10)
	VPUNPCKHDQ  Y1, Y0, Y0
	VPUNPCKHDQ  Y10, Y3, Y3
	VPUNPCKLQDQ Y3, Y0, Y0
	VMOVDQU     lanes_swap(R15), Y1
	VPSHUFB     Y1, Y6, Y6
	VPSHUFB     Y1, Y7, Y7
	VPSHUFB     Y1, Y8, Y8
	VPSHUFB     Y1, Y9, Y9
	VPADDD      lanes_addrs6(R15), Y12, Y12
	VPANDN      Y6, Y11, Y6
	VPBLENDVB   Y11, Y12, Y7, Y7
	VMOVDQU     Y8, Headers_Ports(DI)(R14*1)
	VPUNPCKLDQ  Y6, Y7, Y1
	VPUNPCKHDQ  Y6, Y7, Y3
	VPERM2I128  $0x20, Y3, Y1, Y6
	VPERM2I128  $0x31, Y3, Y1, Y7
	VMOVDQU     Y6, Headers_Addrs(DI)(R14*2)
	VMOVDQU     Y7, (Headers_Addrs+32)(DI)(R14*2)

	// UDP without a length that can't be, and without a port that may be a tunnel's: the bits that all four digits of a port name.
	VPSRLD   $16, Y9, Y9
	VPCMPGTD lanes_belowUDP(R15), Y9, Y1
	VPAND    Y1, Y5, Y5
	VMOVDQU  lanes_digit(R15), Y3
	VPAND    Y3, Y8, Y1
	VPSRLD   $4, Y8, Y8
	VPAND    Y3, Y8, Y8
	VMOVDQU  lanes_digit0(R15), Y3
	VPSHUFB  Y1, Y3, Y3
	VMOVDQU  lanes_digit1(R15), Y6
	VPSHUFB  Y8, Y6, Y6
	VPAND    Y6, Y3, Y3
	VMOVDQU  lanes_digit2(R15), Y6
	VPSHUFB  Y1, Y6, Y6
	VMOVDQU  lanes_digit3(R15), Y7
	VPSHUFB  Y8, Y7, Y7
	VPAND    Y7, Y6, Y6
	VPSRLW   $8, Y6, Y6
	VPAND    Y6, Y3, Y3
	VPXOR    Y6, Y6, Y6
	VPCMPEQD Y6, Y3, Y3
	VPAND    Y3, Y5, Y5

	// Whether there is a payload, Y9 for UDP and Y1 for TCP.
	VPMINUD  Y2, Y9, Y9
	VPCMPGTD lanes_headerUDP(R15), Y9, Y9
	VPAND    lanes_offset(R15), Y0, Y1
	VPSRLD   $2, Y1, Y1
	VPCMPGTD Y1, Y2, Y2
	VPCMPGTD lanes_belowTCP(R15), Y1, Y1
	VPAND    Y2, Y1, Y1

	// What they are.
	VPAND    lanes_payload(R15), Y9, Y9
	VPOR     lanes_isUDP(R15), Y9, Y9
	VPAND    Y5, Y9, Y9
	VPAND    lanes_payload(R15), Y1, Y1
	VPOR     lanes_isTCP(R15), Y1, Y1
	VPAND    lanes_opening(R15), Y0, Y2
	VPCMPEQD lanes_syn(R15), Y2, Y3
	VPAND    lanes_asks(R15), Y3, Y3
	VPOR     Y3, Y1, Y1
	VPCMPEQD lanes_synAck(R15), Y2, Y3
	VPAND    lanes_answers(R15), Y3, Y3
	VPOR     Y3, Y1, Y1
	VPAND    lanes_flags(R15), Y0, Y0
	VPOR     Y0, Y1, Y1
	VPAND    Y4, Y1, Y1
	VPOR     Y9, Y1, Y1
	VPOR     Y5, Y4, Y4
	VPAND    lanes_isIPv6(R15), Y11, Y11
	VPAND    Y4, Y11, Y11
	VPOR     Y11, Y1, Y1
	VMOVDQU  Y1, Headers_What(DI)(R14*1)
	VMOVMSKPS Y4, BX
	MOVL     R14, AX
	SHRL     $5, AX
	MOVB     BX, PLAIN(SP)(AX*1)
	ADDQ     $32, R14
	CMPQ     R14, END(SP)
	JNE      transport

	MOVQ PLAIN(SP), AX
	MOVQ AX, plain+56(FP)
	VZEROUPPER
	RET
