package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A Stored input is complete: none of its files is missing.
type Stored struct {
	ID    string
	Files []StoredFile // the file of the table inputs is last
}

// A StoredFile is a file of a store.
type StoredFile struct {
	Table string
	Name  string // relative to the store's folder, with slashes
	Size  int64
}

// Size returns the size of an input's files in bytes.
func (s *Stored) Size() (n int64) {
	for _, f := range s.Files {
		n += f.Size
	}
	return n
}

// IDs returns the IDs of the complete inputs of a store. It reads only the folders of the table
// inputs.
func IDs(folder string) (ids []string, err error) {
	root := filepath.Join(folder, Inputs)
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".parquet") {
			return err
		}
		if id, ok := inputOf(name); ok {
			ids = append(ids, id)
		}
		return nil
	})
	if _, e := os.Stat(root); errors.Is(e, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", folder, ErrNoStore)
	}
	return ids, err
}

// Contents returns the complete inputs of a store, the oldest first. They are sorted by day, then
// by the time when they were stored.
func Contents(folder string) ([]Stored, error) {
	s, err := OpenSpool(folder, 0)
	if err != nil {
		return nil, err
	}
	var list []Stored
	names := Names()
	for _, in := range s.oldestFirst() {
		one := Stored{ID: in.id}
		for name, size := range in.names {
			below, err := filepath.Rel(folder, name)
			if err != nil {
				return nil, err
			}
			if below = filepath.ToSlash(below); names.MatchString(below) {
				table := path.Dir(path.Dir(below))
				one.Files = append(one.Files, StoredFile{table, below, size})
			}
		}
		slices.SortFunc(one.Files, func(x, y StoredFile) int {
			return cmp.Or(cmp.Compare(slices.Index(Tables(), x.Table),
				slices.Index(Tables(), y.Table)), strings.Compare(x.Name, y.Name))
		})
		if n := len(one.Files); n > 0 && one.Files[n-1].Table == Inputs {
			list = append(list, one)
		}
	}
	return list, nil
}

// oldestFirst returns the inputs sorted by day, then by the time when they were stored.
func (s *Spool) oldestFirst() []*content {
	return slices.SortedFunc(maps.Values(s.inputs), func(x, y *content) int {
		return cmp.Or(strings.Compare(x.date, y.date), x.stored.Compare(y.stored),
			strings.Compare(x.id, y.id))
	})
}
