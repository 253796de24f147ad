package pcapfile

import (
	"io"
	"io/fs"
)

const (
	// pieceSize is how much a decompressor decodes before it is waited for, in bytes. A few pieces
	// stay within the processor's cache.
	pieceSize = 64 << 10
	// pieces is how many of them there are: one is read, one is filled, two lie between.
	pieces = 4
)

// An ahead reads in a goroutine of its own, a few pieces ahead of whoever reads from it. Bytes and
// the error after them come in order. It is for decompressors: their work and the caller's then
// share two processors.
type ahead struct {
	r     io.Reader // the goroutine's alone
	free  func()    // frees what r needs, nil for nothing; the goroutine's last deed
	waits bool      // r may have nothing to give for now, as a pipe does
	full  chan piece
	empty chan []byte
	quit  chan struct{}
	done  chan struct{}
	read  piece // what Read gives now
	at    int
}

// A piece is some bytes, and what the reader ended with after them.
type piece struct {
	data []byte
	err  error
}

// readAhead starts reading. waits means that a read of r may block, such as that of a pipe. The
// caller ends it with stop.
func readAhead(r io.Reader, free func(), waits bool) *ahead {
	a := &ahead{r: r, free: free, waits: waits, full: make(chan piece, pieces),
		empty: make(chan []byte, pieces), quit: make(chan struct{}), done: make(chan struct{})}
	for range pieces {
		a.empty <- nil // made when its turn comes: small files need one
	}
	go a.run()
	return a
}

// Read returns what was read ahead, and waits where nothing was.
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

// run fills pieces until the end, or until stop.
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
			a.full <- p // which holds all there are
			if p.err != nil {
				return
			}
		}
	}
}

// fill reads a piece: all of it, or what comes first where more may be long in coming.
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

// stop ends the goroutine and waits for that, unless waits is set: the goroutine may be in a read
// that returns only when there is more or when the source is closed.
func (a *ahead) stop() {
	close(a.quit)
	if !a.waits {
		<-a.done
	}
}
