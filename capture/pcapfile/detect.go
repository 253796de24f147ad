package pcapfile

import (
	"io"
	"strings"
)

// detect determines a capture's format from its first bytes and reads the file header. The named
// compression, if any, was already removed.
func detect(b *buffer, compression string) (framing, string, error) {
	const magicLen = 4
	if !b.more(magicLen) {
		switch {
		case b.have() > 0 || b.err != io.EOF:
			return nil, "", b.shortHeader(opFile, magicLen)
		case compression != "":
			return nil, "", b.fail(opFile, ErrCut, "there is nothing in the %s data", compression)
		}
		return nil, "", b.fail(opFile, ErrCut, "the file is empty")
	}
	h := b.data[b.from:b.to]
	if littleEndian.u32(h) == blockSection {
		f, name, err := openPcapng(b)
		return f, name, err
	}
	for _, v := range pcapVariants() {
		for _, o := range []order{littleEndian, bigEndian} {
			if o.u32(h) == v.magic {
				f, name, err := openPcap(b, v, o)
				return f, name, err
			}
		}
	}
	return nil, "", unknown(b, h, compression)
}

// joinedHere returns the error for another file header in place of a record or a block, or nil if
// there is none. Without this check such a header could pass for an empty or a very long record.
func joinedHere(b *buffer) error {
	const (
		shortest = 16 // the bytes that identify either header
		version  = 2  // of pcap
	)
	h := b.data[b.from:b.to]
	if len(h) < shortest {
		return nil
	}
	kind := ""
	for _, o := range []order{littleEndian, bigEndian} {
		if o.u32(h) == blockSection && o.u32(h[8:]) == sectionMagic {
			kind = "pcapng"
		}
		for _, v := range pcapVariants() {
			if o.u32(h) == v.magic && o.u16(h[4:]) == version {
				kind = "pcap"
			}
		}
	}
	if kind == "" {
		return nil
	}
	return b.fail(opFile, ErrJoined,
		"a second file header (%s) follows the packets; join captures with mergecap, not with cat",
		kind)
}

// unknown returns the error for a file that is not a capture, with the file's likely format.
func unknown(b *buffer, h []byte, compression string) error {
	if name := compressionOf(h).name; name != "" && compression != "" {
		return b.fail(opFile, ErrUnknownFormat,
			"it is %s inside %s; only one compression is undone", name, compression)
	}
	for _, s := range strangers() {
		if strings.HasPrefix(string(h), s.magic) {
			return b.fail(opFile, ErrUnknownFormat,
				"not a pcap or pcapng capture: it is %s", s.what)
		}
	}
	return b.fail(opFile, ErrUnknownFormat,
		"not a pcap or pcapng capture (starts with % x)", h[:min(len(h), 8)])
}

// A stranger is a kind of file that is often mistaken for a capture.
type stranger struct{ magic, what string }

func strangers() []stranger {
	const convert = ", which Wireshark's editcap -F pcapng can convert"
	return []stranger{
		{"snoop\x00\x00\x00", "a Solaris snoop file" + convert},
		{"RTSS", "a Microsoft Network Monitor 1 file" + convert},
		{"GMBU", "a Microsoft Network Monitor 2 file" + convert},
		{"XCP\x00", "a NetXRay file" + convert},
		{"TRSNIFF data    \x1a", "a Sniffer file" + convert},
		{"iptrace ", "an AIX iptrace file" + convert},
		{"btsnoop\x00", "a Bluetooth HCI log" + convert},
		{"PK\x03\x04", "a ZIP archive"},
		{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
		{"Rar!\x1a\x07", "a RAR archive"},
		{"LZIP", "an lzip file"},
		{"\x1f\x9d", "a file of compress(1)"},
		{"\x7fELF", "a program"},
		{"<!DOCTYPE", "a web page"},
		{"<html", "a web page"},
		{"<?xml", "an XML file"},
	}
}
