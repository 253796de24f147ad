package pcaps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"
)

func TestTableFilesAndSourcesAgree(t *testing.T) {
	const limit = 1 << 20
	doc, err := os.ReadFile("SOURCES.md")
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := fs.Glob(files, "*.pcap*")
	if err != nil {
		t.Fatal(err)
	}
	if len(embedded) != len(List()) {
		t.Errorf("%d files embedded, %d in the table", len(embedded), len(List()))
	}
	if rows := strings.Count(string(doc), "\n| `"); rows != len(List()) {
		t.Errorf("SOURCES.md has %d rows, the table %d", rows, len(List()))
	}
	total := 0
	for _, s := range List() {
		b := contents(t, s.Name)
		total += len(b)
		if s.Title == "" || s.Learn == "" || s.How == "" || s.File != s.Name+".pcap" &&
			s.File != s.Name+".pcapng" {
			t.Errorf("%s: incomplete row: %+v", s.Name, s)
		}
		how := s.How
		if s.Built {
			how = "**built**: " + how
		}
		n := count(t, s.Name)
		if row := fmt.Sprintf("\n| `%s` | %d | %s | %s | %s |\n", s.File, n, s.Title, how,
			s.Learn); !strings.Contains(string(doc), row) {
			t.Errorf("SOURCES.md lacks the row%s", row)
		}
	}
	if total >= limit {
		t.Errorf("the samples take %d bytes, the limit is %d", total, limit)
	}
}

// contents returns the bytes of a sample, read with Open.
func contents(t *testing.T, name string) []byte {
	t.Helper()
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpenUnknownNamesTheNearest(t *testing.T) {
	_, err := Open("htp")
	if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "http") {
		t.Errorf("got %v", err)
	}
	if _, err := Open(strings.Repeat("x", 1<<20)); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func TestOpenByNameAndByFile(t *testing.T) {
	for _, s := range List() {
		if string(contents(t, s.Name)) != string(contents(t, s.File)) {
			t.Errorf("%s and %s differ", s.Name, s.File)
		}
	}
}
