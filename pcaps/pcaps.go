// Package pcaps embeds small captures, one lesson each, that the demo and the tests read.
// SOURCES.md says how each was made.
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
	Name   string // what Open takes, "http"
	File   string // the file's name, "http.pcap"
	Lesson Lesson
	Title  string // one line on what is in it
	Learn  string // one sentence: what a learner should see
	How    string // the programs that spoke, or what built it
	Built  bool   // made by a serializer rather than recorded from real programs
}

// A Lesson is what a group of samples teaches.
type Lesson string

// The lessons, in the order in which to take them.
const (
	LessonServices   Lesson = "services and their ports"
	LessonClient     Lesson = "client or server?"
	LessonRefused    Lesson = "nobody listens at the port"
	LessonNoPorts    Lesson = "packets without ports"
	LessonTransports Lesson = "ports of other transport protocols"
	LessonHeaders    Lesson = "longer headers"
	LessonTunnels    Lesson = "ports after tags and in tunnels"
)

// Lessons lists the lessons in that order.
func Lessons() []Lesson {
	return []Lesson{LessonServices, LessonClient, LessonRefused, LessonNoPorts, LessonTransports,
		LessonHeaders, LessonTunnels}
}

// ErrUnknown is wrapped by the error of Open for a name that is no sample.
var ErrUnknown = errors.New("there is no sample")

// Open opens a sample by its name or its file name. Its errors are those of Find.
func Open(name string) (fs.File, error) {
	s, err := Find(name)
	if err != nil {
		return nil, err
	}
	return files.Open(s.File)
}

// Find returns a sample by its name or its file name. An unknown name gives an error that wraps
// ErrUnknown and lists the nearest names.
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
	name = name[:min(len(name), textutil.MaxWord)] // no sample's name is longer
	var names []string
	for _, s := range List() {
		names = append(names, s.Name)
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return textutil.Distance(name, a) - textutil.Distance(name, b)
	})
	return names[:min(n, len(names))]
}
