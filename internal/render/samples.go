package render

import (
	"fmt"
	"io"

	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/pcaps"
)

// SampleSchema names the schema of a sample's JSON object.
const SampleSchema = "portsniff.sample/1"

// A Samples is a list of samples. Text groups them by lesson.
type Samples []pcaps.Sample

// Write writes the list.
func (list Samples) Write(w io.Writer, f Format, style Style) error {
	if f != FormatText {
		return samplesTable(list, "").Write(w, f, style)
	}
	for _, lesson := range pcaps.Lessons() {
		var some []pcaps.Sample
		for _, s := range list {
			if s.Lesson == lesson {
				some = append(some, s)
			}
		}
		if err := samplesTable(some, string(lesson)).Write(w, f, style); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "read one:         portsniff --demo NAME\n"+
		"what it teaches:  portsniff demo NAME\n")
	return err
}

// A Sample is one sample. Text describes it in sentences.
type Sample pcaps.Sample

// Write writes the sample.
func (s Sample) Write(w io.Writer, f Format, style Style) error {
	if f != FormatText {
		return Samples{pcaps.Sample(s)}.Write(w, f, style)
	}
	for _, line := range []string{s.Name + ": " + s.Title, s.Learn, "made by: " + s.How,
		"to see it: portsniff --demo " + s.Name} {
		if _, err := fmt.Fprintln(w, textutil.Wrap(line, style.Width, "  ")); err != nil {
			return err
		}
	}
	return nil
}

func samplesTable(samples []pcaps.Sample, title string) *Table[pcaps.Sample] {
	return &Table[pcaps.Sample]{Schema: SampleSchema, Columns: sampleColumns(title),
		Rows: Rows(samples), Fold: true}
}

// sampleColumns returns the columns of a sample in all formats. title is the heading of the column
// that describes the content.
func sampleColumns(title string) []Column[pcaps.Sample] {
	data := func(key string, get func(s *pcaps.Sample) string) Column[pcaps.Sample] {
		return Column[pcaps.Sample]{Key: key, In: InData,
			Value: func(c *Cell, s *pcaps.Sample) { c.Words(get(s)) }}
	}
	return []Column[pcaps.Sample]{
		{Key: "name", Head: "sample", Value: func(c *Cell, s *pcaps.Sample) {
			name := s.Name
			if title != "" {
				name = fmt.Sprintf("%-14s", name) // the same width in every lesson
			}
			c.Words(name)
		}},
		data("file", func(s *pcaps.Sample) string { return s.File }),
		{Key: "title", Head: title, Wrap: true,
			Value: func(c *Cell, s *pcaps.Sample) { c.Words(s.Title) }},
		data("learn", func(s *pcaps.Sample) string { return s.Learn }),
		data("how", func(s *pcaps.Sample) string { return s.How }),
		{Key: "built", In: InData, Value: func(c *Cell, s *pcaps.Sample) {
			c.Bool(s.Built)
		}},
	}
}
