package capture

// Batch fills out with the next packets as far as they are already in memory, whole and beyond doubt, and gives how many there were and the number
// of the first one. After 0 it is Next that knows what follows: more packets, a record that needs a closer look, the end or an error.
// It is what Frames gives, a record a packet.
func (f *File) Batch(out []Record) (n int, first int64) {
	f.Frames(&f.few, len(out))
	return f.few.records(out)
}

// Batch is File.Batch for the current file.
func (f *Files) Batch(out []Record) (n int, first int64) {
	if f.current == nil {
		return 0, 0
	}
	n, first = f.current.Batch(out)
	f.packets += int64(n)
	return n, first
}

// records fills out, which has room for all.
func (f *Frames) records(out []Record) (n int, first int64) {
	for i := range f.N {
		out[i] = f.Record(i)
	}
	return f.N, f.First
}
