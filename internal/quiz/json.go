package quiz

import (
	"io"

	"github.com/portsniff/portsniff/internal/render"
)

// An object is a question's JSON object: the question and its source.
type object struct {
	Schema string `json:"schema"`
	Source string `json:"source"`
	Seed   uint64 `json:"seed"`
	Of     int    `json:"of"` // number of questions
	Question
}

// JSON writes the questions with their keys, one object per line.
func (s *Sheet) JSON(w io.Writer) error {
	var rows []object
	for _, q := range s.Questions {
		rows = append(rows, object{Schema, s.Source, s.Seed, len(s.Questions), q})
	}
	return render.JSONLines(w, rows)
}
