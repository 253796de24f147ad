package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/internal/testkit/samples"
)

// TestFullPageCollectsGarbageRarely checks that the garbage collector does not run all the time
// for a full page. It counts the collections of a report of 50,000 packets of the largest size in
// the page.
func TestFullPageCollectsGarbageRarely(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED: -short: no full page was made")
	}
	const packets, limit = 50_000, 150 // collections; 400 without the page in the limit
	name := filepath.Join(t.TempDir(), "fat.pcap")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	_, err = w.Write(samples.Pcap(nil))
	record := make([]byte, 16)
	for i := range packets {
		frame := testkit.FatFrame(uint16(i), 53) // a new flow each time
		binary.LittleEndian.PutUint32(record[8:], uint32(len(frame)))
		binary.LittleEndian.PutUint32(record[12:], uint32(len(frame)))
		_, err1 := w.Write(record)
		_, err2 := w.Write(frame)
		err = errors.Join(err, err1, err2)
	}
	if err := errors.Join(err, w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "report", "-r", name, "-o",
		filepath.Join(t.TempDir(), "page.html"))
	cmd.Env = append(os.Environ(), "PORTSNIFF_TEST_MAIN=1", "GODEBUG=gctrace=1", "GOGC=",
		"GOMEMLIMIT=")
	errs, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	if n := strings.Count("\n"+string(errs), "\ngc "); n == 0 || n > limit {
		t.Errorf("%d collections, want at most %d", n, limit)
	}
}
