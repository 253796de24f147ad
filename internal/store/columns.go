package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// null represents a null value in a column of texts. noTime represents it in a column of numbers.
const null = "\x00"

const (
	// maxGroupRows is the maximum number of rows in a row group that is read, because its columns
	// are in memory as a whole. Row groups of portsniff and DuckDB have groupRows at most.
	maxGroupRows = 1 << 21
	// maxTexts is the maximum number of different texts in the cache that stores equal texts once.
	maxTexts = 1 << 16
	// chunkValues is the number of values that are read at a time.
	chunkValues = 1024
)

// columns are the requested columns of one row group, in the requested order.
type columns struct {
	rows      int
	intNames  []string
	textNames []string
	ints      [][]int64
	texts     [][]string
	known     map[string]string
	values    []parquet.Value
}

func newColumns(ints, texts []string) *columns {
	return &columns{
		intNames: ints, textNames: texts, ints: make([][]int64, len(ints)),
		texts: make([][]string, len(texts)), known: map[string]string{},
		values: make([]parquet.Value, chunkValues),
	}
}

// readFile calls yield with each row group of a file.
func (c *columns) readFile(name string, yield func() error) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	defer func() {
		// parquet-go may panic with an index out of range if the file is damaged
		if why := recover(); why != nil {
			err = fmt.Errorf("%s: damaged: %v", name, why)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true),
		parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("%s: damaged: %w", name, err)
	}
	for _, g := range file.RowGroups() {
		if g.NumRows() > maxGroupRows {
			return fmt.Errorf("%s: a row group of %d rows, the limit is %d", name, g.NumRows(),
				maxGroupRows)
		}
		if err := c.read(g); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := yield(); err != nil {
			return err
		}
	}
	return nil
}

// read reads the columns of a row group.
func (c *columns) read(g parquet.RowGroup) error {
	c.rows = int(g.NumRows())
	if len(c.known) > maxTexts {
		clear(c.known)
	}
	for i, name := range c.intNames {
		list := c.ints[i][:0]
		if lacks(g, name) {
			c.ints[i] = append(list, slices.Repeat([]int64{noTime}, c.rows)...)
			continue
		}
		err := c.column(g, name, false, func(v *parquet.Value) {
			switch {
			case v.IsNull():
				list = append(list, noTime)
			case v.Kind() == parquet.Boolean:
				n := int64(0)
				if v.Boolean() {
					n = 1
				}
				list = append(list, n)
			case v.Kind() == parquet.Int32:
				list = append(list, int64(v.Int32()))
			default:
				list = append(list, v.Int64())
			}
		})
		if err != nil || len(list) != c.rows {
			return columnError(err, name, len(list), c.rows)
		}
		c.ints[i] = list
	}
	for i, name := range c.textNames {
		list := c.texts[i][:0]
		if lacks(g, name) {
			c.texts[i] = append(list, slices.Repeat([]string{null}, c.rows)...)
			continue
		}
		err := c.column(g, name, true, func(v *parquet.Value) { list = append(list, c.text(v)) })
		if err != nil || len(list) != c.rows {
			return columnError(err, name, len(list), c.rows)
		}
		c.texts[i] = list
	}
	return nil
}

// lacks reports whether a column is missing because the file has an older schema. All its values
// are then null.
func lacks(g parquet.RowGroup, name string) bool {
	_, ok := g.Schema().Lookup(name)
	return !ok && slices.Contains(laterColumns, name)
}

// laterColumns are the columns that schema 1 lacks.
var laterColumns = []string{"a_port_evidence", "b_port_evidence", "a_port_frame", "b_port_frame",
	"schema"}

func columnError(err error, name string, got, want int) error {
	if err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	return fmt.Errorf("column %s: %d values in %d rows", name, got, want)
}

// text returns a value as a string that stays valid. Equal values share memory.
func (c *columns) text(v *parquet.Value) string {
	if v.IsNull() {
		return null
	}
	b := v.ByteArray()
	if s, ok := c.known[string(b)]; ok {
		return s
	}
	s := string(b)
	c.known[s] = s
	return s
}

var (
	errNoColumn = errors.New("missing")
	errKind     = errors.New("of another type")
)

// column calls yield with each value of a column.
func (c *columns) column(g parquet.RowGroup, name string, text bool,
	yield func(*parquet.Value)) error {
	leaf, ok := g.Schema().Lookup(name)
	if !ok {
		return errNoColumn
	}
	kind := leaf.Node.Type().Kind()
	if text && kind != parquet.ByteArray ||
		!text && kind != parquet.Int32 && kind != parquet.Int64 && kind != parquet.Boolean {
		return errKind
	}
	chunk := g.ColumnChunks()[leaf.ColumnIndex]
	if chunk.NumValues() > int64(c.rows) {
		return fmt.Errorf("%d values in %d rows", chunk.NumValues(), c.rows)
	}
	pages := chunk.Pages()
	err := c.pages(pages, yield)
	return errors.Join(err, pages.Close())
}

func (c *columns) pages(pages parquet.Pages, yield func(*parquet.Value)) error {
	for {
		p, err := pages.ReadPage()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		values := p.Values()
		for err == nil {
			var n int
			n, err = values.ReadValues(c.values)
			for i := range c.values[:n] {
				yield(&c.values[i])
			}
		}
		parquet.Release(p)
		if err != io.EOF {
			return err
		}
	}
}
