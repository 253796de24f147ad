package hexdump

import "strings"

// A grammar describes the rows of a kind of dump: an offset, cells of bytes, and perhaps the
// characters of the bytes.
type grammar struct {
	name    string // %s is for the base of the offsets
	styles  style
	bases   []int // of the offsets
	cells   cell
	digits  [2]int // least and greatest number of digits of a bare offset, 0 for any
	ordered order
	rank    int
}

// An order says when the byte order within a cell of two or more bytes is known.
type order uint8

const (
	always     order = iota
	unlessBare       // bare offsets of six or more digits require characters after the bytes
	byColumn         // only from characters after the bytes
)

var (
	allBases = []int{8, 16, 10} // od's own first: a short dump may be valid in each
	hexOnly  = []int{16}
	program  = [2]int{6, 7} // number of digits that od and hexdump write
)

// grammars are tried in order. A text that two grammars of equal rank read differently is rejected.
var grammars = [...]grammar{
	{name: "a dump with %s offsets", styles: marked | bare, bases: []int{16, 10},
		cells: cell{base: 16}, ordered: unlessBare, rank: 1},
	{name: "a dump with %s offsets, as od writes it", styles: bare, bases: []int{8},
		digits: [2]int{7, 7}, cells: cell{base: 16}, ordered: unlessBare, rank: 1},
	{name: "a dump with short %s offsets", styles: short | brief, bases: []int{16, 10},
		cells: cell{base: 16}, rank: 1},
	{name: "a dump of little-endian words with %s offsets, as od and hexdump write it",
		styles: bare, bases: allBases, digits: program,
		cells: cell{base: 16, size: 2, little: true}},
	{name: "a dump of little-endian words with %s offsets", styles: marked | bare | short,
		bases: []int{16, 10}, cells: cell{base: 16, size: 2, little: true}, ordered: byColumn,
		rank: 1},
	{name: "a dump of octal bytes with %s offsets", styles: bare, bases: allBases,
		digits: program, cells: cell{base: 8, size: 1}, rank: 1},
	{name: "a dump of little-endian octal words of 2 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 8, size: 2, little: true}, rank: 1},
	{name: "a dump of little-endian octal words of 4 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 8, size: 4, little: true}, rank: 1},
	{name: "a dump of little-endian octal words of 8 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 8, size: 8, little: true}, rank: 1},
	{name: "a dump of decimal bytes with %s offsets", styles: bare, bases: allBases,
		digits: program, cells: cell{base: 10, size: 1}, rank: 1},
	{name: "a dump of little-endian decimal words of 2 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 10, size: 2, little: true}, rank: 1},
	{name: "a dump of little-endian decimal words of 4 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 10, size: 4, little: true}, rank: 1},
	{name: "a dump of little-endian decimal words of 8 bytes with %s offsets",
		styles: bare, bases: allBases,
		digits: program, cells: cell{base: 10, size: 8, little: true}, rank: 1},
	{name: "a dump of binary digits with %s offsets", styles: marked, bases: []int{16, 10},
		cells: cell{base: 2, size: 1}, rank: 1},
	{name: "a dump of characters with %s offsets, as od -c writes it", styles: bare,
		bases: allBases, digits: program, cells: cell{chars: true}, rank: 1},
	{name: "a debugger's dump of bytes", styles: marked, bases: hexOnly,
		cells: cell{open: "0x", base: 16}, ordered: byColumn, rank: 1},
	{name: "a debugger's dump of little-endian words", styles: marked, bases: hexOnly,
		cells: cell{open: "0x", base: 16, size: 2, little: true}, rank: 1},
	{name: "rows of bytes with their characters", styles: absent, bases: hexOnly,
		cells: cell{base: 16}, ordered: byColumn, rank: 3},
}

var baseNames = map[int]string{16: "hexadecimal", 10: "decimal", 8: "octal"}

// bigName returns the name of the same words in big-endian order, as od --endian=big writes them.
func (g *grammar) bigName() string {
	name, _, _ := strings.Cut(g.name, ",")
	return strings.Replace(name, "little-endian", "big-endian", 1)
}

func (g *grammar) form(base int) string { return strings.Replace(g.name, "%s", baseNames[base], 1) }
