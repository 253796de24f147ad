package pcapfile

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/linktype"
)

// Options of a Section Header Block, besides those in pcapng_options.go.
const (
	optSectionOS          = 3
	optSectionApplication = 4
)

// maxOption is the longest option value, in bytes: its length has 16 bits.
const maxOption = math.MaxUint16

// A writtenSection is the current section of a pcapng writer: what its reader knows so far.
type writtenSection struct {
	ifaces map[interfaceKey]*writtenInterface
	text   int // bytes of interface strings
}

// interfaceKey identifies an interface of the input.
type interfaceKey struct {
	file           string
	section, index int
	link           linktype.Type
	extra          timing // zero for the interface's own timing
}

func keyOf(p *capture.Packet) interfaceKey {
	return interfaceKey{file: p.File, section: p.Section, index: p.InterfaceIndex, link: p.Link}
}

// A timing is the resolution and offset of an interface's written times.
type timing struct {
	res    capture.Resolution
	offset int64 // seconds
}

// timingOf returns the interface's own timing, with nanoseconds instead of whole seconds or an
// unknown resolution.
func timingOf(in *capture.Interface) timing {
	if in.Resolution == 0 {
		return timing{capture.Nanoseconds, in.TimeOffset}
	}
	return timing{in.Resolution, in.TimeOffset}
}

// A writtenInterface is an interface that is described in the section.
type writtenInterface struct {
	id    uint32
	clock clock
}

// systemName returns the operating system's name for the section header.
func systemName() string {
	names := map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows",
		"freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD"}
	if name, ok := names[runtime.GOOS]; ok {
		return name
	}
	return runtime.GOOS
}

// beginSection writes a Section Header Block of unknown length. Interface numbers start again at 0.
func (w *Writer) beginSection() {
	w.section = writtenSection{ifaces: map[interfaceKey]*writtenInterface{}}
	w.block(blockSection, func() {
		w.u32(sectionMagic)
		w.u32(1) // version 1.0
		w.u32(0xffffffff)
		w.u32(0xffffffff)
		w.option(optSectionOS, systemName())
		w.option(optSectionApplication, "portsniff")
		w.endOptions()
	})
}

// packetBlock writes a packet, and first its interface if that is new.
func (w *Writer) packetBlock(p *capture.Packet, about About, comments []string) error {
	switch {
	case p.Link > math.MaxUint16:
		return fmt.Errorf("%w: link type %d, pcapng holds 16 bits of it", ErrTooLarge, p.Link)
	case len(p.Data) > maxBlock:
		return tooLong(p, maxBlock, " is the most that is read back")
	case !p.HasTime:
		return w.simple(p, about, comments)
	}
	if err := checkComments(p.Comments, comments); err != nil {
		return err
	}
	id, units := w.interfaceAt(p, about)
	w.enhanced(p, id, units, comments)
	return nil
}

// checkComments rejects more comments than a reader keeps.
func checkComments(own [][]byte, added []string) error {
	size, n := 0, len(own)+len(added)
	for _, c := range own {
		size += len(c)
	}
	for _, c := range added {
		size += len(c)
	}
	if n > maxComments || size > maxCommentText {
		return fmt.Errorf("%w: more than %s comments or %s of them", ErrTooLarge,
			grouped(maxComments), bytesOf(maxCommentText))
	}
	return nil
}

// interfaceAt returns the number of a packet's interface, and the packet's time in its units.
//
// An interface's own resolution and offset are kept. If they cannot express a time, the interface
// is described a second time: in nanoseconds from the start of a span of 136 years.
func (w *Writer) interfaceAt(p *capture.Packet, about About) (id uint32, units uint64) {
	key := keyOf(p)
	written := w.section.ifaces[key]
	if written == nil {
		in := about()
		in.Link = p.Link
		t := timingOf(&in)
		c := newClock(t.res, t.offset)
		if units, ok := c.count(p.Timestamp); ok {
			return w.describe(key, in, t), units
		}
	} else if units, ok := written.clock.count(p.Timestamp); ok {
		return written.id, units
	}
	const span = 1 << 32
	key.extra = timing{capture.Nanoseconds, p.Timestamp.Unix() &^ (span - 1)}
	if written = w.section.ifaces[key]; written == nil {
		in := about()
		in.Link = p.Link
		w.describe(key, in, key.extra)
		written = w.section.ifaces[key]
	}
	units, _ = written.clock.count(p.Timestamp) // within the span it can express any time
	return written.id, units
}

// describe writes an Interface Description Block. It begins a new section if a reader would not
// keep more interfaces of this one. It cuts strings to the length that a reader keeps.
func (w *Writer) describe(key interfaceKey, in capture.Interface, t timing) uint32 {
	size := 0
	for _, s := range []*string{&in.Name, &in.Description, &in.Filter, &in.OS, &in.Hardware} {
		*s = (*s)[:min(len(*s), maxString)]
		size += len(*s)
	}
	if w.section.ifaces == nil || len(w.section.ifaces) == maxInterfaces || w.section.text+
		size > maxInterfaceText {
		w.beginSection()
	}
	id := uint32(len(w.section.ifaces))
	w.section.ifaces[key] = &writtenInterface{id, newClock(t.res, t.offset)}
	w.section.text += size
	w.block(blockInterface, func() {
		w.u16(int(in.Link))
		w.u16(0)
		w.u32(in.SnapLen)
		w.text(optIfName, in.Name)
		w.text(optIfDescr, in.Description)
		w.option(optIfTsres, string([]byte{byte(t.res)}))
		if in.Filter != "" {
			w.option(optIfFilter, "\x00"+in.Filter) // 0 means a filter as text
		}
		w.text(optIfOS, in.OS)
		if n, ok := fcsOption(in.FCSLen); ok {
			w.option(optIfFCSLen, string([]byte{n}))
		}
		if t.offset != 0 {
			w.option(optIfTsoff, string(binary.LittleEndian.AppendUint64(nil, uint64(t.offset))))
		}
		w.text(optIfHW, in.Hardware)
		w.endOptions()
	})
	return id
}

// fcsOption encodes if_fcslen as fcsOctets reads it: in octets below 8, else in bits.
func fcsOption(octets int) (v byte, ok bool) {
	if octets >= 8 {
		return byte(octets * 8), octets <= math.MaxUint8/8
	}
	return byte(octets), octets >= 0
}

// enhanced writes an Enhanced Packet Block.
func (w *Writer) enhanced(p *capture.Packet, id uint32, units uint64, comments []string) {
	w.block(blockEnhanced, func() {
		w.u32(id)
		w.u32(uint32(units >> 32))
		w.u32(uint32(units))
		w.u32(uint32(len(p.Data)))
		w.u32(uint32(p.Length))
		w.buf = append(w.buf, p.Data...)
		w.pad()
		if p.Flags == 0 && len(p.Comments) == 0 && len(comments) == 0 {
			return
		}
		if p.Flags != 0 {
			w.option(optPacketFlags, string(binary.LittleEndian.AppendUint32(nil, p.Flags)))
		}
		for _, c := range p.Comments {
			w.option(optComment, string(c))
		}
		for _, c := range comments {
			w.option(optComment, strings.TrimSuffix(c, "\n"))
		}
		w.endOptions()
	})
}

// simple writes a packet without a time as a Simple Packet Block, which always belongs to interface
// 0. So a new section begins if the packet has another interface.
func (w *Writer) simple(p *capture.Packet, about About, comments []string) error {
	in := about()
	captured := p.Length
	if in.SnapLen > 0 {
		captured = min(captured, int(in.SnapLen))
	}
	if len(p.Comments) > 0 || len(comments) > 0 || p.Flags != 0 || captured != len(p.Data) {
		return ErrNoTime
	}
	key := keyOf(p)
	if known := w.section.ifaces[key]; known == nil || known.id != 0 {
		if len(w.section.ifaces) > 0 {
			w.beginSection()
		}
		in.Link = p.Link
		w.describe(key, in, timingOf(&in))
	}
	w.block(blockSimple, func() {
		w.u32(uint32(p.Length))
		w.buf = append(w.buf, p.Data...)
	})
	return nil
}

// block writes a block around a body, with the length before and after it.
func (w *Writer) block(kind uint32, body func()) {
	start := len(w.buf)
	w.u32(kind)
	w.u32(0)
	body()
	w.pad()
	total := uint32(len(w.buf) - start + blockTailLen)
	w.u32(total)
	binary.LittleEndian.PutUint32(w.buf[start+4:], total)
}

// text writes an option if its value is not empty.
func (w *Writer) text(code int, value string) {
	if value != "" {
		w.option(code, value)
	}
}

// option writes an option with at most maxOption bytes of its value.
func (w *Writer) option(code int, value string) {
	value = value[:min(len(value), maxOption)]
	w.u16(code)
	w.u16(len(value))
	w.buf = append(w.buf, value...)
	w.pad()
}

func (w *Writer) endOptions() { w.u32(optEnd) }

// pad fills the buffer to a multiple of four bytes. Everything before it already has such a length.
func (w *Writer) pad() {
	for len(w.buf)%4 != 0 {
		w.buf = append(w.buf, 0)
	}
}
