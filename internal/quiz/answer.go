package quiz

import (
	"fmt"
	"slices"
	"strconv"
)

// maxAnswer is how long an answer may be, in bytes. No right one needs a tenth of it.
const maxAnswer = 1000

// A puzzle is an answer that cannot be read.
type puzzle struct{ text string }

func (p *puzzle) Error() string { return p.text }

func unclear(format string, args ...any) error { return &puzzle{fmt.Sprintf(format, args...)} }

// A reader reads an answer to a question: got is what it says for each part in normal form, ""
// where it says nothing.
type reader struct {
	q    *Question
	toks []token
	got  []string
}

// read returns what an answer says for each part of the question, in normal form.
func (q *Question) read(answer string) ([]string, error) {
	if len(answer) > maxAnswer {
		return nil, unclear("the answer is longer than %d bytes", maxAnswer)
	}
	r := &reader{q: q, toks: q.plain(lex(answer)), got: make([]string, len(q.Parts))}
	if len(q.Parts) > 0 && q.Parts[0].Key != "" {
		return r.got, r.keyed()
	}
	return r.got, r.sequence()
}

// plain leaves out what people say around an answer: "first" before SYN, and a reason where none is
// asked for.
func (q *Question) plain(toks []token) []token {
	reasons := slices.ContainsFunc(q.Parts, func(p Part) bool {
		return p.Form == Evidence || p.Form == Reason
	})
	var out []token
	for i, t := range toks {
		if t.kind == tokenWord && !reasons && (t.text == "because" || t.text == "since") {
			break
		}
		if t.text == "first" && i+1 < len(toks) && words[Evidence][toks[i+1].text] == "syn" {
			continue
		}
		out = append(out, t)
	}
	return out
}

// sequence reads the parts one after another.
func (r *reader) sequence() error {
	for i := range r.q.Parts {
		r.skip(r.q.Parts[i].Form)
		if len(r.toks) == 0 {
			return nil
		}
		text, n := r.q.Parts[i].normal(r.toks)
		if n == 0 {
			return unclear("%q is not understood as %s", r.toks[0].text, r.q.Parts[i].Name)
		}
		r.got[i], r.toks = text, r.toks[n:]
	}
	r.skip("")
	if len(r.toks) > 0 {
		return unclear("%q is more than what is asked for", r.toks[0].text)
	}
	return nil
}

// skip passes over words without a meaning, unless the form has one for them.
func (r *reader) skip(form Form) {
	for len(r.toks) > 0 && r.toks[0].kind == tokenWord && words[form][r.toks[0].text] == "" {
		word := r.toks[0].text
		article := word == "a" && form != Endpoint && len(r.toks) > 1
		role := (form == Endpoint || form == Evidence) && words[Role][word] == word
		if !article && !role && !noise[word] {
			return
		}
		r.toks = r.toks[1:]
	}
}

// keyed reads parts that may have their key in front. Without any key the parts are taken in order,
// where that is allowed.
func (r *reader) keyed() error {
	parts := r.q.Parts
	key, named := "", false
	if parts[0].Unsaid == "" {
		key = parts[0].Key
	}
	for len(r.toks) > 0 {
		if k := r.key(); k != "" {
			key, named, r.toks = k, true, r.toks[1:]
			r.mention(k)
			continue
		}
		before := len(r.toks)
		if r.skip(""); len(r.toks) < before {
			continue
		}
		if r.take(key) {
			continue
		}
		if next := r.after(key); !named && key != "" && next != "" {
			if key = next; r.take(key) {
				continue
			}
		}
		return unclear("%q is not understood here", r.toks[0].text)
	}
	for i := range parts {
		if r.got[i] == "" {
			r.got[i] = parts[i].Unsaid
		}
	}
	return nil
}

// key is the key that the next token is, or "".
func (r *reader) key() string {
	text := r.toks[0].text
	if r.toks[0].kind == tokenNumber {
		text = strconv.FormatUint(r.toks[0].n, 10)
	} else if w := keyWords[text]; w != "" {
		text = w
	}
	for _, p := range r.q.Parts {
		if p.Key == text {
			return text
		}
	}
	return ""
}

// onlyNamed is what a part with a key is where the answer has the key and nothing after it.
const onlyNamed = "?"

// mention records that a key was named, for parts where that alone says something.
func (r *reader) mention(key string) {
	for i, p := range r.q.Parts {
		if p.Key == key && p.Unsaid != "" && r.got[i] == "" {
			r.got[i] = onlyNamed
		}
	}
}

// take reads the next tokens as the first part under the key that they fit and that was not read
// yet.
func (r *reader) take(key string) bool {
	for i := range r.q.Parts {
		p := &r.q.Parts[i]
		if p.Key != key || r.got[i] != "" && r.got[i] != onlyNamed {
			continue
		}
		if text, n := p.normal(r.toks); n > 0 {
			r.got[i], r.toks = text, r.toks[n:]
			return true
		}
	}
	return false
}

// after is the key of the parts after those with the given one.
func (r *reader) after(key string) string {
	met := false
	for _, p := range r.q.Parts {
		switch {
		case p.Key == key:
			met = true
		case met:
			return p.Key
		}
	}
	return ""
}
