// Package pcaps embeds small captures, one lesson each, for the demo and the tests. SOURCES.md
// documents how each was made.
package pcaps

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/portsniff/portsniff/internal/textutil"
)

//go:embed *.pcap *.pcapng
var files embed.FS

// Sample is one embedded capture.
type Sample struct {
	Name   string // name for Open, such as "http"
	File   string // file name, such as "http.pcap"
	Lesson Lesson
	Title  string // one line about the content
	Learn  string // one sentence: what to learn from it
	How    string // the programs that communicated, or what built it
	Built  bool   // made by a serializer, not recorded from real programs
}

// A Lesson is the topic of a group of samples.
type Lesson string

// The lessons in their recommended order.
const (
	LessonServices   Lesson = "services and their ports"
	LessonClient     Lesson = "client or server?"
	LessonRefused    Lesson = "closed ports"
	LessonNoPorts    Lesson = "packets without ports"
	LessonTransports Lesson = "ports of other transport protocols"
	LessonHeaders    Lesson = "longer headers"
	LessonTunnels    Lesson = "ports after tags and in tunnels"
)

// Lessons returns the lessons in that order.
func Lessons() []Lesson {
	return []Lesson{LessonServices, LessonClient, LessonRefused, LessonNoPorts, LessonTransports,
		LessonHeaders, LessonTunnels}
}

// ErrUnknown is wrapped by the error of Open for an unknown name.
var ErrUnknown = errors.New("there is no sample")

// Open opens a sample by its name or its file name. Errors are those of Find.
func Open(name string) (fs.File, error) {
	s, err := Find(name)
	if err != nil {
		return nil, err
	}
	return files.Open(s.File)
}

// Find returns a sample by its name or its file name. The error for an unknown name wraps
// ErrUnknown and lists the most similar names.
func Find(name string) (Sample, error) {
	for _, s := range List() {
		if name == s.Name || name == s.File {
			return s, nil
		}
	}
	return Sample{}, fmt.Errorf("%w %q; did you mean %s?", ErrUnknown, name,
		strings.Join(nearest(name, 3), ", "))
}

// nearest returns the n names with the smallest edit distance from name, best first.
func nearest(name string, n int) []string {
	name = name[:min(len(name), textutil.MaxWord)] // no sample has a longer name
	var names []string
	for _, s := range List() {
		names = append(names, s.Name)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return textutil.Distance(name, a) - textutil.Distance(name, b)
	})
	return names[:min(n, len(names))]
}
