package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
)

// tree lists the files below a folder.
func tree(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func openSpool(t testing.TB, dir string, maxBytes int64) *store.Spool {
	t.Helper()
	s, err := store.OpenSpool(dir, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// day returns a capture of n flows, one per second, on the given day of 1970.
func day(day, n int) []capture.Record {
	var list []record
	for i := range n {
		list = append(list, record{udp(1024+i%60000, 53),
			(int64(day)*86400 + int64(i)) * second})
	}
	return records(list)
}

// An input that is stored again exists once, even if it was stored with other options before.
func TestStoredAgain(t *testing.T) {
	d := newFolder(t)
	long := append(day(3, 500), day(4, 500)...)
	for range 2 {
		d.Spool = openSpool(t, d.Path, 0)
		export(t, d, "one", long, timeouts)
	}
	before := len(tree(t, d.Path))
	ports, flows := load(t, d.Path, nil)
	if ports.Total.Packets != 1000 || flows.Len() != 500 || before != 2*3+1 {
		t.Errorf("%d packets, %d flows, %d files", ports.Total.Packets, flows.Len(), before)
	}
	d.Spool = openSpool(t, d.Path, 0)
	export(t, d, "one", long[:500], timeouts)
	if ports, _ = load(t, d.Path, nil); ports.Total.Packets != 500 || len(tree(t, d.Path)) != 4 {
		t.Errorf("%d packets in %v", ports.Total.Packets, tree(t, d.Path))
	}
}

// A store above its maximum size loses the oldest inputs. The input that replaced them records
// this.
func TestSizeIsLimited(t *testing.T) {
	d := newFolder(t)
	d.Spool = openSpool(t, d.Path, 0)
	for i := range 4 {
		export(t, d, fmt.Sprint(i), day(i, 1000), timeouts)
	}
	size := int64(0)
	for _, name := range tree(t, d.Path) {
		size += fileSize(t, name)
	}
	d.Spool = openSpool(t, d.Path, size+size/8)
	export(t, d, "4", day(4, 1000), timeouts)
	ports, _ := load(t, d.Path, nil)
	if ports.Total.Packets != 4000 || ports.Ports()[0].First != 86400*second {
		t.Errorf("%d packets from %d on", ports.Total.Packets, ports.Ports()[0].First)
	}
	var after int64
	for _, name := range tree(t, d.Path) {
		after += fileSize(t, name)
	}
	if after > size+size/8 {
		t.Errorf("%d bytes, the limit is %d", after, size+size/8)
	}
}

// Within a day, the inputs that were stored first are removed first. This process or an earlier one
// may have stored them.
func TestOldestOfADayGoesFirst(t *testing.T) {
	const all, kept = 12, 4
	id := func(d *store.Folder, i int) string {
		id, err := store.ID(d.Sensor, strings.NewReader(fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, again := range []bool{false, true} {
		d := newFolder(t)
		export(t, d, "0", day(0, 1000), timeouts)
		var size int64
		for _, name := range tree(t, d.Path) {
			size += fileSize(t, name)
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		}
		limit := kept*size + size/2
		d.Spool = openSpool(t, d.Path, limit)
		begin := time.Unix(1_795_000_000, 0)
		for i := range all {
			export(t, d, fmt.Sprint(i), day(0, 1000), timeouts)
			for _, name := range tree(t, d.Path) {
				if strings.Contains(name, id(d, i)) && again {
					at := begin.Add(time.Duration(i) * time.Second)
					if err := os.Chtimes(name, at, at); err != nil {
						t.Fatal(err)
					}
				}
			}
			if again {
				d.Spool = openSpool(t, d.Path, limit)
			}
		}
		for i := range all {
			files := 0
			for _, name := range tree(t, d.Path) {
				if strings.Contains(name, id(d, i)) {
					files++
				}
			}
			if (files > 0) != (i >= all-kept) {
				t.Errorf("listed again %v: input %d has %d files", again, i, files)
			}
		}
	}
}

func fileSize(t testing.TB, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Rows without a row in inputs are ignored: the program ended while it named the files.
func TestIncompleteInputIsNotRead(t *testing.T) {
	d := newFolder(t)
	export(t, d, "one", day(1, 10), timeouts)
	export(t, d, "two", day(2, 10), timeouts)
	for _, name := range tree(t, filepath.Join(d.Path, "inputs", "date=1970-01-02")) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if ports, flows := load(t, d.Path, nil); ports.Total.Packets != 10 || flows.Len() != 10 {
		t.Errorf("%d packets, %d flows", ports.Total.Packets, flows.Len())
	}
	if _, err := store.Open(t.TempDir(), nil); !errors.Is(err, store.ErrNoStore) {
		t.Errorf("an empty folder: %v", err)
	}
}

// A fullDisk fails after left bytes. Nothing may be left in the store then.
type fullDisk struct {
	outfile.Local
	left int
}

func (f *fullDisk) Create(name string) (*outfile.File, error) {
	file, err := f.Local.Create(name)
	if err == nil {
		file.Writer = limited{file.Writer, f}
	}
	return file, err
}

type limited struct {
	w    interface{ Write([]byte) (int, error) }
	disk *fullDisk
}

var errFull = errors.New("no space left")

func (l limited) Write(b []byte) (int, error) {
	if l.disk.left -= len(b); l.disk.left < 0 {
		return 0, errFull
	}
	return l.w.Write(b)
}

func TestFullDisk(t *testing.T) {
	list := day(1, 3000)
	for left := 0; left < 40_000; left += 3001 {
		d := newFolder(t)
		d.Files = &fullDisk{Local: outfile.Local{Tree: true}, left: left}
		in := d.NewInput(strings.Repeat("a", 32))
		table := flow.NewTable(flow.Options{})
		table.OnEnd = in.Flow
		b := table.NewBatch()
		for i := range list {
			b.Add(&list[i], testkit.Quick(&list[i]))
		}
		table.Count(b)
		table.Finish()
		err := in.Close(&store.Summary{})
		files := tree(t, d.Path)
		if err == nil && left > 10_000 {
			continue
		}
		if !errors.Is(err, errFull) || len(files) != 0 {
			t.Errorf("%d bytes left: %v, %v", left, err, files)
		}
	}
}

// A damaged file causes an error that names the file, or does not change the numbers. It never ends
// the program.
func TestDamagedFiles(t *testing.T) {
	d := newFolder(t)
	export(t, d, "one", packets(t, "services"), timeouts)
	r := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for _, name := range tree(t, d.Path) {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			bad := slices.Clone(good)
			if i%3 == 0 {
				bad = bad[:r.IntN(len(bad))]
			} else {
				for range 1 + r.IntN(4) {
					bad[r.IntN(len(bad))] ^= byte(1 + r.IntN(255))
				}
			}
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(d.Path, nil)
			if err == nil {
				err = errors.Join(s.LoadPorts(flow.NewPortTable(flow.PortOptions{})),
					s.LoadFlows(flow.NewTable(flow.Options{})))
			}
			if err != nil && !strings.Contains(err.Error(), name) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil {
				failed++
			}
		}
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if failed < 100 {
		t.Errorf("only %d damaged files were noticed", failed)
	}
}

// The identity depends on the sensor and on the whole content.
func TestID(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range [][2]string{{"a", "x"}, {"b", "x"}, {"a", "y"}, {"a", ""}, {"", "ax"}} {
		id, err := store.ID(c[0], bytes.NewReader([]byte(c[1])))
		if err != nil || len(id) != 32 || seen[id] {
			t.Errorf("%q: %s, %v", c, id, err)
		}
		seen[id] = true
	}
}
