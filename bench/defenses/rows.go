package main

// A defense is code that protects the program or its user.
type defense struct {
	what     string
	file     string
	in       string // the function or declaration
	code     string // an expression or a statement
	by       string // the replacement
	packages []string
	tests    string // a regular expression for the tests that must fail
}

// defenses returns the code to remove, one at a time.
func defenses() []defense {
	return []defense{
		{"a bounds check of the walk", "decode/walk.go", "header", "len(h) >= n", "true",
			[]string{"./internal/corpustest", "./decode"}, "TestLinksCut|TestCuts"},
		{"the check of a record's length in memory", "capture/pcapfile/batch.go", "batch",
			"end > len(h)", "false", []string{"./capture/pcapfile"},
			"TestBatch|TestDetached|TestHostileMemory|TestPcapErrors"},
		{"a bounds check of the quick walk", "decode/fast.go", "ipv4", "len(h) < ipv4MinLen",
			"false", []string{"./decode"}, "TestQuickWalkAgrees"},
		{"the limit on a pcap record's length", "capture/pcapfile/pcap.go", "next",
			"if caplen > f.limit { return b.excess(opPacket, caplen, int64(f.limit)) }", "",
			[]string{"./capture/pcapfile"}, "TestHostileMemory|TestPcapErrors"},
		{"the plain format before a guess", "capture/pcapfile/pcap_guess.go", "guessRecordLen",
			"len(sample) < 2*f.record || f.plausible(sample, f.record, false)", "false",
			[]string{"./capture/pcapfile"}, "TestPcapCutIsNotGuessed"},
		{"the check of a flow's key", "internal/flow/table.go", "count",
			"!t.entries.at(n).key.same(&h.key)", "false",
			[]string{"./internal/flow"}, "TestMemoryLimit"},
		{"the memory limit of flows", "internal/flow/end.go", "over", "(t.n+1)*t.entrySize()", "0",
			[]string{"./internal/flow"}, "TestMemoryLimit"},
		{"the limit after decompression", "capture/pcapfile/compress.go", "Read",
			"d.max > 0 && d.done == d.max && n > 0", "false",
			[]string{"./capture/pcapfile"}, "TestMaxDecompressed"},
		{"the error of a file that breaks off", "capture/pcapfile/files.go", "ended",
			"err != io.EOF", "false", []string{"./capture/pcapfile"}, "TestDamageIsReportedOnce"},
		{"the counter of dropped frames", "capture/live/ring_state_linux.go", "now",
			"c.stats.Dropped += uint64(s.Drops)", "", []string{"./capture/live", "./cmd/portsniff"},
			"TestLiveCountsDrops|TestRingsCountDrops"},
		{"the overlap check of fragments", "decode/ip_fragments.go", "inherit",
			"p.Frag.Offset < e.length", "false", []string{"./decode"},
			"TestFragmentsReject|FuzzFragments"},
		{"the CSV escaper", "internal/render/csv.go", "appendField", "defuse(string(cell))",
			"string(cell)", []string{"./internal/render"}, "FuzzEscape|CSV"},
		{"the escape of ESC", "internal/textutil/escape.go", "Escape", "!unicode.IsPrint(r)",
			"r != 0x1b && !unicode.IsPrint(r)",
			[]string{"./internal/render", "./internal/textutil"},
			"TestEscape|TestComments|FuzzEscape"},
		{"the escape of errors", "internal/term/notice.go", "Notice",
			"textutil.Escape(fmt.Sprintf(format, args...))",
			`textutil.Escape("") + fmt.Sprintf(format, args...)`, []string{"./cmd/portsniff"},
			"TestScripts/inputs|TestHostile"},
		{"the error of a write that fails", "internal/cli/end.go", "Finish", "e != nil",
			"e == nil && e != nil", []string{"./cmd/portsniff"}, "TestOutputToFullDevice"},
		{"the overflow check of sizes", "internal/cli/size.go", "Set",
			"n > math.MaxInt64/int64(unit)", "n > math.MaxInt64", []string{"./internal/cli"},
			"TestSizes"},
		{"the rename of a report", "internal/outfile/file.go", "replacing", "os.Rename(temp, name)",
			"error(nil)", []string{"./cmd/portsniff", "./internal/outfile"},
			"TestScripts/report|TestCommit"},
		{"the fsync of a report", "internal/outfile/file.go", "Finish", "file.Sync()", "error(nil)",
			[]string{"./internal/outfile"}, "TestSyncBeforeName"},
		{"the entry of tables into the sandbox", "cmd/portsniff/tables.go", "showCounts",
			"in.confine(cmd, nil)", "error(nil)", []string{"./cmd/portsniff"},
			"TestEveryReaderIsConfined"},
		{"the limit for dropped captures", "internal/web/dropped.go", "newDropped",
			"MaxDecompressed: unpack", "MaxDecompressed: 0*unpack", []string{"./cmd/portsniff"},
			"TestServeBomb"},
		{"the check who made a file of root's", "capture/pcapfile/write_owner_unix.go", "GiveTo",
			"!f.made", "false", []string{"./cmd/portsniff"}, "TestLiveWriteOwner"},
		{"the Host check", "internal/web/guard.go", "named", "s.hosts[r.Host]", "true",
			[]string{"./internal/web"}, "TestAccess|FuzzHandler"},
		{"the bound of connections without a token", "internal/web/conns.go", "maxStrangers", "128",
			"1 << 30", []string{"./internal/web"}, "TestConnectionsWithoutTokenAreLimited"},
		{"the end of a stranger's connection", "internal/web/web.go", "ServeHTTP",
			`w.Header().Set("Connection", "close")`, "", []string{"./internal/web"},
			"TestConnectionWithoutTokenGetsOneAnswer"},
		{"the end of an upload with its client", "internal/web/dropped.go", "newDropped",
			"Context: ctx", "Context: nil", []string{"./cmd/portsniff"},
			"TestServeUploadEndsWithItsClient"},
		{"the bound of an update to a browser", "internal/page/live_update.go", "updateBytes",
			"2 << 20", "1 << 30", []string{"./internal/page"},
			"TestLateBrowserGetsAllKeptPackets|TestStalledBrowsersKeepLittle"},
		{"the time that a request has", "internal/web/web.go", "New", "ReadTimeout: readTimeout",
			"ReadTimeout: 0*readTimeout", []string{"./internal/web"}, "TestIdleConnectionEnds"},
	}
}
