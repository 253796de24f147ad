package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portsniff/portsniff/internal/textutil"
)

// FuzzEscape checks that no view of a text contains a character that controls a terminal, or a cell
// that a spreadsheet computes. The original text can be read back from the escaped one.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"plain", "\x1b]0;title\x07", `\x1b[2J`, "\u009b31m", "\xff\x9b",
		"a\u202eb", "\u2066", "\ufeff", "=1+1", " =1+1", "-5", "+49", "@SUM(A1)", "|calc", "%0",
		"\"q\"", "\U000e0041", "a\r\nb", "\ufffd", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := textutil.Escape(s)
		checkText(t, "escaped", []byte(escaped))
		if strings.ContainsAny(escaped, "\n\t") {
			t.Errorf("%q became %q", s, escaped)
		}
		if back, err := strconv.Unquote(`"` + strings.ReplaceAll(escaped, `"`, `\"`) +
			`"`); err != nil || back != s {
			t.Errorf("%q became %q, which is %q (%v)", s, escaped, back, err)
		}
		text := appendJSONText(nil, s)
		checkText(t, "JSON", text)
		var back string
		if err := json.Unmarshal(text, &back); err != nil || utf8.ValidString(s) && back != s ||
			bytes.ContainsAny(text, "\n\t") {
			t.Errorf("%q became %s, which is %q (%v)", s, text, back, err)
		}
		cellHolds(t, s)
	})
}

// cellHolds checks the CSV cell of a text as a reader parses it.
func cellHolds(t *testing.T, s string) {
	t.Helper()
	b := append(appendCell(nil, s), "next\n"...)
	checkText(t, "CSV", b)
	if want := csvLine(t, s, "next"); string(b) != want || string(appendCell(nil, []byte(s)))+
		"next\n" != want {
		t.Errorf("%q became the row %q, want %q", s, b, want)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
		t.Fatalf("%q: %q, %v", s, rows, err)
	}
	cell := rows[0][0]
	if _, err := strconv.ParseInt(cell, 10, 64); err != nil && startsFormula(cell) {
		t.Errorf("%q became the cell %q", s, cell)
	}
	if cell != textutil.Escape(s) && cell != "'"+textutil.Escape(s) {
		t.Errorf("%q became the cell %q, and its text is %q", s, cell, textutil.Escape(s))
	}
}

// csvLine returns a row as encoding/csv writes it, with each cell defused.
func csvLine(t *testing.T, cells ...string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	for i := range cells {
		cells[i] = defuse(cells[i])
	}
	if err := w.Write(cells); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	return b.String()
}

// startsFormula reports whether a spreadsheet may compute a cell or pass it to another program
// (OWASP, CSV Injection). Spaces before the formula do not count.
func startsFormula(cell string) bool {
	cell = strings.TrimLeft(cell, " ")
	return cell != "" && strings.Contains("=+-@|%", cell[:1])
}
