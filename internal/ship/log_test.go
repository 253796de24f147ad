package ship_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/ship"
	"github.com/portsniff/portsniff/internal/store"
)

// TestLogAfterCrash checks that a truncated line is ignored. Entries of inputs that the store no
// longer has are removed.
func TestLogAfterCrash(t *testing.T) {
	folder := newStore(t, 3)
	has, err := store.Contents(folder)
	if err != nil {
		t.Fatal(err)
	}
	l := openLog(t, folder)
	if err := l.AddInput(&has[0]); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		if err := l.Add(&has[1].Files[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, ship.LogName("http://server", "portsniff"))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	noise := "input " + id(99) + " 5\n\x00\x00\x00\ninput " + id(3) + " x\n"
	torn := strings.TrimSuffix(string(text), "\n")
	if err := os.WriteFile(name, []byte(noise+torn), 0o666); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, folder)
	if size, ok := l.Has(id(1)); !ok || size != has[0].Size() {
		t.Errorf("the first input: %v, %v", size, ok)
	}
	if !l.HasFile(has[1].Files[0].Name) || l.HasFile(has[1].Files[1].Name) {
		t.Error("the files of the second input")
	}
	for _, n := range []int{3, 99} {
		if _, ok := l.Has(id(n)); ok {
			t.Errorf("input %d is noted", n)
		}
	}
	if err := l.AddInput(&has[1]); err != nil {
		t.Fatal(err)
	}
	if text, err = os.ReadFile(name); err != nil || strings.Contains(string(text), id(99)) ||
		strings.Count(string(text), "\n") != 4 {
		t.Errorf("%v:\n%s", err, text)
	}
	if _, ok := openLog(t, folder).Has(id(2)); !ok {
		t.Error("what was added is lost")
	}
}

func TestLogsOfServers(t *testing.T) {
	names := map[string]bool{}
	for _, server := range []string{"http://a:8123", "http://b:8123", "https://a:8123"} {
		for _, database := range []string{"portsniff", "other"} {
			names[ship.LogName(server, database)] = true
		}
	}
	if len(names) != 6 {
		t.Error(names)
	}
}
