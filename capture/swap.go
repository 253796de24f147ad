package capture

import "io"

// Swap has the file go on in other memory, so that the packets that were taken stay as they are however much is read meanwhile. It gives the memory that they
// lie in, all since the last Swap that are not gone by the rules of Frames and Next; whoever is done with them may lend it next time. The memory that is lent
// is used if it is large enough, else left alone, and nil will do. What was read and not taken is copied over. Where that is more than most bytes, nothing
// is done, and ok is false: something that only Next takes stands before it.
//
// So many bytes of the memory that is lent are for what is copied; the file reads what fills the others, or takes it from there: a piece that Piece.Read put behind
// them, if it is the very one that the file would read now. What the memory has behind its length, by its capacity, is used for a record that needs more.
func (f *File) Swap(spare []byte, most int, piece Piece) (was []byte, ok bool) {
	if f.buf.have() > most {
		return nil, false
	}
	if len(spare) < most+bufferSize {
		spare, piece = make([]byte, most+bufferSize), Piece{}
	}
	was = f.buf.swap(spare, most)
	f.adopt(piece)
	return was, true
}

// Swap is File.Swap for the file that the last packet came from; without one there is nothing to do.
func (f *Files) Swap(spare []byte, most int, piece Piece) (was []byte, ok bool) {
	if f.current == nil {
		return nil, false
	}
	return f.current.Swap(spare, most, piece)
}

// swap moves what is there to other memory, to the end of its first most bytes, and gives the memory that it was in.
func (b *buffer) swap(spare []byte, most int) (was []byte) {
	was = b.data
	from := most - b.have()
	copy(spare[from:], b.data[b.from:b.to])
	b.base += int64(b.from - from)
	b.data, b.from, b.to = spare, from, most
	return was
}

// A Piece is part of a file that lies behind what the file has read as yet. Whoever waits for a turn at the file reads it meanwhile, so that it needs not be read then.
type Piece struct {
	file *File
	at   int64
	n    int
}

// Piece is what the file reads after so many bytes more. A file that is compressed, or no regular one, has no pieces: Read reads nothing of them.
func (f *File) Piece(after int64) Piece {
	if f.place == nil || f.compression != "" {
		return Piece{}
	}
	at, err := f.place.Seek(0, io.SeekCurrent)
	if err != nil {
		return Piece{}
	}
	return Piece{file: f, at: at + after}
}

// Piece is File.Piece for the current file.
func (f *Files) Piece(after int64) Piece {
	if f.current == nil {
		return Piece{}
	}
	return f.current.Piece(after)
}

// Read reads as much of a piece as there is, at most so much as the memory takes. Any goroutine may, whoever is at the file. What it can't read is left to the file, which tells why.
func (p *Piece) Read(memory []byte) {
	if p.file != nil {
		p.n, _ = p.file.place.ReadAt(memory, p.at)
	}
}

// adopt takes a piece that lies behind what is there, if it is what would be read now.
func (f *File) adopt(p Piece) {
	b := f.buf
	if p.file != f || p.n <= 0 || b.err != nil || p.n > len(b.data)-b.to {
		return
	}
	if now, err := f.place.Seek(0, io.SeekCurrent); err != nil || now != p.at {
		return
	}
	if _, err := f.place.Seek(int64(p.n), io.SeekCurrent); err != nil {
		return
	}
	f.raw.add(p.n)
	b.to += p.n
}

// A place is an input that can be read anywhere.
type place interface {
	io.ReaderAt
	io.Seeker
}
