package hexdump_test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/hexdump"
)

// FuzzParse checks that every character of accepted text has a meaning: offsets, digits of bytes,
// characters, marks, prefixes of lines, or lines of text without bytes. The digits of a dump in
// order are its bytes. Parsed bytes can be written and parsed again.
func FuzzParse(f *testing.F) {
	for _, form := range slices.Concat(dumpFormats, moreFormats, plainFormats) {
		data := syn
		if form.of > 0 {
			data = syn[:64]
		}
		f.Add(form.write(data))
	}
	f.Add("0000000 3ac9 bb01\n0000004\n")
	f.Add("0000000 035311 135401\n0000004\n")
	f.Add("0000000 311   :   H\n0000003\n")
	f.Add("0000000 00 00 00 00\n*\n0000020 01\n0000021\n")
	f.Add(`$1 = {0x45, 0x0 <repeats 11 times>, 0x2}`)
	f.Fuzz(func(t *testing.T, text string) {
		blocks, lines, uses, err := hexdump.Account(text)
		if err != nil {
			return
		}
		checkUses(t, lines, uses)
		checkDigits(t, blocks, lines, uses)
		for _, b := range blocks {
			checkAgain(t, b.Data)
		}
	})
}

// manyBytes matches four bytes or more. No line of text may contain them, except column numbers.
var manyBytes = regexp.MustCompile(`(?i)(?:^|[ \t])(?:[0-9a-f]{2}[ \t]+){3}[0-9a-f]{2}(?:[ \t]|$)`)

func checkUses(t *testing.T, lines []string, uses []hexdump.Use) {
	t.Helper()
	used := make([][]bool, len(lines))
	for i, l := range lines {
		used[i] = make([]bool, len(l))
	}
	for _, u := range uses {
		part := lines[u.Line][u.Start:u.End]
		for i := u.Start; i < u.End; i++ {
			used[u.Line][i] = true
		}
		exempt := slices.ContainsFunc([]string{"//", "/*", "#", "-- ", " 01 02 03", " 1  2  3"},
			func(s string) bool { return strings.Contains(lines[u.Line], s) }) // comments, rulers
		if u.Kind == "prose" && !exempt && manyBytes.MatchString(part) {
			t.Fatalf("bytes in a line of text: %q", part)
		}
	}
	for i, l := range lines {
		for j := range l {
			if !used[i][j] && l[j] != ' ' && l[j] != '\t' {
				t.Fatalf("line %d, byte %d (%q) is not accounted for", i+1, j, l[j])
			}
		}
	}
}

var inOrder = regexp.MustCompile(
	`^a dump with (short )?((hexa)?decimal|octal) offsets[^;]*$`)

var notDigits = regexp.MustCompile(`[^0-9A-Fa-f]`)

// checkDigits compares the digits of dumps whose bytes are in order with the bytes.
func checkDigits(t *testing.T, blocks []hexdump.Block, lines []string, uses []hexdump.Use) {
	t.Helper()
	var digits strings.Builder
	for _, u := range uses {
		part := lines[u.Line][u.Start:u.End]
		if u.Kind == "mark" && strings.Contains(part, "*") {
			return // rows are left out
		}
		if u.Kind == "digits" {
			digits.WriteString(notDigits.ReplaceAllString(part, ""))
		}
	}
	want := ""
	for _, b := range blocks {
		if !inOrder.MatchString(b.Form) {
			return
		}
		want += hex.EncodeToString(b.Data)
	}
	if !strings.EqualFold(digits.String(), want) {
		t.Fatalf("the digits %s were read as %s", digits.String(), want)
	}
}

// checkAgain writes bytes in three forms and checks that they are read as the same bytes.
func checkAgain(t *testing.T, data []byte) {
	t.Helper()
	if len(data) == 0 || len(data) > 1<<16 {
		return
	}
	forms := []string{hex.EncodeToString(data), hex.Dump(data), rowsOf(data, 16, tcpdumpRow)}
	for _, again := range forms {
		got, err := hexdump.Parse(again)
		if err != nil || len(got) != 1 || !bytes.Equal(got[0].Data, data) {
			t.Fatalf("%x was written as\n%s\nand read as %x, %v", data, again, got, err)
		}
	}
}
