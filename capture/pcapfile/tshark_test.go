package pcapfile

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// tsharkFields returns the fields that oracle reads, in any order.
func tsharkFields() []string {
	return []string{"frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type",
		"frame.interface_id"}
}

// TestTshark compares the packets read from files built here with tshark's. The builders and the
// reader could share a misunderstanding of a format.
func TestTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil && os.Getenv("PORTSNIFF_REQUIRE_ORACLES") == "1" {
		t.Fatal(err)
	}
	if err != nil {
		t.Skip("SKIPPED: tshark is not installed: reading was NOT compared with it")
	}
	files := make(map[string][]byte)
	for name, parts := range partFiles() {
		switch {
		case strings.HasSuffix(name, " pcapng"):
			name = "pcapng" // pcapng sections can follow each other
		case strings.HasPrefix(name, le.String()):
			continue // one byte order is enough, because starting tshark is slow
		}
		for _, p := range parts {
			files[name] = append(files[name], p.bytes...)
		}
	}
	swapped := func(minor uint16, link uint32) []byte {
		h := plainHeader()
		h.minor, h.link = minor, link
		return join(h.bytes(be), record(be, 1, 2, 70, 60, nil, frame(60, 1)))
	}
	// tshark is not exact for units of 2^-34 and smaller: see TestClockByHand
	units := []byte{0, 3, 6, 9, 12, 19, 0x80, 0x8a, 0xa0}
	res := func(o bo) (file []byte) {
		for _, r := range units {
			iface := idb(o, 1, 0, option(o, 9, []byte{r}), option(o, 14, o.AppendUint64(nil, 7)))
			file = append(file, join(shb(o), iface, epb(o, 0, 1_700_000_000, frame(60, 1)))...)
		}
		return file
	}
	cut := plainPcapng(le)
	for name, data := range map[string][]byte{
		"version 2.2": swapped(2, 1), "AIX": swapped(2, 6), "version 2.3": swapped(3, 1),
		"FCS":  swapped(2, 0x24000001),
		"gzip": compressGzip(t, plainPcap(be)), "zstd": compressZstd(t, plainPcapng(be), 1<<20),
		"lz4":         compressLZ4(t, plainPcap(le)),
		"resolutions": res(be), "cut": cut[:len(cut)-5], "cut pcap": plainPcap(be)[:150],
		"odd lengths": join(
			shb(le), idb(le, 1, 0), rawBlock(le, 6, 89, 89,
				epbBody(le, 0, 1, 57, 57, frame(57, 2))), epb(le, 0, 1, frame(60, 1)),
			shb(le), idb(le, 1, 20), spb(le, 60, frame(20, 1)), epb(le, 0, 1, frame(60, 1))),
	} {
		files[name] = data
	}
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // nearly all of the time is tshark's start
			compareTshark(t, tshark, data)
		})
	}
}

func compareTshark(t *testing.T, tshark string, data []byte) {
	names := writeFiles(t, data)
	args := []string{"-r", names[0], "-T", "fields", "-E", "header=y"}
	for _, field := range tsharkFields() {
		args = append(args, "-e", field)
	}
	out, err := exec.Command(tshark, args...).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	table := writeFiles(t, out)[0]
	if !strings.HasPrefix(string(out), tsharkFields()[0]) {
		t.Fatalf("tshark says %q", out)
	}
	rows := oracle(t, table)
	packets, _, readErr := read(t, data)
	if len(packets) != len(rows) || len(rows) == 0 {
		t.Errorf("%d packets, tshark reads %d", len(packets), len(rows))
	}
	if (readErr == nil) != (err == nil) {
		t.Errorf("ends in %v, tshark in %v", readErr, err)
	}
	for i := range min(len(packets), len(rows)) {
		compare(&packets[i], rows[i], func(field string, got, want any) {
			t.Errorf("packet %d: %s %v, tshark says %v", i+1, field, got, want)
		})
	}
}
