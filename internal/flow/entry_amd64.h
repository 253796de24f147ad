// ENTRY makes the place of an entry of its number.
#define ENTRY(pieces, number, place) \
	MOVL number, place;               \
	SHRL $const_pieceBits, place;     \
	ANDL $(const_pieceLen-1), number; \
	MOVQ (pieces)(place*8), place;    \
	SHLL $const_entryShift, number;   \
	ADDQ number, place

// FETCH has an entry fetched whose number plus one is given: the first one if there is none that is known.
#define FETCH(pieces, known, number, place) \
	XORL       place, place;         \
	DECL       number;               \
	CMPL       number, known;        \
	CMOVLCC    place, number;        \
	ENTRY(pieces, number, place);    \
	PREFETCHT0 (place)
