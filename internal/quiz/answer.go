package quiz

import (
	"fmt"
	"slices"
	"strconv"
)

// maxAnswer is the greatest length of an answer, in bytes. Right answers need less than a tenth.
const maxAnswer = 1000

// A puzzle is the error for an answer that cannot be read.
type puzzle struct{ text string }

func (p *puzzle) Error() string { return p.text }

func unclear(format string, args ...any) error { return &puzzle{fmt.Sprintf(format, args...)} }

// A reader parses an answer to a question. got holds the value of each part in normal form, or ""
// if the answer does not give it.
type reader struct {
	q    *Question
	toks []token
	got  []string
}

// read returns the value of each part of the question in an answer, in normal form.
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

// plain removes words around an answer: "first" before SYN, and a reason that was not requested.
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
		return unclear("%q is not part of the answer", r.toks[0].text)
	}
	return nil
}

// skip skips words without a meaning, unless they have a meaning in the form.
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

// keyed reads parts that may follow their key. If the answer has no keys, it takes the parts in
// their order, provided that no key is required.
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

// key returns the key that the next token is, or "".
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

// onlyNamed is the value of a part if the answer has its key and nothing after it.
const onlyNamed = "?"

// mention records that a key was named, for parts that Unsaid makes optional.
func (r *reader) mention(key string) {
	for i, p := range r.q.Parts {
		if p.Key == key && p.Unsaid != "" && r.got[i] == "" {
			r.got[i] = onlyNamed
		}
	}
}

// take reads the next tokens as the first part with the key that they match and that was not read
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

// after returns the key that follows the given one among the parts.
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
