package hexdump

// A Use describes the meaning of some characters of a line.
type Use struct {
	Line, Start, End int
	Kind             string
}

// Account returns the lines as they were read, and the meaning of their characters.
func Account(text string) (blocks []Block, lines []string, uses []Use, err error) {
	r, lines, err := explain(text)
	if err != nil {
		return nil, nil, nil, err
	}
	names := map[kind]string{partOffset: "offset", partDigits: "digits", partText: "text",
		partMark: "mark", partPrefix: "prefix", partProse: "prose"}
	for _, p := range r.parts {
		uses = append(uses, Use{p.line, p.start, p.end, names[p.kind]})
	}
	return r.blocks, lines, uses, nil
}
