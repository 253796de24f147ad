package live

// Stats contains the counts of frames. After Stop and io.EOF, Received = frames returned by Next +
// Dropped, because the only queue is the kernel's.
type Stats struct {
	Received uint64 // frames that passed the filter, kept or not
	Dropped  uint64 // those of Received that did not fit in the kernel's buffer
	Freezes  uint64 // number of times the kernel's buffer was full
	// frames that the interface lost, before any filter; also frames of other programs
	InterfaceDropped uint64
}
