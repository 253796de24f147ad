package capture

// Swap has the file go on in other memory, so that the packets that were taken stay as they are however much is read meanwhile. It gives the memory that they
// lie in, all since the last Swap that are not gone by the rules of Frames and Next; whoever is done with them may lend it next time. The memory that is lent
// is used if it is large enough, else left alone, and nil will do. What was read and not taken is copied over. Where that is more than so many bytes, nothing
// is done, and ok is false: something that only Next takes stands before it.
func (f *File) Swap(spare []byte, most int) (was []byte, ok bool) {
	if f.buf.have() > most {
		return nil, false
	}
	return f.buf.swap(spare), true
}

// Swap is File.Swap for the file that the last packet came from; without one there is nothing to do.
func (f *Files) Swap(spare []byte, most int) (was []byte, ok bool) {
	if f.current == nil {
		return nil, false
	}
	return f.current.Swap(spare, most)
}

// swap moves what is there to other memory and gives the memory that it was in.
func (b *buffer) swap(spare []byte) (was []byte) {
	if len(spare) < max(b.have(), bufferSize) {
		spare = make([]byte, max(b.have(), bufferSize))
	}
	was = b.data
	n := copy(spare, b.data[b.from:b.to])
	b.base += int64(b.from)
	b.data, b.from, b.to = spare, 0, n
	return was
}
