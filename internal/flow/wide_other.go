//go:build !amd64 || purego

package flow

// Here packets are worked on one by one, and none of the functions is called.
const (
	wide       = false
	fetchAhead = 0
)

func keysOf(_, _ *uint32, _ *uint64, _ *uint32, _ int, _ *seed, _ *ends, _ *uint32) (four, sum uint64) {
	return 0, 0
}

func expectSlots(_ *uint32, _ uint, _, _ *uint32, _ int, _ *uint32, _ int) (odd uint64) { return 0 }

func countRun(_ **[pieceLen]entry, _ uint32, _ *ends, _ *uint32, _ *int64, _ *uint32, _, _ int) (next int, spoke uint64) {
	return 0, 0
}

func fetch(**[pieceLen]entry, uint32, *uint32, int) {}

func hashEntries(*entry, int, *seed, *uint32) (six uint64) { return 0 }

func countPorts(_, _ *uint32, _, _ int, _ uint32, _ *uint32, _ *int64, _, _ *[ports]cell) (counted, sum uint64) {
	return 0, 0
}

func keysOf6(_ *byte, _ uint64, _, _ *uint32, _ *uint64, _ *seed, _ *ends, _ *uint32, _ *[2][16]byte, _ uint64) {
}

func same6(*six, int, *ends, *uint32, **[pieceLen]entry, uint32, **[pieceLen][2][16]byte, *[2][16]byte) {
}
