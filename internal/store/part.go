package store

import (
	"errors"

	"github.com/parquet-go/parquet-go"

	"github.com/portsniff/portsniff/internal/outfile"
)

// pageSize is the approximate size of a page in bytes. Each column of an open file takes this much
// memory.
const pageSize = 64 << 10

// writerOptions returns the options for writing all files.
func writerOptions() []parquet.WriterOption {
	return []parquet.WriterOption{
		parquet.Compression(&parquet.Zstd),
		parquet.DefaultEncodingFor(parquet.Int64, &parquet.DeltaBinaryPacked),
		parquet.PageBufferSize(pageSize),
		parquet.CreatedBy("portsniff", "", ""),
	}
}

// A part is a file that rows are written to.
type part[R any] struct {
	*stored
	date   string
	writer *parquet.GenericWriter[R]
	rows   int
}

// A stored file is a file of the store that is being written or is complete.
type stored struct {
	file *outfile.File
	name string
	size int64
}

// Write writes to the file.
func (s *stored) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	s.size += int64(n)
	return n, err
}

// newPart creates a file for rows of a table.
func newPart[R any](files Files, table, date, name string) (*part[R], error) {
	f, err := files.Create(name)
	if err != nil {
		return nil, err
	}
	var row R
	schema := parquet.NewSchema(table, parquet.SchemaOf(row))
	p := &part[R]{stored: &stored{file: f, name: name}, date: date}
	p.writer = parquet.NewGenericWriter[R](p.stored, append(writerOptions(), schema)...)
	return p, nil
}

// write adds rows to the current row group.
func (p *part[R]) write(rows []R) error {
	_, err := p.writer.Write(rows)
	p.rows += len(rows)
	return err
}

// finish writes the rest of the file to the disk. The file has no name yet.
func (p *part[R]) finish() error {
	return errors.Join(p.writer.Close(), p.file.Finish())
}
