package quiz

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a class's answers.
const (
	MaxClass     = 2000    // students
	MaxClassSize = 4 << 20 // bytes
	headerSize   = 1 << 16 // bytes of the header line that are examined
)

// A ClassError is an error in a class's answers.
type ClassError struct {
	Line int // of the file, from 1; 0 if the error is not in a line
	Err  error
}

func (e *ClassError) Error() string {
	if e.Line == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("line %d: %v", e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *ClassError) Unwrap() error { return e.Err }

// Errors in a class's answers. A ClassError wraps one of these or an error of encoding/csv.
var (
	ErrClassTooBig = fmt.Errorf("more than %d students, or more than %d MiB", MaxClass,
		MaxClassSize>>20)
	ErrClassEmpty  = errors.New("there is no header line: name,q1,q2, and so on")
	ErrClassHeader = errors.New("the header line must be name,q1,q2, and so on")
	ErrClassRow    = errors.New("more cells than the header line has")
	ErrClassText   = errors.New("not UTF-8")
)

// A Student is a student with answers to all questions.
type Student struct {
	Name    string
	Answers []string // one for each question; "" if there is none
}

// ReadClass reads answers as CSV (RFC 4180) with the header line name,q1,q2,... Columns may be in
// any order, and questions may be missing. A question number above count is an error. Rows may be
// short, and empty rows are skipped. ReadClass accepts what spreadsheets write: a byte order mark,
// empty cells at the end, and semicolons or tabs instead of commas. Errors are *ClassError, or
// those of r.
func ReadClass(r io.Reader, count int) ([]Student, error) {
	limited := &io.LimitedReader{R: r, N: MaxClassSize + 1}
	text := bufio.NewReaderSize(limited, headerSize)
	in := csv.NewReader(text)
	in.FieldsPerRecord = -1
	in.Comma = separator(text)
	header, err := in.Read()
	switch {
	case limited.N == 0:
		return nil, &ClassError{0, ErrClassTooBig}
	case err == io.EOF:
		return nil, &ClassError{0, ErrClassEmpty}
	case err != nil:
		return nil, classError(err)
	}
	header = filled(header)
	columns, err := classColumns(header, count)
	if err != nil {
		return nil, err
	}
	var out []Student
	for {
		row, err := in.Read()
		switch {
		case limited.N == 0:
			return nil, &ClassError{0, ErrClassTooBig}
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, classError(err)
		}
		line, _ := in.FieldPos(0)
		row = filled(row)
		switch {
		case len(row) == 0:
			continue
		case len(out) == MaxClass:
			return nil, &ClassError{line, ErrClassTooBig}
		case len(row) > len(header):
			return nil, &ClassError{line, fmt.Errorf("%w: %d, not %d", ErrClassRow, len(row),
				len(header))}
		case !utf8.ValidString(strings.Join(row, "")):
			return nil, &ClassError{line, ErrClassText}
		}
		s := Student{Answers: make([]string, count)}
		for i, cell := range row {
			if columns[i] == 0 {
				s.Name = cell
			} else {
				s.Answers[columns[i]-1] = cell
			}
		}
		out = append(out, s)
	}
}

// separator skips a byte order mark and returns the separator of the header line's cells. The
// header line does not contain it otherwise.
func separator(text *bufio.Reader) rune {
	const mark = "\ufeff"
	if b, _ := text.Peek(len(mark)); string(b) == mark {
		_, _ = text.Discard(len(mark)) // these bytes are buffered
	}
	line, _ := text.Peek(headerSize) // the next read returns any error again
	line, _, _ = bytes.Cut(line, []byte("\n"))
	for _, c := range ",;\t" {
		if bytes.ContainsRune(line, c) {
			return c
		}
	}
	return ','
}

// filled returns a row without empty cells at its end.
func filled(row []string) []string {
	for len(row) > 0 && row[len(row)-1] == "" {
		row = row[:len(row)-1]
	}
	return row
}

// classColumns returns the question of each column, from 1, and 0 for the name.
func classColumns(header []string, count int) ([]int, error) {
	out := make([]int, len(header))
	seen := make(map[int]bool)
	if !utf8.ValidString(strings.Join(header, "")) {
		return nil, &ClassError{1, ErrClassText}
	}
	for i, cell := range header {
		cell = strings.ToLower(strings.TrimSpace(cell))
		n := 0
		if cell != "name" {
			var err error
			digits, ok := strings.CutPrefix(cell, "q")
			n, err = strconv.Atoi(digits)
			if !ok || err != nil || n < 1 || n > count || digits != strconv.Itoa(n) {
				return nil, &ClassError{1, fmt.Errorf(
					"%w; %.40q is not one of these (there are %d questions)", ErrClassHeader, cell,
					count)}
			}
		}
		if seen[n] {
			return nil, &ClassError{1, fmt.Errorf("%w; %q is listed twice", ErrClassHeader, cell)}
		}
		seen[n], out[i] = true, n
	}
	if !seen[0] {
		return nil, &ClassError{1, fmt.Errorf("%w; there is no name", ErrClassHeader)}
	}
	return out, nil
}

func classError(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &ClassError{parse.Line, parse.Err}
	}
	return err
}

// GradeClass grades a class. It returns a header line and a row for each student: the score and,
// for each question, the answer, the result and what went wrong. The rows are for a spreadsheet, so
// the caller must defuse the cells.
func GradeClass(questions []Question, class []Student) [][]string {
	header := []string{"name", "score", "of"}
	for i := range questions {
		q := fmt.Sprintf("q%d", questions[i].Number)
		header = append(header, q, q+"_result", q+"_diagnosis")
	}
	rows := [][]string{header}
	for _, s := range class {
		score := 0
		var cells []string
		for i := range questions {
			v := questions[i].Grade(s.Answers[i])
			if v.Right {
				score++
			}
			cells = append(cells, s.Answers[i], v.word(), strings.Join(v.Diagnoses, " "))
		}
		rows = append(rows, append([]string{s.Name, strconv.Itoa(score),
			strconv.Itoa(len(questions))}, cells...))
	}
	return rows
}

// word returns a verdict as one word.
func (v *Verdict) word() string {
	switch {
	case v.Right:
		return "right"
	case v.Blank:
		return "blank"
	case !v.Understood:
		return "unclear"
	}
	return "wrong"
}
