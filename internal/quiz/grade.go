package quiz

import "strings"

// A Verdict is what became of an answer.
type Verdict struct {
	Right bool `json:"right"`
	// false: the answer could not be read, and Diagnoses says where
	Understood bool `json:"understood"`
	Blank      bool `json:"blank"` // there was no answer
	// what went wrong, a sentence or two for each part that is wrong
	Diagnoses []string `json:"diagnoses"`
}

// Grade grades an answer. Each part has to be right. An answer with additional parts is wrong, so
// that a list of guesses gets no point.
func (q *Question) Grade(answer string) Verdict {
	if strings.TrimSpace(answer) == "" {
		return Verdict{Understood: true, Blank: true}
	}
	got, err := q.read(answer)
	if err != nil {
		return Verdict{Diagnoses: []string{sentence(err.Error()) + " Write " + q.Ask + "."}}
	}
	v := Verdict{Right: true, Understood: true}
	var fine, diagnoses []string
	for i := range q.Parts {
		p := &q.Parts[i]
		if p.isRight(got[i]) {
			fine = append(fine, p.Name)
			continue
		}
		v.Right = false
		diagnoses = append(diagnoses, p.whatIsWrong(got[i]))
	}
	if v.Right {
		return v
	}
	if len(fine) > 0 && q.Parts[0].Unsaid == "" {
		diagnoses = append([]string{sentence(strings.Join(fine, ", ") + ": right")}, diagnoses...)
	}
	v.Diagnoses = diagnoses
	return v
}

func (p *Part) whatIsWrong(got string) string {
	if got == "" {
		return sentence(p.Name + " is missing")
	}
	if d := p.diagnosis(got); d != "" {
		return d
	}
	return p.Otherwise
}

// sentence begins a text with a capital letter and ends it with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
