package pcapfile

import (
	"errors"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
)

// corpusMin is the minimum number of captures in a corpus; fewer indicate a wrong path.
const corpusMin = 600

// An exception is an intended difference between this package and tshark 4.0.17.
type exception struct {
	file   string // the end of its path
	fields string // the fields that differ: "time", "len", "caplen", "packets"
	reason string
}

func corpusExceptions() []exception {
	const (
		signed = "the sub-second part is a second or more: tshark prints it raw, or as a " +
			"negative number"
		refused = "tshark does not open it, tcpdump reads as many"
		clamped = "tshark cuts a length on the wire above 2^31-1 down to that"
	)
	return []exception{
		{"RADIUS.pcap", "time", signed},
		{"pcap/fuzz-2021-10-13.pcap", "time", signed},
		{"clusterfuzz-testcase-FuzzTarget-5781142119907328", "time", signed},
		{"clusterfuzz-testcase-minimized-FuzzTarget-5421416466481152", "time", signed},
		{"clusterfuzz-testcase-minimized-FuzzTarget-5487001111429120", "time", signed},
		{"clusterfuzz-testcase-minimized-FuzzTarget-5669109772845056", "time", signed},
		{"clusterfuzz-testcase-minimized-FuzzTarget-6604968558198784", "time", signed},
		{"clusterfuzz-testcase-minimized-FuzzTarget-6604968558198784", "len", clamped},
		{"crash-eec28dafde1f1ac2299674a75a914ae16d4046fa", "time", signed},
		{"tests/atm-oam-loopback-print-overrun.pcap", "time", signed},
		{"tests/atm-oam-loopback-print-overrun.pcap", "len caplen",
			"tshark takes SunATM's header of four bytes off the packet"},
		{"regression_samples/igmplayer", "time len caplen",
			"tshark guesses a record header of Nokia's; tcpdump reads the same as we do"},
		{"clusterfuzz-testcase-minimized-FuzzTarget-5685520970809344", "packets", refused +
			": its link type has a reserved bit"},
		{"clusterfuzz-testcase-minimized-FuzzTarget-5766899836387328", "packets", refused +
			": tshark guesses another record header"},
		{"tests/frf16_magic_ie-oobr.pcap", "packets", refused + ": unknown link type"},
		{"tests/hoobr_juniper3.pcap", "packets", refused + ": unknown link type"},
		{"tests/juniper_es_oobr.pcap", "packets", refused + ": unknown link type"},
		{"testdata/no_radiotap.pcap.xz", "packets", "this build of tshark does not read xz"},
	}
}

// corpusErrors returns the captures that end in an error, and its cause.
func corpusErrors() map[string]error {
	return map[string]error{
		"bug-1450-04/tls_DER-incomplete-header.pcap":  ErrTooLarge,
		"bug-1450-05/tls_DER-incomplete-content.pcap": ErrTooLarge,
		// its second section has version 2.0
		"be/test901.pcapng":                                          ErrVersion,
		"le/test901.pcapng":                                          ErrVersion,
		"truncated_dns_2.pcap":                                       ErrCut,
		"pcap/fuzz-2021-10-13.pcap":                                  ErrCut,
		"clusterfuzz-testcase-FuzzTarget-5781142119907328":           ErrTooLarge,
		"clusterfuzz-testcase-FuzzTarget-6207688043397120":           ErrCut,
		"clusterfuzz-testcase-minimized-FuzzTarget-5685520970809344": ErrCut,
		"crash-eec28dafde1f1ac2299674a75a914ae16d4046fa":             ErrTooLarge,
		"crash-pcapng-epb-unbounded-length":                          ErrLength,
		"regression_samples/igmplayer":                               ErrTooLarge,
		"tests/shb-option-too-long.pcapng":                           ErrTrailer,
		"tests/pcap-invalid-version-1.pcap":                          ErrVersion,
		"tests/pcapng-invalid-vers-1.pcapng":                         ErrVersion,
	}
}

// oracleRow is tshark's output for a packet.
type oracleRow struct {
	time        *big.Rat // seconds, nil for none
	len, caplen string
	iface       string
}

// TestCorpus compares packets, lengths, times and interfaces with tshark's for a folder of real
// captures. The environment names the folder. It contains files/, oracle/ with a table of tshark's
// fields for each file, and MANIFEST.tsv.
func TestCorpus(t *testing.T) {
	root := os.Getenv("PORTSNIFF_CORPUS")
	if root == "" {
		t.Skip("SKIPPED: PORTSNIFF_CORPUS is not set: reading was NOT compared with tshark on " +
			"real captures")
	}
	manifest, err := os.ReadFile(filepath.Join(root, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split(strings.TrimRight(string(manifest), "\n"), "\n")[1:]
	if len(names) < corpusMin {
		t.Fatalf("%d captures", len(names))
	}
	c := corpus{used: make(map[int]bool), ends: make(map[string]bool)}
	for _, line := range names {
		c.file(t, root, strings.Split(line, "\t")[0])
	}
	if c.packets < 30_000 {
		t.Errorf("%d packets were compared", c.packets)
	}
	for i, e := range corpusExceptions() {
		if !c.used[i] {
			t.Errorf("%s: the exception for %s is not needed", e.file, e.fields)
		}
	}
	for suffix := range corpusErrors() {
		if !c.ends[suffix] {
			t.Errorf("%s should end in an error", suffix)
		}
	}
}

type corpus struct {
	packets int
	used    map[int]bool    // exceptions
	ends    map[string]bool // errors
}

func (c *corpus) file(t *testing.T, root, name string) {
	rows := oracle(t, filepath.Join(root, "oracle", name+".tsv"))
	diff := func(field string, packet int, got, want any) {
		for i, e := range corpusExceptions() {
			if strings.HasSuffix(name, e.file) &&
				strings.Contains(" "+e.fields+" ", " "+field+" ") {
				c.used[i] = true
				return
			}
		}
		t.Errorf("%s, packet %d: %s %v, tshark says %v", name, packet, field, got, want)
	}
	f, err := Open(filepath.Join(root, "files", name), Options{})
	var p capture.Packet
	n := 0
	for ; err == nil; n++ {
		if err = f.Next(&p); err != nil {
			break
		}
		if n < len(rows) {
			compare(&p, rows[n], func(field string, got, want any) { diff(field, n+1, got, want) })
		}
	}
	c.packets += n
	if n != len(rows) {
		diff("packets", n, n, len(rows))
	}
	c.end(t, name, err)
	if f != nil {
		f.Close()
	}
}

func (c *corpus) end(t *testing.T, name string, err error) {
	for suffix, cause := range corpusErrors() {
		if strings.HasSuffix(name, suffix) {
			c.ends[suffix] = true
			if !errors.Is(err, cause) {
				t.Errorf("%s ends in %v, want %v", name, err, cause)
			}
			return
		}
	}
	if err != io.EOF {
		t.Errorf("%s: %v", name, err)
	}
}

func compare(p *capture.Packet, row oracleRow, diff func(field string, got, want any)) {
	if got := strconv.Itoa(p.Length); got != row.len {
		diff("len", got, row.len)
	}
	if got := strconv.Itoa(p.CaptureLength); got != row.caplen {
		diff("caplen", got, row.caplen)
	}
	if got := strconv.Itoa(p.InterfaceIndex); row.iface != "" && got != row.iface {
		diff("interface", got, row.iface)
	}
	if (row.time != nil) != p.HasTime {
		diff("time", p.HasTime, row.time)
	} else if p.HasTime {
		got := new(big.Rat).SetFrac(big.NewInt(int64(p.Timestamp.Nanosecond())), big.NewInt(1e9))
		// UnixNano would overflow in the year 2262
		got.Add(got, new(big.Rat).SetInt64(p.Timestamp.Unix()))
		if far := new(big.Rat).Sub(got, row.time); far.Abs(far).Cmp(big.NewRat(1, 1e6)) > 0 {
			diff("time", p.Timestamp, row.time.FloatString(9))
		}
	}
}

// oracle reads tshark's table of a capture. It omits the rows of blocks without a packet, which
// have no encapsulation type.
func oracle(t *testing.T, name string) (rows []oracleRow) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	column := make(map[string]int)
	for i, h := range strings.Split(lines[0], "\t") {
		column[h] = i
	}
	for _, line := range lines[1:] {
		v := strings.Split(line, "\t")
		if len(v) != len(column) {
			t.Fatalf("%s: a row of %d columns, the head has %d", name, len(v), len(column))
		}
		if v[column["frame.encap_type"]] == "" {
			continue
		}
		row := oracleRow{len: v[column["frame.len"]], caplen: v[column["frame.cap_len"]],
			iface: v[column["frame.interface_id"]]}
		if s := v[column["frame.time_epoch"]]; s != "" {
			var ok bool
			if row.time, ok = new(big.Rat).SetString(s); !ok {
				t.Fatalf("%s: time %q", name, s)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// TestCorpusWrittenBack writes every real capture and checks that reading it again gives equal
// packets.
func TestCorpusWrittenBack(t *testing.T) {
	root := os.Getenv("PORTSNIFF_CORPUS")
	if root == "" {
		t.Skip("SKIPPED: PORTSNIFF_CORPUS is not set: real captures were NOT written and read back")
	}
	manifest, err := os.ReadFile(filepath.Join(root, "MANIFEST.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	refused := map[error]int{}
	for _, line := range strings.Split(strings.TrimRight(string(manifest), "\n"), "\n")[1:] {
		name, _, _ := strings.Cut(line, "\t")
		data, err := os.ReadFile(filepath.Join(root, "files", name))
		if err != nil {
			t.Fatal(err)
		}
		list, _ := readAll(t, data) // TestCorpus checks the error
		if _, err := sameBack(t, Pcapng, list); err != nil && list[0].Link <= 0xffff {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := sameBack(t, Pcap, list); err != nil {
			refused[errors.Unwrap(errors.Unwrap(err))]++
		}
	}
	t.Logf("pcap cannot hold all of: %v", refused)
	for err, n := range refused {
		if !errors.Is(err, ErrLinkType) && !errors.Is(err, ErrTime) && !errors.Is(err, ErrFCSLen) {
			t.Errorf("%d captures refused as pcap: %v", n, err)
		}
	}
}
