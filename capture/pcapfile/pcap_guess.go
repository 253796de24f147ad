package pcapfile

// guessRecords is the number of records that must be plausible to accept a guess.
const guessRecords = 3

// recordGuess is a record header that has no magic number of its own.
type recordGuess struct {
	name   string
	record int // bytes
}

// recordGuesses returns the other record headers that are used with a magic number. Wireshark knows
// them too. A patch in Red Hat 6.1 wrote the modified header with the plain magic number. Nokia
// added four bytes. The patch in SuSE 6.3 added four bytes to the modified header.
func recordGuesses(name string) []recordGuess {
	if name == "pcap-modified" {
		return []recordGuess{{"pcap-suse6.3", pcapRecordLen + 12}}
	}
	return []recordGuess{{"pcap-redhat6.1", pcapRecordLen + 8}, {"pcap-nokia", pcapRecordLen + 4}}
}

// guessRecordLen looks at the first records and may set another record header. It does so if their
// lengths are implausible for the magic number, but plausible for one of its other users. It
// returns the format's name. It does nothing on a pipe, because it would have to wait for the
// records.
func (f *pcapFile) guessRecordLen(b *buffer, name string) string {
	if !b.file {
		return name
	}
	n := bufferSize
	if b.end >= 0 {
		n = int(min(int64(n), b.end-b.offset()))
	}
	b.more(n) // or as many as there are
	sample := b.data[b.from:b.to]
	whole := b.end >= 0 && b.end-b.offset() == int64(len(sample))
	if len(sample) < 2*f.record || f.plausible(sample, f.record, false) {
		// Perhaps cut: a plain file that ends a few bytes into its second record looks like another
		// variant's file of one record. Cut files are common.
		return name
	}
	for _, g := range recordGuesses(name) {
		if f.plausible(sample, g.record, whole) {
			f.record = g.record
			return g.name
		}
	}
	return name
}

// plausible reports whether the first records are plausible with a record header of the given
// number of bytes: none too long, none longer than its packet, no second with more than a million
// microseconds. In a complete file the last record must end at the end of the file.
func (f *pcapFile) plausible(sample []byte, record int, whole bool) bool {
	at := 0
	for range guessRecords {
		if len(sample)-at < record {
			return at > 0 && (!whole || at == len(sample))
		}
		h := sample[at:]
		caplen, wire := f.order.u32(h[8:]), f.order.u32(h[12:])
		if f.lengths != lengthsInOrder && caplen > wire {
			caplen, wire = wire, caplen
		}
		if f.order.u32(h[4:]) >= 1e6 || caplen > f.limit || wire > maxBlock || caplen > wire {
			return false
		}
		at += record + int(caplen)
		if at > len(sample) {
			return !whole
		}
	}
	return true
}
