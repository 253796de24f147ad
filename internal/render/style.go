package render

// A Style says how text looks.
type Style struct {
	Color   bool // escape sequences of the sixteen ANSI colours
	Unicode bool // box characters and the like; plain ASCII without
	Width   int  // columns that a line should fit in; 0 for no limit
}

// A paint is one use of colour. Only the sixteen ANSI colours serve, and of them those whose letters can be read on black and on white alike: not yellow
// or cyan, and never bright black, which many themes hide.
type paint string

const (
	paintPort  paint = "\x1b[1;35m" // a port: bold magenta
	paintSvc   paint = "\x1b[35m"   // a service's name: magenta
	paintNone  paint = "\x1b[31m"   // no ports: red
	paintError paint = "\x1b[1;31m" // what is wrong: bold red
	paintHead  paint = "\x1b[1m"    // headings: bold
	paintOff         = "\x1b[0m"
)

// add appends text in a colour, or as it is where there is no colour or no text.
func (s Style) add(out []byte, p paint, text string) []byte {
	if !s.Color || p == "" || text == "" {
		return append(out, text...)
	}
	out = append(out, p...)
	out = append(out, text...)
	return append(out, paintOff...)
}

// least is how much of a clipped text stays, the mark included.
const least = 3

// clip takes up to over columns from a text, marks the cut, and says how many columns that saved.
func (s Style) clip(text string, over int) (string, int) {
	r := []rune(text)
	keep := max(least, len(r)-over)
	if keep >= len(r) {
		return text, 0
	}
	return string(r[:keep-1]) + s.clipMark(), len(r) - keep
}

// clipMark is the column that marks a cut.
func (s Style) clipMark() string {
	if s.Unicode {
		return "…"
	}
	return "~"
}
