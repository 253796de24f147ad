package capture

import (
	"encoding/binary"
	"runtime"
	"strings"
)

// Options of a Section Header Block, besides those in pcapng_options.go.
const (
	optSectionOS          = 3
	optSectionApplication = 4
)

// systemName is what the file says of the operating system.
func systemName() string {
	names := map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows", "freebsd": "FreeBSD", "openbsd": "OpenBSD", "netbsd": "NetBSD"}
	if name, ok := names[runtime.GOOS]; ok {
		return name
	}
	return runtime.GOOS
}

// section writes a Section Header Block of unknown length.
func (w *Writer) section() {
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

// interfaceOf is the number of a packet's interface in the file.
func (w *Writer) interfaceOf(p *Packet, about func() Interface) uint32 {
	key := interfaceKey{p.File, p.InterfaceIndex, p.Link}
	id, ok := w.ifaces[key]
	if !ok {
		in := about()
		in.Link = p.Link
		id = w.describe(key, in)
	}
	return id
}

// describe writes an Interface Description Block. Times are written in nanoseconds, whatever they were read in.
func (w *Writer) describe(key interfaceKey, in Interface) uint32 {
	id := uint32(len(w.ifaces))
	w.ifaces[key] = id
	w.block(blockInterface, func() {
		w.u16(int(in.Link))
		w.u16(0)
		w.u32(in.SnapLen)
		w.option(optIfName, in.Name)
		w.option(optIfDescr, in.Description)
		w.option(optIfTsres, string([]byte{byte(nanoseconds)}))
		if in.Filter != "" {
			w.option(optIfFilter, "\x00"+in.Filter) // 0 for a filter as text
		}
		w.option(optIfOS, in.OS)
		if in.FCSLen > 0 {
			w.option(optIfFCSLen, string([]byte{byte(in.FCSLen)}))
		}
		w.option(optIfHW, in.Hardware)
		w.endOptions()
	})
	return id
}

// enhanced writes an Enhanced Packet Block.
func (w *Writer) enhanced(p *Packet, id uint32, comments []string) {
	nanos := sinceEpoch(p)
	w.block(blockEnhanced, func() {
		w.u32(id)
		w.u32(uint32(nanos >> 32))
		w.u32(uint32(nanos))
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

// block writes a block around a body: its length stands before and behind.
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

// option writes an option that is not empty, as much of it as a length of 16 bits can say.
func (w *Writer) option(code int, value string) {
	const longest = 0xffff
	if value == "" {
		return
	}
	value = value[:min(len(value), longest)]
	w.u16(code)
	w.u16(len(value))
	w.buf = append(w.buf, value...)
	w.pad()
}

func (w *Writer) endOptions() { w.u32(optEnd) }

// pad fills up to four bytes. All that comes before in the buffer has such a length.
func (w *Writer) pad() {
	for len(w.buf)%4 != 0 {
		w.buf = append(w.buf, 0)
	}
}
