package pcapfile

import (
	"errors"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// Files reads several capture files one after the other, as one capture.Source, and numbers their
// packets through.
//
// If a file cannot be opened or is damaged, Files continues with the next file, unlike tcpdump. The
// errors of all files come at the end, joined in the order of the files, instead of io.EOF.
type Files struct {
	names   []string // those still to be opened
	opt     Options
	current *File
	packets int64
	errs    []error
	size    int64
	raw     atomic.Int64

	packetReader
}

var _ capture.Source = (*Files)(nil)

// OpenAll makes a Source of the named files; "-" is standard input. Each is opened when its turn
// comes.
func OpenAll(names []string, opt Options) *Files {
	f := &Files{names: append([]string(nil), names...), opt: opt}
	f.packetReader = capture.NewPacketReader(f)
	f.opt.total = &f.raw
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case name == "-" || err == nil && !info.Mode().IsRegular():
			f.size = -1
			return f
		case err == nil:
			f.size += info.Size()
		}
	}
	return f
}

// Next returns the next packet of whichever file has one. After the last it returns io.EOF if all
// files ended well, else their errors.
func (f *Files) Next(p *capture.Packet) error {
	for f.current != nil || f.open() {
		err := f.current.Next(p)
		if err == nil {
			f.packets++
			return nil
		}
		p.Data, p.Comments = nil, nil // they would keep the buffer
		f.ended(err)
	}
	return f.end()
}

// ended records how the current file ended, and closes it.
func (f *Files) ended(err error) {
	if err != io.EOF {
		f.errs = append(f.errs, err)
	}
	if err := f.done(); err != nil {
		f.errs = append(f.errs, err)
	}
}

// end is io.EOF if all files ended well, else their errors.
func (f *Files) end() error {
	switch len(f.errs) {
	case 0:
		return io.EOF
	case 1:
		return f.errs[0]
	}
	return errors.Join(f.errs...)
}

// open opens the next file that can be opened.
func (f *Files) open() bool {
	for len(f.names) > 0 {
		name := f.names[0]
		f.names = f.names[1:]
		file, err := Open(name, f.opt)
		if err == nil {
			file.before = f.packets
			f.current = file
			return true
		}
		f.errs = append(f.errs, err)
	}
	return false
}

// done closes the current file.
func (f *Files) done() error {
	err := f.current.Close()
	large := len(f.current.buf.data) > maxBlock
	f.current = nil
	// which is rare, and the next file's buffer may get as large before the garbage collector comes
	// by itself
	if large {
		runtime.GC()
	}
	return err
}

// Current is the file that the last packet came from; nil before the first packet and at the end.
func (f *Files) Current() *File { return f.current }

// Packets is the number of packets that were read from all files.
func (f *Files) Packets() int64 { return f.packets }

// RawOffset is the number of bytes of the files that were read, before decompression. Any goroutine
// may ask.
func (f *Files) RawOffset() int64 { return f.raw.Load() }

// Size is the number of bytes that the files have, -1 if that is not known of all. Any goroutine
// may ask.
func (f *Files) Size() int64 { return f.size }

// Close closes the file that is being read; no other is opened after it.
func (f *Files) Close() error {
	f.names = nil
	if f.current == nil {
		return nil
	}
	return f.done()
}

// LinkType returns the link type of the next packet of whichever file has one, or the error that
// Next will return.
func (f *Files) LinkType() (linktype.Type, error) {
	for f.current != nil || f.open() {
		link, err := f.current.LinkType()
		if err == nil {
			return link, nil
		}
		f.ended(err)
	}
	return 0, f.end()
}
