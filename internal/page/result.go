package page

import (
	"bufio"
	"io"

	"github.com/portsniff/portsniff/internal/quiz"
	"github.com/portsniff/portsniff/internal/textutil"
)

// result is computed once, at the end: several browsers may request it at the same time.
type result struct {
	counts
	list   []*kept
	stored []*stored // the same packets with all their bytes, if these are kept
	quiz   quizJSON
}

func (b *Builder) result() (r result, err error) {
	if r.counts, err = count(b.flows, b.opt.Processes, maxRows); err != nil {
		return r, err
	}
	r.list = b.sample.list()
	for _, k := range r.list {
		if k.stored != nil {
			r.stored = append(r.stored, k.stored)
		}
	}
	r.quiz = quizJSON{b.opt.Seed, escaped(b.quiz.Questions(b.opt.Count))}
	return r, nil
}

// WriteJSON writes the data as one object. Like encoding/json, it escapes what HTML could take for
// a tag or a comment. Add must not be called after it. Several goroutines may call it at once.
func (b *Builder) WriteJSON(w io.Writer) error {
	r, err := b.end()
	if err != nil {
		return err
	}
	o := object{w: bufio.NewWriter(w)}
	o.inner(b.about(false))
	if b.opt.Quiz { // the left-out data contains the answers
		o.member("quiz", r.quiz)
		return o.end()
	}
	b.enc.tables.write(&o)
	o.member("reasons", reasons(&b.flows.Totals))
	o.packets(r.list, &r.counts)
	o.tables(&r.counts)
	o.member("series", b.series.json())
	o.member("quiz", r.quiz)
	return o.end()
}

type quizJSON struct {
	Seed      uint64          `json:"seed"`
	Questions []quiz.Question `json:"questions"`
}

// escaped returns questions with escaped sentences. The key is unchanged, because answers are
// compared with it.
func escaped(list []quiz.Question) []quiz.Question {
	if list == nil {
		return []quiz.Question{}
	}
	for i := range list {
		q := &list[i]
		for _, s := range []*string{&q.Text, &q.Ask, &q.Answer, &q.Hint, &q.Why, &q.Ref} {
			*s = textutil.Escape(*s)
		}
	}
	return list
}
