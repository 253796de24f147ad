package live

// Stats say what became of the frames. Received = given by Next + Dropped once a stopped source has
// given io.EOF: there is no queue but the kernel's.
type Stats struct {
	Received uint64 // frames that passed the filter, kept or not
	Dropped  uint64 // those of Received that did not fit in the kernel's buffer
	Freezes  uint64 // how often the kernel's buffer was full
	// what the interface itself lost, filter or not; other programs' frames too
	InterfaceDropped uint64
}
