package web

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/pcaps"
)

// A sampleJSON is a bundled capture as the page lists it.
type sampleJSON struct {
	Name   string `json:"name"`
	Lesson string `json:"lesson"`
	Title  string `json:"title"`
	Learn  string `json:"learn"`
}

// samples lists the bundled captures, in the order of their lessons.
func (s *Server) samples(w http.ResponseWriter, r *http.Request) {
	list := []sampleJSON{}
	for _, lesson := range pcaps.Lessons() {
		for _, c := range pcaps.List() {
			if c.Lesson == lesson {
				list = append(list, sampleJSON{c.Name, string(c.Lesson), c.Title, c.Learn})
			}
		}
	}
	answer(w, r, func(out io.Writer) error { return json.NewEncoder(out).Encode(list) })
}

// sample opens a bundled capture.
func (s *Server) sample(w http.ResponseWriter, r *http.Request) {
	if !s.sameOrigin(r) {
		writeError(w, http.StatusForbidden, "only the page itself may open a sample")
		return
	}
	f, err := pcaps.Open(r.URL.Query().Get("name"))
	if err != nil {
		writeError(w, http.StatusNotFound, textutil.Escape(err.Error()))
		return
	}
	defer f.Close() // it is in memory
	s.open(w, r, f)
}
