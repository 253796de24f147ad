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
// packets continuously.
//
// If a file cannot be opened or is damaged, Files continues with the next file, unlike tcpdump. At
// the end it returns the errors of all files, joined in the order of the files, instead of io.EOF.
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

// OpenAll returns a Source of the named files; "-" is standard input. It opens each file only when
// the previous one has ended.
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

// Next returns the next packet, opening files as needed. After the last packet it returns io.EOF if
// no file had an error, else their errors.
func (f *Files) Next(p *capture.Packet) error {
	for f.current != nil || f.open() {
		err := f.current.Next(p)
		if err == nil {
			f.packets++
			return nil
		}
		p.Data, p.Comments = nil, nil // they would keep the buffer in memory
		f.ended(err)
	}
	return f.end()
}

// ended records the error of the current file, if any, and closes it.
func (f *Files) ended(err error) {
	if err != io.EOF {
		f.errs = append(f.errs, err)
	}
	if err := f.done(); err != nil {
		f.errs = append(f.errs, err)
	}
}

// end returns io.EOF if no file had an error, else their errors.
func (f *Files) end() error {
	switch len(f.errs) {
	case 0:
		return io.EOF
	case 1:
		return f.errs[0]
	}
	return errors.Join(f.errs...)
}

// open opens the next file; it skips those that cannot be opened.
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
	// rare, but else the next file's buffer may also grow before the garbage collector frees this
	// one
	if large {
		runtime.GC()
	}
	return err
}

// Current returns the file of the last packet; nil before the first packet and at the end.
func (f *Files) Current() *File { return f.current }

// Packets returns the number of packets read from all files.
func (f *Files) Packets() int64 { return f.packets }

// RawOffset returns the number of bytes of the files read so far, before decompression. Any
// goroutine may call it.
func (f *Files) RawOffset() int64 { return f.raw.Load() }

// Size returns the total size of the files in bytes, -1 if it is unknown for one of them. Any
// goroutine may call it.
func (f *Files) Size() int64 { return f.size }

// Close closes the current file and opens no other.
func (f *Files) Close() error {
	f.names = nil
	if f.current == nil {
		return nil
	}
	return f.done()
}

// LinkType returns the link type of the next packet, opening files as needed, or the error that
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
