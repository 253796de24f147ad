package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Spool tracks the files of a store. It keeps the store below a maximum size and replaces inputs
// that are stored again.
type Spool struct {
	max    int64 // bytes, 0 for no limit
	size   int64
	inputs map[string]*content

	Removed      int64 // inputs that were removed because the store reached its maximum size
	RemovedBytes int64
}

// content describes the files of an input.
type content struct {
	id     string
	date   string    // folder of the last day with rows of the input
	stored time.Time // time when its last file was stored
	names  map[string]int64
}

func (s *content) size() (n int64) {
	for _, size := range s.names {
		n += size
	}
	return n
}

// OpenSpool lists the files of a store. A folder that does not exist is empty.
func OpenSpool(folder string, maxBytes int64) (*Spool, error) {
	s := &Spool{max: maxBytes, inputs: map[string]*content{}}
	for _, t := range Tables() {
		err := filepath.WalkDir(filepath.Join(folder, t), func(name string, d fs.DirEntry,
			err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil
			case err != nil || d.IsDir() || !strings.HasSuffix(name, ".parquet"):
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			s.note(name, info.Size(), info.ModTime())
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// inputOf returns the input of a file that a store wrote. ok is false for other files.
func inputOf(name string) (id string, ok bool) {
	id, _ = strings.CutSuffix(filepath.Base(name), ".parquet")
	id, _, _ = strings.Cut(id, "-")
	return id, len(id) == idLength && strings.Trim(id, "0123456789abcdef") == ""
}

const idLength = 32

// note records a file.
func (s *Spool) note(name string, size int64, stored time.Time) {
	id, ok := inputOf(name)
	if !ok {
		return
	}
	in := s.inputs[id]
	if in == nil {
		in = &content{id: id, names: map[string]int64{}}
		s.inputs[id] = in
	}
	in.date = max(in.date, filepath.Base(filepath.Dir(name)))
	if in.stored.Before(stored) {
		in.stored = stored
	}
	s.size += size - in.names[name]
	in.names[name] = size
}

// makeRoom removes the oldest inputs until more bytes fit below the maximum size. It removes the
// inputs of the first days first, and within a day those that were stored first. It never removes
// the input whose ID is but.
func (s *Spool) makeRoom(files Files, but string, more int64) (inputs, bytes int64, err error) {
	if s == nil || s.max == 0 {
		return 0, 0, nil
	}
	for _, in := range s.oldestFirst() {
		if s.size+more <= s.max || in.id == but {
			continue
		}
		size := in.size()
		if err := s.remove(files, in, nil); err != nil {
			return inputs, bytes, err
		}
		inputs, bytes = inputs+1, bytes+size
		s.Removed, s.RemovedBytes = s.Removed+1, s.RemovedBytes+size
		delete(s.inputs, in.id)
	}
	return inputs, bytes, nil
}

// remove removes the files of an input except those in but. It removes the file of the table inputs
// first, because without it the other files are ignored.
func (s *Spool) remove(files Files, in *content, but []*stored) error {
	names := slices.SortedFunc(maps.Keys(in.names), func(x, y string) int {
		return cmp.Or(cmp.Compare(tableOf(y), tableOf(x)), strings.Compare(x, y))
	})
	for _, name := range names {
		if slices.ContainsFunc(but, func(f *stored) bool { return f.name == name }) {
			continue
		}
		if err := files.Delete(name); err != nil {
			return fmt.Errorf("%s was not removed: %w", name, err)
		}
		s.size -= in.names[name]
		delete(in.names, name)
	}
	return nil
}

// tableOf returns the index of a file's table in Tables.
func tableOf(name string) int {
	return slices.Index(Tables(), filepath.Base(filepath.Dir(filepath.Dir(name))))
}

// replace records the files of an input and removes its earlier files.
func (s *Spool) replace(files Files, id string, list []*stored) error {
	if s == nil {
		return nil
	}
	if in := s.inputs[id]; in != nil {
		if err := s.remove(files, in, list); err != nil {
			return err
		}
	}
	for _, f := range list {
		s.note(f.name, f.size, time.Now())
	}
	return nil
}
