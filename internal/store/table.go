package store

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"

	"github.com/portsniff/portsniff/internal/outfile"
)

// Files creates and removes files below the folder of a store. It creates missing folders.
type Files interface {
	outfile.Maker
	// Delete removes a file.
	Delete(name string) error
}

// openParts is the maximum number of open files of a table. After midnight, flows of the day before
// still end, so files of two days are open.
const openParts = 2

// writeRows is the number of rows that are converted at a time.
const writeRows = 1024

// A table writes the rows of one table into files by date. E is the type of the values that are
// converted to rows.
type table[E, R any] struct {
	name   string
	folder string // of the table
	base   string // first part of the files' names
	files  Files
	nanos  func(*E) int64  // the time that determines the date
	key    func(*E) uint64 // rows of one date are sorted by this key, then by time
	row    func(*E, *optional) R

	list  []E        // waiting to be written
	spare []E        // being written
	done  chan error // result of the current write; nil if there is none
	open  []*part[R]
	all   []*stored // all files, in order
	total int64
	err   error // the first error; nothing is written after it
	opt   optional
	chunk []R
}

// add adds a row.
func (t *table[E, R]) add(e *E) error {
	t.list = append(t.list, *e)
	if t.total++; len(t.list) < groupRows {
		return t.err
	}
	return t.flush()
}

// flush waits for the current write. It then starts to write the waiting rows in a goroutine.
func (t *table[E, R]) flush() error {
	if t.wait(); t.err != nil || len(t.list) == 0 {
		return t.err
	}
	t.list, t.spare = t.spare[:0], t.list
	t.done = make(chan error, 1)
	go func() { t.done <- t.writeAll(t.spare) }()
	return nil
}

// wait waits for the current write.
func (t *table[E, R]) wait() {
	if t.done == nil {
		return
	}
	t.err = errors.Join(t.err, <-t.done)
	t.done = nil
}

// writeAll writes rows, a row group for each date.
func (t *table[E, R]) writeAll(list []E) error {
	keys := make([]sortKey, len(list))
	for i := range keys {
		nanos := t.nanos(&list[i])
		keys[i] = sortKey{dayOf(nanos), t.key(&list[i]), nanos, int32(i)}
	}
	slices.SortFunc(keys, func(x, y sortKey) int {
		return cmp.Or(cmp.Compare(x.day, y.day), cmp.Compare(x.key, y.key),
			cmp.Compare(x.nanos, y.nanos), cmp.Compare(x.place, y.place))
	})
	for len(keys) > 0 {
		day := keys[0].day
		n := sort.Search(len(keys), func(i int) bool { return keys[i].day > day })
		if err := t.group(dateOf(day), list, keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// A sortKey determines the position of a row.
type sortKey struct {
	day   int64
	key   uint64
	nanos int64
	place int32 // index in the list
}

// group writes a row group into the file of a date.
func (t *table[E, R]) group(date string, list []E, keys []sortKey) error {
	p, err := t.part(date, len(keys))
	if err != nil {
		return err
	}
	for len(keys) > 0 {
		n := min(len(keys), writeRows)
		t.opt.reset()
		t.chunk = t.chunk[:0]
		for _, k := range keys[:n] {
			t.chunk = append(t.chunk, t.row(&list[k.place], &t.opt))
		}
		if err := p.write(t.chunk); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return p.writer.Flush()
}

// part returns an open file of a date with space for more rows.
func (t *table[E, R]) part(date string, rows int) (*part[R], error) {
	i := slices.IndexFunc(t.open, func(p *part[R]) bool { return p.date == date })
	if i >= 0 && t.open[i].rows+rows <= fileRows {
		return t.open[i], nil
	}
	if i < 0 && len(t.open) == openParts {
		i = 0
	}
	if i >= 0 {
		p := t.open[i]
		t.open = slices.Delete(t.open, i, i+1)
		if err := p.finish(); err != nil {
			return nil, err
		}
	}
	base := fmt.Sprintf("%s-%04d.parquet", t.base, len(t.all)+1)
	p, err := newPart[R](t.files, t.name, date, filepath.Join(t.folder, date, base))
	if err != nil {
		return nil, err
	}
	t.all, t.open = append(t.all, p.stored), append(t.open, p)
	return p, nil
}

// finish writes the remaining rows. The files have no names yet.
func (t *table[E, R]) finish() error {
	err := t.flush()
	t.wait()
	if err = cmp.Or(t.err, err); err != nil {
		return err
	}
	for _, p := range t.open {
		if err := p.finish(); err != nil {
			return err
		}
	}
	t.open = nil
	return nil
}

// discard removes all files.
func (t *table[E, R]) discard() error {
	t.wait()
	return discard(t.all)
}

// discard removes files that have no names yet.
func discard(list []*stored) (err error) {
	for _, s := range list {
		err = errors.Join(err, s.file.Discard())
	}
	return err
}
