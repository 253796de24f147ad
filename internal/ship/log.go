package ship

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
)

// A Log is a file that lists what a server has received. Each line is synced to the disk before the
// next file is sent. A line that a crash truncated is ignored, and its file is sent again.
//
//	input ID BYTES   all files of an input
//	file NAME BYTES  one file of an input that is not complete on the server
type Log struct {
	file   *os.File
	inputs map[string]int64
	files  map[string]int64
}

// LogName returns the file name of a log in the folder of a store. Each server and database has its
// own log.
func LogName(server, database string) string {
	sum := sha256.Sum256([]byte(server + "\n" + database))
	return "shipped-" + hex.EncodeToString(sum[:8]) + ".log"
}

// OpenLog opens the log of a store for a server and database. It removes entries of inputs that the
// store no longer has.
func OpenLog(folder, server, database string, has []store.Stored) (*Log, error) {
	l := &Log{inputs: map[string]int64{}, files: map[string]int64{}}
	name := filepath.Join(folder, LogName(server, database))
	before, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l.read(before)
	l.keep(has)
	head := "# portsniff ship: sent to " + server + ", database " + database + "\n"
	after := l.text(head)
	if !bytes.Equal(before, after) {
		if err := outfile.WriteFile(outfile.Local{}, name, after); err != nil {
			return nil, err
		}
	}
	l.file, err = os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
	return l, err
}

// read parses the lines of a log. It ignores malformed lines.
func (l *Log) read(text []byte) {
	for line := range bytes.Lines(text) {
		words := strings.Fields(string(line))
		if len(words) != 3 || !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		size, err := strconv.ParseInt(words[2], 10, 64)
		switch {
		case err != nil:
		case words[0] == "input":
			l.inputs[words[1]] = size
		case words[0] == "file":
			l.files[words[1]] = size
		}
	}
}

// keep removes the entries of inputs that are not in the list.
func (l *Log) keep(has []store.Stored) {
	inputs, files := l.inputs, l.files
	l.inputs, l.files = map[string]int64{}, map[string]int64{}
	for _, in := range has {
		if size, ok := inputs[in.ID]; ok {
			l.inputs[in.ID] = size
			continue
		}
		for _, f := range in.Files {
			if size, ok := files[f.Name]; ok {
				l.files[f.Name] = size
			}
		}
	}
}

// text returns the content of the log.
func (l *Log) text(head string) []byte {
	b := bytes.NewBufferString(head)
	for _, id := range slices.Sorted(maps.Keys(l.inputs)) {
		fmt.Fprintf(b, "input %s %d\n", id, l.inputs[id])
	}
	for _, name := range slices.Sorted(maps.Keys(l.files)) {
		fmt.Fprintf(b, "file %s %d\n", name, l.files[name])
	}
	return b.Bytes()
}

// Has reports whether the server has an input, and the number of bytes that were sent.
func (l *Log) Has(id string) (size int64, ok bool) {
	size, ok = l.inputs[id]
	return size, ok
}

// HasFile reports whether the server has a file.
func (l *Log) HasFile(name string) bool {
	_, ok := l.files[name]
	return ok
}

// Add records a file that the server has.
func (l *Log) Add(f *store.StoredFile) error {
	if err := l.write("file", f.Name, f.Size); err != nil {
		return err
	}
	l.files[f.Name] = f.Size
	return nil
}

// AddInput records that the server has all files of an input.
func (l *Log) AddInput(in *store.Stored) error {
	if err := l.write("input", in.ID, in.Size()); err != nil {
		return err
	}
	l.inputs[in.ID] = in.Size()
	for _, f := range in.Files {
		delete(l.files, f.Name)
	}
	return nil
}

// write adds a line and syncs it to the disk.
func (l *Log) write(kind, name string, size int64) error {
	_, err := io.WriteString(l.file, fmt.Sprintf("%s %s %d\n", kind, name, size))
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("could not record what was sent; it is sent again next time: %w", err)
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }
