//go:build !amd64 || purego

package decode

// Here frames are looked at one by one, and eights is not called.
const (
	wide    = false
	wideLen = plainLen
)

func (*Headers) eights([]byte, int, *[RunLen]uint32, *[RunLen]uint32) (plain uint64) { return 0 }
