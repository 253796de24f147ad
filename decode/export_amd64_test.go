//go:build !purego

package decode

// SetWide says whether PlainHeaders may look at eight frames at once, and gives what was said before.
func SetWide(on bool) (was bool) {
	was, wide = wide, on
	return was
}

// WideAlone gives which frames are found to be plain when eight are looked at at once.
func WideAlone(data []byte, n int, at, caplen *[RunLen]uint32, found *Headers) (plain uint64) {
	return found.eights(data, n, at, caplen)
}

// WideLen is how long data is at least for that.
const WideLen = wideLen
