package top

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
)

// A keyMap holds the keys of the program. The help overlay lists them.
type keyMap struct {
	View, Next, Previous          key.Binding
	Up, Down, PageUp, PageDown    key.Binding
	Top, Bottom                   key.Binding
	Enter, Back, Anatomy          key.Binding
	Filter, Sort, Reverse, Window key.Binding
	Columns                       key.Binding
	Freeze, Earlier, Later        key.Binding
	Faster, Slower                key.Binding
	Copy, Save, Mouse, Help       key.Binding
	Suspend, Quit                 key.Binding
	FieldLeft, FieldRight         key.Binding
}

func bind(help, what string, keys ...string) key.Binding {
	return key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, what))
}

// newKeys returns the default keys. file enables the keys of the timeline.
func newKeys(file bool) keyMap {
	k := keyMap{
		View:     bind("1 to 6", "show that view", "1", "2", "3", "4", "5", "6"),
		Next:     bind("Tab", "next view", "tab"),
		Previous: bind("Shift-Tab", "view before", "shift+tab"),
		Up:       bind("Up, k", "row above", "up", "k"),
		Down:     bind("Down, j", "row below", "down", "j"),
		PageUp:   bind("PgUp", "screen above", "pgup", "ctrl+b"),
		PageDown: bind("PgDn", "screen below", "pgdown", "ctrl+f"),
		Top:      bind("Home, g", "first row", "home", "g"),
		Bottom:   bind("End, G", "last row", "end", "G"),
		Enter:    bind("Enter", "look into the row", "enter"),
		Back:     bind("Esc", "back", "esc", "alt+esc", "backspace"),
		Anatomy:  bind("e", "draw the row's latest packet", "e"),
		Filter:   bind("/", "filter", "/"),
		Sort:     bind("s", "sort by the next column", "s"),
		Reverse:  bind("S", "reverse the order", "S"),
		Window:   bind("t", "change the window", "t"),
		Columns:  bind("o", "show or hide columns", "o"),
		Freeze:   bind("Space", "freeze the screen", "space"),
		Earlier:  bind("Left", "of a file: back in time", "left"),
		Later:    bind("Right", "of a file: forward in time", "right"),
		Faster:   bind("+", "of a file: play faster", "+", "="),
		Slower:   bind("-", "of a file: play slower", "-"),
		Copy:     bind("c", "copy the row's command", "c"),
		Save:     bind("w", "save packets or rows", "w"),
		Mouse:    bind("m", "mouse on or off", "m"),
		Help:     bind("?", "these keys", "?", "f1"),
		Suspend:  bind("Ctrl-Z", "suspend", "ctrl+z"),
		Quit:     bind("q, Ctrl-C", "quit", "q", "ctrl+c"),

		FieldLeft:  bind("Left", "in a packet: the field before", "left", "h"),
		FieldRight: bind("Right", "in a packet: the next field", "right", "l"),
	}
	if file {
		k.Freeze.SetHelp("Space", "play or pause")
	}
	for _, b := range []*key.Binding{&k.Earlier, &k.Later, &k.Faster, &k.Slower} {
		b.SetEnabled(file)
	}
	return k
}

// all returns the keys for the help, in two columns.
func (k *keyMap) all() [2][]key.Binding {
	return [2][]key.Binding{
		{k.View, k.Next, k.Previous, k.Up, k.Down, k.PageUp, k.PageDown, k.Top, k.Bottom, k.Enter,
			k.Back, k.Anatomy, merged("in a packet: other field", k.FieldLeft, k.FieldRight)},
		{k.Freeze, merged("move in time", k.Earlier, k.Later),
			merged("play faster or slower", k.Faster, k.Slower), k.Filter,
			merged("sort by the next column, reverse", k.Sort, k.Reverse), k.Window,
			k.Columns, k.Copy, k.Save, k.Mouse, k.Help, k.Suspend, k.Quit}}
}

// merged returns one line of the help for two keys.
func merged(what string, a, b key.Binding) key.Binding {
	a.SetHelp(a.Help().Key+", "+b.Help().Key, what)
	return a
}

// An action is an action of the program whose keys can be configured.
type action struct {
	name string
	*key.Binding
	packet bool // only while a packet is drawn; its keys may be those of earlier and later
}

// actions returns all actions.
func (k *keyMap) actions() []action {
	return []action{
		{"next-view", &k.Next, false}, {"previous-view", &k.Previous, false},
		{"up", &k.Up, false}, {"down", &k.Down, false},
		{"page-up", &k.PageUp, false}, {"page-down", &k.PageDown, false},
		{"first", &k.Top, false}, {"last", &k.Bottom, false},
		{"enter", &k.Enter, false}, {"back", &k.Back, false}, {"draw", &k.Anatomy, false},
		{"filter", &k.Filter, false}, {"sort", &k.Sort, false}, {"reverse", &k.Reverse, false},
		{"window", &k.Window, false}, {"columns", &k.Columns, false},
		{"freeze", &k.Freeze, false}, {"earlier", &k.Earlier, false}, {"later", &k.Later, false},
		{"faster", &k.Faster, false}, {"slower", &k.Slower, false},
		{"copy", &k.Copy, false}, {"save", &k.Save, false}, {"mouse", &k.Mouse, false},
		{"help", &k.Help, false}, {"suspend", &k.Suspend, false}, {"quit", &k.Quit, false},
		{"field-before", &k.FieldLeft, true}, {"field-after", &k.FieldRight, true},
	}
}

// keyNames matches the names of keys that a terminal sends.
var keyNames = regexp.MustCompile(`^((ctrl|alt|shift)\+)*([!-~]|enter|esc|tab|space|backspace|` +
	`delete|insert|up|down|left|right|home|end|pgup|pgdown|f([1-9]|1[0-2]))$`)

// set changes the keys of actions. Two actions in the same part of the program must not share a
// key.
func (k *keyMap) set(keys map[string][]string) error {
	list := k.actions()
	for _, name := range sortedKeys(keys) {
		i := slices.IndexFunc(list, func(a action) bool { return a.name == name })
		if i < 0 {
			names := make([]string, len(list))
			for i := range list {
				names[i] = list[i].name
			}
			return noSuch("keys", name, names)
		}
		if len(keys[name]) == 0 {
			return fmt.Errorf("keys.%s: it needs a key", name)
		}
		for _, key := range keys[name] {
			if !keyNames.MatchString(key) {
				return fmt.Errorf("keys.%s: %q is not a key; names are as in %q, %q, %q, %q", name,
					key, "x", "ctrl+x", "pgup", "f5")
			}
		}
		list[i].SetKeys(keys[name]...)
		list[i].SetHelp(keyLabels(keys[name]), list[i].Help().Desc)
	}
	return k.twice()
}

// keyLabels returns the usual names of keys: Enter, Ctrl-X.
func keyLabels(names []string) string {
	labels := make([]string, len(names))
	for i, name := range names {
		labels[i] = keyLabel(name)
	}
	return strings.Join(labels, ", ")
}

func keyLabel(name string) string {
	if len(name) == 1 {
		return name
	}
	parts := strings.Split(name, "+")
	for i, part := range parts {
		switch {
		case part == "pgup":
			parts[i] = "PgUp"
		case part == "pgdown":
			parts[i] = "PgDn"
		default:
			parts[i] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "-")
}

// twice returns an error if two actions share a key.
func (k *keyMap) twice() error {
	owner := map[string]string{}
	for _, view := range k.View.Keys() {
		owner[view] = "the views"
	}
	for _, packet := range []bool{false, true} {
		for _, a := range k.actions() {
			if a.packet != packet {
				continue
			}
			for _, key := range a.Keys() {
				other := owner[key]
				if other != "" && !(packet && (other == "earlier" || other == "later")) {
					return fmt.Errorf("keys: %s has two meanings, %s and %s", key, other, a.name)
				}
				owner[key] = a.name
			}
		}
	}
	return nil
}
