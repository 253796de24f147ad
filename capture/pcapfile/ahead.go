package pcapfile

import (
	"io"
	"io/fs"
)

const (
	// pieceSize is the size of the pieces that a decompressor decodes, in bytes. A few pieces
	// stay within the processor's cache.
	pieceSize = 64 << 10
	// pieces is their number: one is being read, one is being filled, two are in between.
	pieces = 4
)

// An ahead reads in its own goroutine, a few pieces ahead of its reader. Bytes and the final error
// come in order. It is for decompressors: their work and the caller's then use two processors.
type ahead struct {
	r     io.Reader // used only by the goroutine
	free  func()    // frees what r needs, may be nil; the goroutine calls it last
	waits bool      // a read of r may block, such as that of a pipe
	full  chan piece
	empty chan []byte
	quit  chan struct{}
	done  chan struct{}
	read  piece // the piece that Read returns now
	at    int
}

// A piece is some bytes and the error of the reader after them, if any.
type piece struct {
	data []byte
	err  error
}

// readAhead starts reading. waits means that a read of r may block, such as that of a pipe. The
// caller must call stop.
func readAhead(r io.Reader, free func(), waits bool) *ahead {
	a := &ahead{r: r, free: free, waits: waits, full: make(chan piece, pieces),
		empty: make(chan []byte, pieces), quit: make(chan struct{}), done: make(chan struct{})}
	for range pieces {
		a.empty <- nil // allocated when first used: small files need one
	}
	go a.run()
	return a
}

// Read returns bytes that were read ahead, and waits if there are none.
func (a *ahead) Read(p []byte) (int, error) {
	for a.at == len(a.read.data) {
		if a.read.err != nil {
			return 0, a.read.err
		}
		if a.read.data != nil {
			a.empty <- a.read.data[:0]
		}
		select {
		case a.read = <-a.full:
			a.at = 0
		case <-a.quit:
			a.read, a.at = piece{err: fs.ErrClosed}, 0
		}
	}
	n := copy(p, a.read.data[a.at:])
	a.at += n
	return n, nil
}

// run fills pieces until the end of r, or until stop.
func (a *ahead) run() {
	defer close(a.done)
	if a.free != nil {
		defer a.free()
	}
	for {
		select {
		case <-a.quit:
			return
		case data := <-a.empty:
			p := a.fill(data)
			a.full <- p // never blocks: the channel has space for all pieces
			if p.err != nil {
				return
			}
		}
	}
}

// fill reads a full piece, or only the first bytes if the next read may block.
func (a *ahead) fill(data []byte) piece {
	if data == nil {
		data = make([]byte, 0, pieceSize)
	}
	for empty := 0; empty < emptyReads; {
		n, err := a.r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err != nil || len(data) == cap(data) || len(data) > 0 && a.waits {
			return piece{data, err}
		}
		if n == 0 {
			empty++
		}
	}
	return piece{data, io.ErrNoProgress}
}

// stop ends the goroutine and waits for its end, unless waits is set. Then the goroutine may be in
// a read that returns only when data comes or when the source is closed.
func (a *ahead) stop() {
	close(a.quit)
	if !a.waits {
		<-a.done
	}
}
