package flow

import (
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

const (
	hugePage  = 2 << 20              // size of a huge page on most machines, in bytes
	smallStep = 64 << 10             // how much is backed with small pages at a time, in bytes
	slowPage  = 2 * time.Millisecond // of processor time: a huge page that is at hand is clear in an eighth of that
)

// Pages have the kernel back arrays with memory before they are used: asked for all at once that takes a third of what it takes when each page is waited for in its turn. A table is
// read all over the place, and with small pages the processor spends a tenth of its time on finding out where they are, so it gets huge ones as soon as it is large. But where a virtual
// machine's host takes back what memory nobody uses (free page reporting), huge pages are made of just that, and the host gives it anew a small page at a time, for twenty times
// what it takes to clear it; of small pages, most are made of what is left between others, which the host did not take. So a huge page that takes long is the last one.
type pages struct {
	clock func() time.Duration // of processor time
	small atomic.Bool          // no more huge ones
}

func newPages() *pages { return &pages{clock: threadTime} }

// back has the first of some bytes backed, which begin where a page does, and gives how many they are. Early, while an array is short, these are few.
func (p *pages) back(bytes []byte, early bool) int {
	if !early && len(bytes) >= hugePage && !p.small.Load() {
		p.huge(bytes[:hugePage])
		return hugePage
	}
	n := min(smallStep, len(bytes))
	populate(bytes[:n])
	return n
}

// huge has bytes backed by a huge page that begin where one does.
func (p *pages) huge(bytes []byte) {
	runtime.LockOSThread() // whose time it is
	defer runtime.UnlockOSThread()
	began := p.clock()
	populateHuge(bytes)
	if p.clock()-began >= slowPage {
		p.small.Store(true)
	}
}

// all has a whole array backed.
func (p *pages) all(bytes []byte) {
	for early := len(bytes) < hugePage; len(bytes) > 0; {
		bytes = bytes[p.back(bytes, early):]
	}
}

// aligned makes a slice of n elements. If it fills a huge page, it begins where one does: what is made for that in front of it and behind is never touched and costs no memory. T has
// a power of two as its size, and no pointers.
func aligned[T any](n int) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	if n*size < hugePage {
		return make([]T, n)
	}
	s := make([]T, n+hugePage/size)
	from := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	skip := int((from+hugePage-1)&^(hugePage-1)-from) / size
	return s[skip : skip+n : skip+n]
}

// bytesOf are the bytes of a slice whose elements have no pointers.
func bytesOf[T any](s []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(one)))
}
