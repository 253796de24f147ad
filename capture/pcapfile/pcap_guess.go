package pcapfile

// guessRecords is the number of records that have to make sense before a guess is believed.
const guessRecords = 3

// recordGuess is a record header that came without a magic number of its own.
type recordGuess struct {
	name   string
	record int // bytes
}

// recordGuesses are the record headers of a magic number's other users. Wireshark knows them: a
// patch that Red Hat 6.1 took wrote the modified header under the plain magic number, Nokia added
// four bytes, and the patch that SuSE 6.3 took wrote four more modified bytes.
func recordGuesses(name string) []recordGuess {
	if name == "pcap-modified" {
		return []recordGuess{{"pcap-suse6.3", pcapRecordLen + 12}}
	}
	return []recordGuess{{"pcap-redhat6.1", pcapRecordLen + 8}, {"pcap-nokia", pcapRecordLen + 4}}
}

// guessRecordLen looks at the first records. If their lengths make no sense as what the magic
// number says, but do as one of its other users wrote them, it takes that, and gives the format's
// name. Nothing is guessed on a pipe, which would have to wait for the records.
func (f *pcapFile) guessRecordLen(b *buffer, name string) string {
	if !b.file {
		return name
	}
	n := bufferSize
	if b.end >= 0 {
		n = int(min(int64(n), b.end-b.offset()))
	}
	b.more(n) // or what there is
	sample := b.data[b.from:b.to]
	whole := b.end >= 0 && b.end-b.offset() == int64(len(sample))
	if len(sample) < 2*f.record || f.plausible(sample, f.record, false) {
		// Perhaps cut: a plain file that ends a few bytes into its second record has the same
		// bytes as another variant's file of one record, and cut files are many.
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

// plausible reports whether the first records make sense with a record header of the given number
// of bytes: none too long, none longer than the packet was, no second with more than a million
// microseconds. In a whole file the last one has to end where the file does.
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
