package quiz

import "strings"

// A Verdict is the result of grading an answer.
type Verdict struct {
	Right bool `json:"right"`
	// false: the answer could not be read; Diagnoses explain why
	Understood bool `json:"understood"`
	Blank      bool `json:"blank"` // the answer is empty
	// what went wrong: a sentence or two for each wrong part
	Diagnoses []string `json:"diagnoses"`
}

// Grade grades an answer. It is right only if every part is right. An answer with additional parts
// is wrong, so that a list of guesses earns no point.
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

// sentence capitalizes the first letter of a text and adds a full stop at the end.
func sentence(s string) string {
	if s == "" {
		return s
	}
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
